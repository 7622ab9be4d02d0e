// Where services are: a data directory and a name, or a URL.
#include <string.h>

#include "fuzz.h"
#include "ledger/client.h"
#include "rpc/rpc_internal.h"

enum { SOCKET_PATH_MAX = 107 };

static void socket_url(const char *data, const char *name, size_t room) {
    char url[256];
    struct ledger_error error = {0};
    enum ledger_err err = ledger_socket_url(data, name, url, room, &error);
    if (err != LEDGER_E_OK) {
        MUST(err == LEDGER_E_CONFIG_INVALID && strcmp(error.field, "data") == 0);
        return;
    }
    MUST(strlen(url) < room);
    const char *path = ledger_url_ipc_path(url);
    MUST(path != NULL && strlen(path) <= SOCKET_PATH_MAX);
    MUST(strncmp(path, data, strlen(data)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_span rest = ledger_span_of(data, size);
    const char *first = ledger_arena_text(arena, fuzz_cut(&rest, '\n'));
    const char *second = ledger_arena_text(arena, rest);
    MUST(first != NULL && second != NULL);
    char shown[64];
    ledger_url_show(first, shown, sizeof shown);
    MUST(strnlen(shown, sizeof shown) < sizeof shown);
    socket_url(first, second, size % 256 + 1);
    return 0;
}
