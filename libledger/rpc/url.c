// Where services listen: names of sockets below the data directory.
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "ledger/client.h"
#include "rpc_internal.h"

static const char ipc_scheme[] = "ipc://";

const char *ledger_url_ipc_path(const char *url) {
    size_t size = sizeof ipc_scheme - 1;
    return strncmp(url, ipc_scheme, size) == 0 ? url + size : NULL;
}

void ledger_url_show(const char *url, char *text, size_t size) {
    char folder[PATH_MAX];
    const char *path = ledger_url_ipc_path(url);
    if (path == NULL || path[0] == '/' || getcwd(folder, sizeof folder) == NULL) {
        (void)snprintf(text, size, "%s", path != NULL ? path : url);
        return;
    }
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    (void)snprintf(text, size, "%s/%s", strcmp(folder, "/") == 0 ? "" : folder, path);
}

enum ledger_err ledger_socket_url(const char *data, const char *name, char *url, size_t size,
                                  struct ledger_error *error) {
    const size_t path_size_max = sizeof((struct sockaddr_un *)NULL)->sun_path - 1;
    int length = snprintf(url, size, "%s%s/run/%s.sock", ipc_scheme, data, name);
    if (length < 0 || (size_t)length >= size ||
        (size_t)length - (sizeof ipc_scheme - 1) > path_size_max)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data",
                           "%s/run/%s.sock is longer than the %zu bytes a socket's path may have: "
                           "use a shorter or a relative data directory",
                           data, name, path_size_max);
    return LEDGER_E_OK;
}
