#include "former.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ledger/logging.h"

struct projection_former {
    struct projection projection; // as it is now, but for its fold
    struct projection_model *model;
    struct projection_state state;
    bool answers;
    char directory[PATH_MAX];
    pthread_mutex_t lock; // guards what follows; held for moments only
    unsigned users;
    bool over;
    bool claimed;
};

// ---- finding it
static bool fold_of(const char *folder, uint32_t *fold_version) {
    int format, end = 0;
    return sscanf(folder, "model-%d.%" SCNu32 "%n", &format, fold_version, &end) == 2 && end > 0 &&
           folder[end] == '\0' && format == PROJECTION_MODEL_FORMAT;
}

// What has a model's name and is no folder was not put there by us, and stays.
static bool is_folder(DIR *directory, const char *name) {
    struct stat found;
    if (fstatat(dirfd(directory), name, &found, 0))
        return true; // opening it says why
    if (!S_ISDIR(found.st_mode))
        ledger_log_warn("this has the name of a model and is no folder; it is left alone",
                        "name=\"%s\"", name);
    return S_ISDIR(found.st_mode);
}

static enum ledger_err read_state(struct projection_former *former, struct ledger_error *error) {
    struct ledger_kv_txn *txn = NULL;
    enum ledger_err err = ledger_kv_read(former->model->kv, &txn, error);
    if (!err)
        err = projection_state_read(former->model, txn, &former->state, error);
    ledger_kv_abort(txn);
    return err;
}

static enum ledger_err open_one(const struct projection *projection, const char *directory,
                                uint32_t fold_version, struct projection_former **opened,
                                struct ledger_error *error) {
    struct projection_former *former = calloc(1, sizeof *former);
    if (!former)
        return projection_no_memory(error);
    former->projection = *projection;
    former->projection.fold_version = fold_version;
    former->answers = projection->rows_since && fold_version >= projection->rows_since &&
                      fold_version < projection->fold_version;
    (void)snprintf(former->directory, sizeof former->directory, "%s", directory);
    pthread_mutex_init(&former->lock, NULL);
    enum ledger_err err =
        projection_model_open(&former->projection, directory, &former->model, error);
    if (!err)
        err = read_state(former, error);
    if (err)
        projection_former_close(former);
    else
        *opened = former;
    return err;
}

static bool is_better(const struct projection_former *a, const struct projection_former *b) {
    if (!b || a->answers != b->answers)
        return !b || a->answers;
    return a->state.position > b->state.position;
}

enum ledger_err projection_former_open(struct projection_process *process, const char *directory,
                                       struct ledger_error *error) {
    struct projection_former *best = NULL;
    enum ledger_err err = LEDGER_E_OK;
    DIR *folder = opendir(directory);
    if (!folder)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", directory,
                           strerror(errno));
    for (struct dirent *entry; !err && (entry = readdir(folder));) {
        uint32_t fold_version;
        struct projection_former *former = NULL;
        if (!fold_of(entry->d_name, &fold_version) ||
            fold_version == process->projection->fold_version || !is_folder(folder, entry->d_name))
            continue;
        err = open_one(process->projection, directory, fold_version, &former, error);
        if (!err && former->state.position > process->state.position && is_better(former, best)) {
            projection_former_close(best);
            best = former;
        } else {
            projection_former_close(former);
        }
    }
    closedir(folder);
    if (err) {
        projection_former_close(best);
        return err;
    }
    process->former = best;
    if (!best)
        return LEDGER_E_OK;
    ledger_log_info("made anew beside a former model",
                    "fold_version=%" PRIu32 " position=%" PRIu64 " answers=%s",
                    best->projection.fold_version, best->state.position,
                    best->answers ? "yes" : "no");
    // The ledger has been so long; were it shorter now, a page would say so.
    atomic_store(&process->head, best->state.position);
    projection_former_review(process);
    return LEDGER_E_OK;
}

void projection_former_close(struct projection_former *former) {
    if (!former)
        return;
    projection_model_close(former->model);
    pthread_mutex_destroy(&former->lock);
    free(former);
}

// ---- while it answers
struct projection_former_facts projection_former_facts(struct projection_former *former) {
    struct projection_former_facts facts = {0};
    if (!former)
        return facts;
    pthread_mutex_lock(&former->lock);
    if (!former->over)
        facts = (struct projection_former_facts){.position = former->state.position,
                                                 .fold_version = former->projection.fold_version,
                                                 .answers = former->answers};
    pthread_mutex_unlock(&former->lock);
    return facts;
}

struct projection_model *projection_former_take(struct projection_former *former) {
    struct projection_model *model = NULL;
    pthread_mutex_lock(&former->lock);
    if (!former->over && former->answers) {
        model = former->model;
        former->users++;
    }
    pthread_mutex_unlock(&former->lock);
    return model;
}

void projection_former_give(struct projection_former *former) {
    pthread_mutex_lock(&former->lock);
    former->users--;
    pthread_mutex_unlock(&former->lock);
}

// ---- its end
static bool same_ledger(const struct projection_identity *a, const struct projection_identity *b) {
    return memcmp(a->ledger_id, b->ledger_id, sizeof a->ledger_id) == 0 && a->epoch == b->epoch;
}

void projection_former_review(struct projection_process *process) {
    struct projection_former *former = process->former;
    if (!former)
        return;
    pthread_mutex_lock(&process->lock);
    const struct projection_state now = process->state;
    pthread_mutex_unlock(&process->lock);
    bool as_far = now.position >= former->state.position;
    // A model of another ledger, or of this one before a restore, is no answer to anything.
    bool strange = (now.identity.known && !same_ledger(&now.identity, &former->state.identity)) ||
                   atomic_load(&process->head) < former->state.position;
    pthread_mutex_lock(&former->lock);
    bool news = !former->over && (as_far || strange);
    former->over |= as_far || strange;
    pthread_mutex_unlock(&former->lock);
    if (news)
        ledger_log_info(as_far ? "made anew, and answers from now on"
                               : "the former model is of another ledger, and answers no more",
                        "position=%" PRIu64 " fold_version=%" PRIu32, now.position,
                        process->projection->fold_version);
}

bool projection_former_claim(struct projection_former *former) {
    if (!former)
        return false;
    pthread_mutex_lock(&former->lock);
    bool claimed = former->over && !former->users && !former->claimed;
    former->claimed |= claimed;
    pthread_mutex_unlock(&former->lock);
    return claimed;
}

void projection_former_delete(struct projection_process *process) {
    struct projection_former *former = process->former;
    projection_model_close(former->model);
    former->model = NULL;
    projection_model_sweep(process->projection, former->directory);
}

// ---- what is said of it
static unsigned percent(const struct projection_process *process,
                        const struct projection_former_facts *facts) {
    return (unsigned)(100 * atomic_load(&process->position) / facts->position);
}

enum ledger_err projection_former_note(const struct projection_process *process,
                                       const struct projection_former_facts *facts,
                                       Ledger__V1__QueryReply *reply, struct ledger_arena *arena,
                                       struct ledger_error *error) {
    char **notes = ledger_arena_alloc(arena, (reply->n_notes + 1) * sizeof *notes);
    char *note = ledger_arena_printf(
        arena,
        "Made by fold version %" PRIu32 ", and nothing after position %" PRIu64
        " is in it: the model is being made anew by fold version %" PRIu32 ", %u%% there.",
        facts->fold_version, facts->position, process->projection->fold_version,
        percent(process, facts));
    if (!notes || !note)
        return projection_no_memory(error);
    if (reply->n_notes)
        memcpy(notes, reply->notes, reply->n_notes * sizeof *notes);
    notes[reply->n_notes++] = note;
    reply->notes = notes;
    return LEDGER_E_OK;
}

enum ledger_err projection_former_refuse(const struct projection_process *process,
                                         const struct projection_former_facts *facts,
                                         struct ledger_error *error) {
    const char *why = facts->answers ? "knows nothing later" : "cannot be read any more";
    return ledger_fail(error, LEDGER_E_CATCHING_UP, NULL,
                       "%s is being made anew by fold version %" PRIu32 ", %u%% there: position "
                       "%" PRIu64 " of %" PRIu64 ". The model of fold version %" PRIu32 " %s",
                       process->projection->name, process->projection->fold_version,
                       percent(process, facts), (uint64_t)atomic_load(&process->position),
                       facts->position, facts->fold_version, why);
}
