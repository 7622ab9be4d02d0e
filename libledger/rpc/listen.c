// Where a server listens.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rpc_internal.h"

enum { SOCKET_MODE = 0600 };

// Makes way for our socket file. NNG would do it itself, but would remove any kind of file, and
// the way it looks whether somebody listens can stop a listener (see watch.c).
enum ledger_err ledger_listen_clear(const char *url, struct ledger_error *error) {
    struct stat status;
    const char *path = ledger_url_ipc_path(url);
    if (path == NULL || lstat(path, &status) != 0)
        return LEDGER_E_OK;
    if (!S_ISSOCK(status.st_mode))
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, NULL,
                           "%s is in the way: it is no socket", path);
    enum ledger_ipc_state state = ledger_ipc_state(path);
    if (state == LEDGER_IPC_ANSWERS)
        return ledger_fail(error, LEDGER_E_LOCKED, NULL, "another process listens at %s", path);
    if (state == LEDGER_IPC_STALE && unlink(path) != 0 && errno != ENOENT)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "removing %s: %s", path,
                           strerror(errno));
    return LEDGER_E_OK;
}

int ledger_listen(nng_socket socket, const char *url, nng_listener *listener) {
    int code = nng_listener_create(listener, socket, url);
    if (code == 0 && ledger_url_ipc_path(url) != NULL)
        code = nng_listener_set_int(*listener, NNG_OPT_IPC_PERMISSIONS, SOCKET_MODE);
    if (code == 0)
        code = nng_listener_start(*listener, 0);
    return code;
}
