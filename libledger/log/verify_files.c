// Verifying the files of a ledger that is stopped.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verify_internal.h"

struct ledger_verify_files {
    char log_path[4096];
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
        err = path_of(data, "log", files->log_path, sizeof files->log_path, error);
    if (err == LEDGER_E_OK)
        err = store_open_read_only(&files->store, files->log_path, error);
    return err != LEDGER_E_NOT_FOUND
               ? err
               : ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                             "%s: its tables or its identity are not there", files->log_path);
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

// What the journal has comes after all the rest.
static enum ledger_err look_at_journal(struct ledger_verify_files *files,
                                       struct ledger_verify_report *report,
                                       struct ledger_error *error) {
    struct ledger_error why = {0};
    struct ledger_verify_fault *fault = &report->fault;
    enum ledger_err err =
        store_ahead(&files->store, files->log_path, &report->journal_events, &why);
    if (!verify_is_damage(err)) {
        if (err != LEDGER_E_OK && error != NULL)
            *error = why;
        return err;
    }
    fault->position = report->target + report->journal_events + 1;
    fault->where = "journal";
    (void)snprintf(fault->message, sizeof fault->message, "%s", why.message);
    memset(&report->root, 0, sizeof report->root);
    return LEDGER_E_OK;
}

enum ledger_err ledger_verify_step(struct ledger_verify_files *files,
                                   const struct ledger_verify *asked,
                                   struct ledger_verify_report *report,
                                   struct ledger_error *error) {
    struct verify verify = {.store = &files->store, .index = files->index};
    if (asked->resume.size == 0 && !asked->log_only)
        verify.state.index_stale = files->index_unreadable;
    enum ledger_err err = verify_step(&verify, asked, report, error);
    return err == LEDGER_E_OK && report->resume_size == 0 && report->fault.position == 0
               ? look_at_journal(files, report, error)
               : err;
}
