// Making a model anew beside the one that answers. A process under another name ("<name>-rebuild",
// with a folder and a socket of its own, so that its progress is seen) follows the ledger from its
// beginning. When it has come to the end, the digests of both models are compared; then the process
// that answered is asked to end, and the folders change places in one step.
//
//   killed before that: the old model is where it was, and answers
//   killed after it: the new one is; what is left of the old is deleted by the next rebuild
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ledger/client.h"
#include "ledger/logging.h"
#include "projection_internal.h"

enum { CALL_TIMEOUT_MS = 120000, END_SECONDS = 60, POLL_MS = 20, URL_SIZE = 256 };

struct answering {
    uint64_t pid;
    uint32_t fold_version;
    const char *digest; // hexadecimal; in the arena
};

static enum ledger_err ask(const char *url, const Ledger__V1__Request *request,
                           struct ledger_arena *arena, Ledger__V1__Reply **reply,
                           struct ledger_error *error) {
    const struct ledger_client_options options = {.url = url, .timeout_ms = CALL_TIMEOUT_MS};
    struct ledger_client *client;
    enum ledger_err err = ledger_client_open(&options, &client, error);
    if (err)
        return err;
    err = ledger_client_call(client, request, arena, reply, error);
    ledger_client_close(client);
    return err;
}

static enum ledger_err ask_status(const char *url, struct ledger_arena *arena,
                                  struct answering *answering, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest status = LEDGER__V1__STATUS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    request.body_case = LEDGER__V1__REQUEST__BODY_STATUS;
    request.status = &status;
    enum ledger_err err = ask(url, &request, arena, &reply, error);
    if (err)
        return err;
    if (!reply->status->projection || !reply->status->pid)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%s does not say what it is", url);
    answering->pid = reply->status->pid;
    answering->fold_version = reply->status->projection->fold_version;
    return LEDGER_E_OK;
}

static enum ledger_err ask_digest(const char *url, uint64_t position, struct ledger_arena *arena,
                                  struct answering *answering, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__QueryRequest query = LEDGER__V1__QUERY_REQUEST__INIT;
    Ledger__V1__Parameter parameter = LEDGER__V1__PARAMETER__INIT;
    Ledger__V1__Parameter *parameters[] = {&parameter};
    Ledger__V1__Reply *reply;
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRIu64, position);
    parameter.name = (char *)(uintptr_t) "as-of-position";
    parameter.value = text;
    query.query = (char *)(uintptr_t)projection_digest_query.name;
    query.n_parameters = 1;
    query.parameters = parameters;
    request.body_case = LEDGER__V1__REQUEST__BODY_QUERY;
    request.query = &query;
    enum ledger_err err = ask(url, &request, arena, &reply, error);
    if (err)
        return err;
    answering->fold_version = reply->query->fold_version; // it may be a former model's answer
    answering->digest = projection_digest_of(reply->query);
    return answering->digest
               ? LEDGER_E_OK
               : ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%s does not say what it holds", url);
}

static enum ledger_err compare(const char *old_url, const char *new_url, uint64_t position,
                               uint32_t fold_version, struct ledger_arena *arena,
                               struct answering *answering, struct ledger_error *error) {
    struct answering made = {0};
    enum ledger_err err = LEDGER_E_OK;
    if (answering->fold_version == fold_version)
        err = ask_digest(old_url, position, arena, answering, error);
    if (!err && answering->fold_version != fold_version) {
        ledger_log_info("made anew for another fold: not compared", "old=%" PRIu32 " new=%" PRIu32,
                        answering->fold_version, fold_version);
        return LEDGER_E_OK;
    }
    if (!err)
        err = ask_digest(new_url, position, arena, &made, error);
    if (err)
        return err;
    if (strcmp(answering->digest, made.digest) != 0)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "the model made anew is not the one that answers, at position %" PRIu64
                           ": %s, not %s. Both are kept; the old one goes on answering",
                           position, made.digest, answering->digest);
    ledger_log_info("made anew, and the same", "position=%" PRIu64 " sha256=%s", position,
                    made.digest);
    return LEDGER_E_OK;
}

static enum ledger_err end_process(uint64_t pid, struct ledger_error *error) {
    const struct timespec poll = {.tv_nsec = POLL_MS * 1000000L};
    if (kill((pid_t)pid, SIGTERM) && errno != ESRCH)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL,
                           "process %" PRIu64 " cannot be asked to end: %s", pid, strerror(errno));
    for (int i = 0; i < END_SECONDS * 1000 / POLL_MS; i++) {
        if (kill((pid_t)pid, 0) && errno == ESRCH)
            return LEDGER_E_OK;
        (void)nanosleep(&poll, NULL);
    }
    return ledger_fail(error, LEDGER_E_TIMEOUT, NULL,
                       "process %" PRIu64 " has not ended; its model stays in place", pid);
}

enum ledger_err projection_rebuild_take_over(const struct projection_process *process,
                                             const struct projection_rebuild *rebuild,
                                             struct ledger_error *error) {
    char old_url[URL_SIZE], new_url[URL_SIZE];
    struct answering answering = {0};
    struct ledger_error away = {0};
    enum ledger_err err =
        ledger_socket_url(rebuild->data, rebuild->name, old_url, sizeof old_url, error);
    if (!err)
        err = ledger_socket_url(rebuild->data, rebuild->made, new_url, sizeof new_url, error);
    if (err)
        return err;
    struct ledger_arena *arena = ledger_arena_new(0);
    if (!arena)
        return projection_no_memory(error);
    err = ask_status(old_url, arena, &answering, &away);
    if (err == LEDGER_E_UNAVAILABLE) { // nobody answers: there is nothing to compare with
        ledger_arena_free(arena);
        return LEDGER_E_OK;
    }
    if (err)
        *error = away;
    if (!err)
        err = compare(old_url, new_url, atomic_load(&process->position),
                      process->projection->fold_version, arena, &answering, error);
    if (!err)
        err = end_process(answering.pid, error);
    ledger_arena_free(arena);
    return err;
}

static bool folder(const struct projection_rebuild *rebuild, const char *name,
                   char path[PATH_MAX]) {
    return snprintf(path, PATH_MAX, "%s/projections/%s", rebuild->data, name) < PATH_MAX;
}

enum ledger_err projection_rebuild_clear(const struct projection *projection,
                                         const struct projection_rebuild *rebuild,
                                         struct ledger_error *error) {
    char path[PATH_MAX];
    struct projection_model *model;
    if (!folder(rebuild, rebuild->made, path))
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
    if (access(path, F_OK))
        return LEDGER_E_OK;
    // Not while another rebuild holds it.
    enum ledger_err err = projection_model_open(projection, path, &model, error);
    if (err)
        return err;
    projection_model_close(model);
    projection_model_discard(path);
    return LEDGER_E_OK;
}

enum ledger_err projection_rebuild_exchange(const struct projection_rebuild *rebuild,
                                            struct ledger_error *error) {
    char old[PATH_MAX], made[PATH_MAX];
    if (!folder(rebuild, rebuild->name, old) || !folder(rebuild, rebuild->made, made))
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
    if (mkdir(old, 0750) && errno != EEXIST)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", old,
                           strerror(errno));
    if (renameat2(AT_FDCWD, made, AT_FDCWD, old, RENAME_EXCHANGE))
        return ledger_fail(error, ledger_err_from_errno(errno), NULL,
                           "putting %s in the place of %s: %s", made, old, strerror(errno));
    projection_model_discard(made);
    return LEDGER_E_OK;
}
