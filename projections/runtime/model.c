// A projection's model: one LMDB environment that holds rows, chains of amendments, what was set
// aside, and the checkpoint. Its directory is named after the format and the fold, so that a new
// fold begins an empty model beside the old one.
//
// Table `meta`, key "state", little-endian: format u32 @0, fold version u32 @4, ledger id @8,
// epoch u64 @24, position u64 @32, recorded_at i64 @40, identity known u8 @48, position of the last
// change of merges u64 @49.
#include "projection_internal.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/logging.h"
#include "merge_graph.h"

enum { STATE_SIZE = 57 };
static const struct ledger_span state_key = {(const uint8_t *)"state", 5};

static bool model_name(const struct projection *projection, char *name, size_t size) {
    int length = snprintf(name, size, "model-%d.%" PRIu32, PROJECTION_MODEL_FORMAT,
                          projection->fold_version);
    return length > 0 && (size_t)length < size;
}

static enum ledger_err open_tables(struct projection_model *model, struct ledger_error *error) {
    const struct {
        const char *name;
        struct ledger_kv_table *table;
    } tables[] = {
        {"meta", &model->meta},     {"rows", &model->rows},           {"runs", &model->runs},
        {"chains", &model->chains}, {"chain_ids", &model->chain_ids}, {"parked", &model->parked},
        {"days", &model->days}};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        enum ledger_err err = ledger_kv_table(model->kv, tables[i].name, tables[i].table, error);
        if (err)
            return err;
    }
    return LEDGER_E_OK;
}

// A model that does not say what its directory's name says was not written by us.
static enum ledger_err check_state(struct projection_model *model, struct ledger_error *error) {
    struct ledger_kv_txn *txn = NULL;
    enum ledger_err err = ledger_kv_read(model->kv, &txn, error);
    if (err)
        return err;
    struct projection_state state;
    err = projection_state_read(model, txn, &state, error);
    ledger_kv_abort(txn);
    return err;
}

static void remove_directory(const char *path) {
    DIR *directory = opendir(path);
    if (!directory)
        return;
    int fd = dirfd(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(fd, entry->d_name, 0);
    closedir(directory);
    if (rmdir(path))
        ledger_log_warn("an old model cannot be deleted", "path=\"%s\" errno=%d", path, errno);
    else
        ledger_log_info("old model deleted", "path=\"%s\"", path);
}

// Another's file in the model's place: it is not ours to delete.
static enum ledger_err refuse_file(const char *path, struct ledger_error *error) {
    struct stat found;
    if (stat(path, &found) || S_ISDIR(found.st_mode))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data",
                       "%.200s is no folder, and the model is to stand there: move it away, and "
                       "start again",
                       path);
}

static enum ledger_err open_model(const struct projection *projection, const char *path,
                                  struct projection_model **opened, struct ledger_error *error) {
    struct projection_model *model = calloc(1, sizeof *model);
    if (!model)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for the model");
    if (pthread_mutex_init(&model->graph_lock, NULL) != 0) {
        free(model);
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for the model");
    }
    model->projection = projection;
    model->limits = run_limits_default;
    // A commit lost in a power cut is made again from the ledger.
    const struct ledger_kv_options options = {.path = path, .tables_max = 8, .lazy_sync = true};
    enum ledger_err err = ledger_kv_open(&options, &model->kv, error);
    if (!err)
        err = open_tables(model, error);
    if (!err)
        err = check_state(model, error);
    if (err)
        projection_model_close(model);
    else
        *opened = model;
    return err;
}

// A model that is no model any more is made anew from the ledger, as one of another fold is.
enum ledger_err projection_model_open(const struct projection *projection, const char *directory,
                                      struct projection_model **opened,
                                      struct ledger_error *error) {
    char path[PATH_MAX];
    char name[64];
    if (!model_name(projection, name, sizeof name) ||
        snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
    struct ledger_error broken = {0};
    enum ledger_err err = refuse_file(path, &broken);
    if (!err)
        err = open_model(projection, path, opened, &broken);
    if (err != LEDGER_E_FORMAT && err != LEDGER_E_CORRUPT) {
        if (err && error)
            *error = broken;
        return err;
    }
    ledger_log_warn("the model cannot be used and is made anew", "path=\"%s\" message=\"%s\"", path,
                    broken.message);
    remove_directory(path);
    return open_model(projection, path, opened, error);
}

void projection_model_close(struct projection_model *model) {
    if (!model)
        return;
    ledger_kv_close(model->kv);
    merge_graph_release(model->graph);
    pthread_mutex_destroy(&model->graph_lock);
    free(model);
}

// Deletes the models in a folder, all but one.
static void remove_models(const char *path, const char *keep) {
    DIR *directory = opendir(path);
    if (!directory)
        return;
    for (struct dirent *entry; (entry = readdir(directory));) {
        char model[PATH_MAX];
        if (strncmp(entry->d_name, "model-", 6) == 0 && strcmp(entry->d_name, keep) != 0 &&
            snprintf(model, sizeof model, "%s/%s", path, entry->d_name) < (int)sizeof model)
            remove_directory(model);
    }
    closedir(directory);
}

void projection_model_sweep(const struct projection *projection, const char *path) {
    char keep[64];
    if (model_name(projection, keep, sizeof keep))
        remove_models(path, keep);
}

void projection_model_discard(const char *path) {
    remove_models(path, "");
    (void)rmdir(path); // stays if there is something else in it
}

enum ledger_err projection_state_read(struct projection_model *model, struct ledger_kv_txn *txn,
                                      struct projection_state *state, struct ledger_error *error) {
    *state = (struct projection_state){0};
    struct ledger_span value;
    enum ledger_err err = ledger_kv_get(txn, model->meta, state_key, &value);
    if (err == LEDGER_E_NOT_FOUND)
        return LEDGER_E_OK;
    if (err)
        return ledger_fail(error, err, NULL, "the model cannot be read");
    if (value.size != STATE_SIZE || get_le32(value.data) != PROJECTION_MODEL_FORMAT ||
        get_le32(value.data + 4) != model->projection->fold_version)
        return ledger_fail(error, LEDGER_E_FORMAT, NULL,
                           "the model was not written by this program");
    memcpy(state->identity.ledger_id, value.data + 8, 16);
    state->identity.epoch = get_le64(value.data + 24);
    state->position = get_le64(value.data + 32);
    state->recorded_at = (int64_t)get_le64(value.data + 40);
    state->identity.known = value.data[48];
    state->merges_changed = get_le64(value.data + 49);
    return LEDGER_E_OK;
}

void projection_state_write(struct projection_model *model, struct ledger_kv_txn *txn,
                            const struct projection_state *state) {
    uint8_t value[STATE_SIZE];
    put_le32(value, PROJECTION_MODEL_FORMAT);
    put_le32(value + 4, model->projection->fold_version);
    memcpy(value + 8, state->identity.ledger_id, 16);
    put_le64(value + 24, state->identity.epoch);
    put_le64(value + 32, state->position);
    put_le64(value + 40, (uint64_t)state->recorded_at);
    value[48] = state->identity.known;
    put_le64(value + 49, state->merges_changed);
    ledger_kv_put(txn, model->meta, state_key, ledger_span_of(value, sizeof value));
}

struct row_header row_header_read(const uint8_t place[ROW_HEADER_SIZE]) {
    uint16_t offset;
    memcpy(&offset, place + 20, sizeof offset);
    return (struct row_header){
        .known_until = get_le64(place),
        .occurred = {.when = (enum ledger_when)place[22],
                     .micros = (int64_t)get_le64(place + 8),
                     .day = (int32_t)get_le32(place + 16),
                     .offset_minutes = (int16_t)le16toh(offset)},
    };
}
