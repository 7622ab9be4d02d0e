#include "ledger/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY_MODE = 0750 };

static enum ledger_err fail_errno(struct ledger_error *error, const char *path) {
    int code = errno;
    return ledger_fail(error, ledger_err_from_errno(code), NULL, "%s: %s", path, strerror(code));
}

enum ledger_err ledger_directory_sync(const char *path, struct ledger_error *error) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(error, path);
    enum ledger_err err = fsync(fd) == 0 ? LEDGER_E_OK : fail_errno(error, path);
    close(fd);
    return err;
}

static enum ledger_err sync_parent(const char *path, struct ledger_error *error) {
    char *copy = strdup(path);
    if (copy == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making %s", path);
    size_t size = strlen(copy);
    while (size > 1 && copy[size - 1] == '/')
        copy[--size] = '\0';
    char *slash = strrchr(copy, '/');
    if (slash != NULL)
        slash[slash == copy ? 1 : 0] = '\0';
    enum ledger_err err = ledger_directory_sync(slash != NULL ? copy : ".", error);
    free(copy);
    return err;
}

static bool is_directory(const char *path) {
    struct stat file;
    return stat(path, &file) == 0 && S_ISDIR(file.st_mode);
}

enum ledger_err ledger_directory_make(const char *path, struct ledger_error *error) {
    if (mkdir(path, DIRECTORY_MODE) != 0) {
        if (errno != EEXIST)
            return fail_errno(error, path);
        if (!is_directory(path)) {
            errno = ENOTDIR;
            return fail_errno(error, path);
        }
    }
    // One that was there may be from a start that a power cut ended before this.
    return sync_parent(path, error);
}
