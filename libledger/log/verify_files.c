// Verifying the files of a ledger that is stopped.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verify_internal.h"

struct ledger_verify_files {
    struct store store;
    struct index *index;
    bool index_unreadable;
};

static enum ledger_err path_of(const char *data, const char *name, char *path, size_t size,
                               struct ledger_error *error) {
    return snprintf(path, size, "%s/%s", data, name) < (int)size
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
}

static enum ledger_err open_log(struct ledger_verify_files *files, const char *data,
                                struct ledger_error *error) {
    char path[4096];
    enum ledger_err err = path_of(data, "log/data.mdb", path, sizeof path, error);
    if (err == LEDGER_E_OK && access(path, F_OK) != 0)
        return ledger_fail(error, LEDGER_E_NO_INPUT, "data", "there is no ledger in %s: %s", data,
                           strerror(errno));
    if (err == LEDGER_E_OK)
        err = path_of(data, "log", path, sizeof path, error);
    if (err == LEDGER_E_OK)
        err = store_open_read_only(&files->store, path, error);
    return err != LEDGER_E_NOT_FOUND
               ? err
               : ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                             "%s: its tables or its identity are not there", path);
}

// Without indexes there is nothing to look at: the service makes them when it starts.
static enum ledger_err open_index(struct ledger_verify_files *files, const char *data,
                                  struct ledger_error *error) {
    char path[4096];
    enum ledger_err err = path_of(data, "index/data.mdb", path, sizeof path, error);
    if (err != LEDGER_E_OK || (access(path, F_OK) != 0 && errno == ENOENT))
        return err;
    err = path_of(data, "index", path, sizeof path, error);
    if (err == LEDGER_E_OK)
        err = index_open_read_only(path, &files->index, error);
    files->index_unreadable = verify_is_damage(err) || err == LEDGER_E_NOT_FOUND;
    return files->index_unreadable ? LEDGER_E_OK : err;
}

enum ledger_err ledger_verify_open(const char *data, struct ledger_verify_files **out,
                                   struct ledger_error *error) {
    *out = NULL;
    struct ledger_verify_files *files = calloc(1, sizeof *files);
    if (files == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening %s", data);
    enum ledger_err err = open_log(files, data, error);
    if (err == LEDGER_E_OK)
        err = open_index(files, data, error);
    if (err == LEDGER_E_OK)
        *out = files;
    else
        ledger_verify_close(files);
    return err;
}

void ledger_verify_close(struct ledger_verify_files *files) {
    if (files == NULL)
        return;
    index_close(files->index);
    store_close(&files->store);
    free(files);
}

enum ledger_err ledger_verify_step(struct ledger_verify_files *files,
                                   const struct ledger_verify *asked,
                                   struct ledger_verify_report *report,
                                   struct ledger_error *error) {
    struct verify verify = {.store = &files->store, .index = files->index};
    if (asked->resume.size == 0 && !asked->log_only)
        verify.state.index_stale = files->index_unreadable;
    return verify_step(&verify, asked, report, error);
}
