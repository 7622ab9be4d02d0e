#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "ledger/files.h"
#include "reactor.h"

enum { FILE_MODE = 0640 };

static enum ledger_err fail(const char *path, int code, struct ledger_error *error) {
    if (code == EWOULDBLOCK)
        return ledger_fail(error, LEDGER_E_LOCKED, NULL,
                           "another reactor runs on this data directory: %s", path);
    return ledger_fail(error, ledger_err_from_errno(code), NULL, "%s: %s", path, strerror(code));
}

enum ledger_err reactor_lock(const char *data, int *file, struct ledger_error *error) {
    char directory[PATH_MAX];
    char path[PATH_MAX];
    if (snprintf(directory, sizeof directory, "%s/run", data) >= (int)sizeof directory ||
        snprintf(path, sizeof path, "%s/reactor.lock", directory) >= (int)sizeof path)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
    enum ledger_err err = ledger_directory_make(data, error);
    if (err == LEDGER_E_OK)
        err = ledger_directory_make(directory, error);
    if (err != LEDGER_E_OK)
        return err;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return fail(path, errno, error);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int code = errno;
        close(fd);
        return fail(path, code, error);
    }
    *file = fd;
    return LEDGER_E_OK;
}
