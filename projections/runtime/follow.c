// The consume loop: pages of the ledger, one transaction, and again. It waits for the ledger when
// it is away, refuses one that is not the model's, and ends the process when a commit fails.
#include "projection_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "ledger/client.h"
#include "ledger/limits.h"
#include "ledger/logging.h"
#include "ledger/reader.h"

enum {
    PAGE_EVENTS = 10000,
    // A page that only waits ends this soon, so that the checkpoint also passes facts that the
    // filter keeps away, and a question that waits for such a position is not kept long.
    WAIT_MS = 250,
    TIDY_WAIT_MS = 50, // between slices of work at leisure, which questions should not feel
    RETRY_MS = 500,
    ARENA_CHUNK = 1 << 20,
    // Of one transaction while there is more to read: few rows share a page of the model, and a
    // page is written once for each transaction that touches it.
    BATCH_EVENTS = 262144,
};

struct follower {
    struct projection_process *process;
    struct ledger_arena *arena;
    struct projection_call asked; // the page that is under way
    struct ledger_reply *reply;   // the page that is here
    struct projection_keeper *keeper;
    bool tidying;                    // at leisure, and there is more to do
    struct projection_state applied; // what the next page follows; the model may be a batch behind
    Ledger__V1__Filter filter;
    bool filtered;
    char *types[LEDGER_FACT_COUNT];
};

// ---- what a person asking for the status is told
void projection_problem_set(struct projection_process *process, bool refused, const char *format,
                            ...) {
    char problem[sizeof process->problem];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(problem, sizeof problem, format, args);
    va_end(args);
    pthread_mutex_lock(&process->lock);
    bool news = strcmp(process->problem, problem) != 0;
    memcpy(process->problem, problem, sizeof problem);
    process->refused = refused;
    pthread_mutex_unlock(&process->lock);
    if (news && problem[0])
        ledger_log_warn("not moving", "problem=\"%s\"", problem);
    else if (news)
        ledger_log_info("moving again", "%s", "");
}

static bool stopping(struct projection_process *process) {
    pthread_mutex_lock(&process->lock);
    bool stop = process->stopping;
    pthread_mutex_unlock(&process->lock);
    return stop;
}

static void pause_before_retry(struct projection_process *process) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += RETRY_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&process->lock);
    while (!process->stopping &&
           pthread_cond_timedwait(&process->changed, &process->lock, &until) != ETIMEDOUT)
        continue;
    pthread_mutex_unlock(&process->lock);
}

// ---- the ledger, asked for more than pages
// The reply has those that are there, in the order asked.
static void place_records(const Ledger__V1__FetchReply *reply, const uint8_t (*ids)[16],
                          size_t count, Ledger__V1__Record **records) {
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        Ledger__V1__Record *record = next < reply->n_records ? reply->records[next] : NULL;
        const Ledger__V1__Event *event = record ? record->event : NULL;
        bool this_one = event && event->event_id.len == sizeof ids[i] &&
                        memcmp(event->event_id.data, ids[i], sizeof ids[i]) == 0;
        records[i] = this_one ? record : NULL;
        next += this_one;
    }
}

static enum ledger_err remote_fetch(void *user, const uint8_t (*ids)[16], size_t count,
                                    struct ledger_arena *arena, Ledger__V1__Record **records,
                                    struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__FetchRequest fetch = LEDGER__V1__FETCH_REQUEST__INIT;
    Ledger__V1__Reply *reply = NULL;
    ProtobufCBinaryData *wanted = ledger_arena_alloc(arena, count * sizeof *wanted);
    if (!wanted)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a request");
    for (size_t i = 0; i < count; i++)
        wanted[i] = (ProtobufCBinaryData){sizeof ids[i], (uint8_t *)(uintptr_t)ids[i]};
    fetch.n_event_ids = count;
    fetch.event_ids = wanted;
    request.body_case = LEDGER__V1__REQUEST__BODY_FETCH;
    request.fetch = &fetch;
    enum ledger_err err = projection_link_call(user, &request, arena, &reply, error);
    if (err)
        return err;
    if (reply->body_case != LEDGER__V1__REPLY__BODY_FETCH)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "the ledger sent another reply");
    place_records(reply->fetch, ids, count, records);
    return LEDGER_E_OK;
}

static enum ledger_err remote_locate(void *user, int64_t recorded_at, uint64_t *position,
                                     bool *settled, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__LocateRequest locate = LEDGER__V1__LOCATE_REQUEST__INIT;
    Ledger__V1__Reply *reply = NULL;
    struct ledger_arena *arena = ledger_arena_new(0);
    if (!arena)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a request");
    locate.has_recorded_at = true;
    locate.recorded_at = recorded_at;
    request.body_case = LEDGER__V1__REQUEST__BODY_LOCATE;
    request.locate = &locate;
    enum ledger_err err = projection_link_call(user, &request, arena, &reply, error);
    if (!err && reply->body_case != LEDGER__V1__REPLY__BODY_LOCATE)
        err = ledger_fail(error, LEDGER_E_MALFORMED, NULL, "the ledger sent another reply");
    if (!err) {
        *position = reply->locate->position;
        *settled = reply->locate->settled;
    }
    ledger_arena_free(arena);
    return err;
}

const struct projection_ledger projection_ledger_remote = {.fetch = remote_fetch,
                                                           .locate = remote_locate};

// ---- pages
static void choose_filter(struct follower *follower) {
    const struct projection *projection = follower->process->projection;
    ledger__v1__filter__init(&follower->filter);
    follower->filtered = !projection->map_written && projection->types;
    if (!follower->filtered)
        return;
    bool wanted[LEDGER_FACT_COUNT] = {[LEDGER_FACT_FactCorrected] = true,
                                      [LEDGER_FACT_FactRetracted] = true,
                                      [LEDGER_FACT_ClientsMerged] = true,
                                      [LEDGER_FACT_MergeReversed] = true};
    for (size_t i = 0; i < projection->type_count; i++)
        wanted[projection->types[i]] = true;
    for (int fact = 0; fact < LEDGER_FACT_COUNT; fact++)
        if (wanted[fact])
            follower->types[follower->filter.n_types++] =
                (char *)(uintptr_t)ledger_fact_at((enum ledger_fact)fact)->name;
    follower->filter.types = follower->types;
}

static enum ledger_err ask_page(struct follower *follower, const struct projection_state *state,
                                struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__ReadRequest read = LEDGER__V1__READ_REQUEST__INIT;
    Ledger__V1__LedgerIdentity identity = LEDGER__V1__LEDGER_IDENTITY__INIT;
    uint8_t id[sizeof state->identity.ledger_id];
    read.has_from = read.has_max_events = read.has_max_bytes = read.has_wait_ms = true;
    read.from = state->position + 1;
    read.max_events = PAGE_EVENTS;
    read.max_bytes = LEDGER_PAGE_BYTES_MAX;
    read.wait_ms = follower->tidying ? TIDY_WAIT_MS : WAIT_MS;
    if (follower->filtered)
        read.filter = &follower->filter;
    if (state->identity.known && state->position) {
        memcpy(id, state->identity.ledger_id, sizeof id);
        identity.has_ledger_id = identity.has_epoch = true;
        identity.ledger_id = (ProtobufCBinaryData){sizeof id, id};
        identity.epoch = state->identity.epoch;
        read.identity = &identity;
    }
    request.body_case = LEDGER__V1__REQUEST__BODY_READ;
    request.read = &read;
    return projection_link_begin(follower->process->link, &request, &follower->asked, error);
}

static void free_page(struct follower *follower) {
    ledger_reply_free(follower->reply);
    follower->reply = NULL;
}

// The page that was asked for; borrowed until the next is taken or it is freed.
static enum ledger_err take_page(struct follower *follower, struct ledger_reader_page *page,
                                 struct ledger_error *error) {
    free_page(follower);
    ledger_arena_reset(follower->arena);
    enum ledger_err err =
        projection_link_end(follower->process->link, &follower->asked, &follower->reply, error);
    return err ? err
               : ledger_page_read(ledger_reply_bytes(follower->reply), follower->arena, page,
                                  error);
}

static bool same_ledger(const struct projection_identity *known,
                        const struct ledger_identity *now) {
    return memcmp(known->ledger_id, now->ledger_id.bytes, sizeof known->ledger_id) == 0 &&
           known->epoch == now->epoch;
}

// The page must go on where the model ends. A model that holds nothing yet takes any ledger.
static enum ledger_err check_page(const struct projection_state *state,
                                  const struct ledger_reader_page *page,
                                  struct ledger_error *error) {
    if (state->position && !same_ledger(&state->identity, &page->identity))
        return ledger_fail(error, LEDGER_E_WRONG_LEDGER, NULL, "%s",
                           ledger_err_text(LEDGER_E_WRONG_LEDGER));
    if (page->head < state->position)
        return ledger_fail(error, LEDGER_E_WRONG_LEDGER, NULL,
                           "the ledger ends at %" PRIu64 ", before the model's position %" PRIu64,
                           page->head, state->position);
    return LEDGER_E_OK;
}

static void take_identity(struct projection_batch *batch, const struct ledger_reader_page *page) {
    struct projection_identity *identity = &batch->state.identity;
    memcpy(identity->ledger_id, page->identity.ledger_id.bytes, sizeof identity->ledger_id);
    identity->epoch = page->identity.epoch;
    identity->known = true;
}

static enum ledger_err apply_page(struct projection_batch *batch,
                                  const struct ledger_reader_page *page,
                                  struct projection_state *after, struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    struct ledger_span rest = page->records, record;
    take_identity(batch, page);
    while (!err && ledger_page_next(&rest, &record))
        err = projection_batch_apply(batch, record, error);
    uint64_t position = batch->last > after->position ? batch->last : after->position;
    *after = batch->state;
    after->position = page->examined > position ? page->examined : position;
    return err;
}

// Applies the page, and those after it while the ledger goes on and the batch is not large: the
// next is asked for before one is applied. What is wrong with a later page is found again when it
// is the first.
static enum ledger_err apply_pages(struct follower *follower, struct projection_batch *batch,
                                   struct ledger_reader_page *page, struct projection_state *after,
                                   struct ledger_error *error) {
    struct projection_process *process = follower->process;
    struct ledger_error later = {0};
    for (size_t events = 0;;) {
        events += page->record_count;
        bool more = page->examined < page->head && events < BATCH_EVENTS &&
                    !projection_batch_is_full(batch) && !stopping(process);
        if (more) {
            struct projection_state next = *after;
            next.position = page->examined;
            more = !ask_page(follower, &next, &later);
        }
        enum ledger_err err = apply_page(batch, page, after, error);
        if (more && (take_page(follower, page, &later) || check_page(after, page, &later)))
            more = false;
        if (err || !more)
            return err;
        atomic_store(&process->head, page->head);
    }
}

// The model is at `state` now. Any thread.
static void kept(void *user, const struct projection_state *state) {
    struct projection_process *process = user;
    pthread_mutex_lock(&process->lock);
    process->state = *state;
    pthread_mutex_unlock(&process->lock);
    atomic_store(&process->position, state->position);
    projection_serve_moved(process->server);
}

// A large batch is committed while the next is filled; a small one here and now.
static enum ledger_err commit(struct follower *follower, struct projection_batch *batch,
                              const struct projection_state *after, bool large, bool *fatal,
                              struct ledger_error *error) {
    if (large)
        return projection_keeper_hand(follower->keeper, batch, after->position, fatal, error);
    enum ledger_err err = projection_keeper_settle(follower->keeper, fatal, error);
    if (!err)
        err = projection_batch_commit(batch, after->position, fatal, error);
    if (!err)
        kept(follower->process, after);
    return err;
}

// What was not committed is read again.
static void go_back(struct follower *follower) {
    pthread_mutex_lock(&follower->process->lock);
    follower->applied = follower->process->state;
    pthread_mutex_unlock(&follower->process->lock);
}

// *fatal: a commit failed, and nothing is known of what is on the disk.
static enum ledger_err one_batch(struct follower *follower, struct ledger_reader_page *page,
                                 bool *fatal, struct ledger_error *error) {
    struct projection_process *process = follower->process;
    struct projection_batch batch;
    enum ledger_err err = projection_batch_begin(&batch, process->model, &process->ledger, error);
    if (err)
        return err;
    batch.state = follower->applied; // the model may not be there yet
    struct projection_state after = batch.state;
    err = apply_pages(follower, &batch, page, &after, error);
    if (!err) {
        bool large = after.position - follower->applied.position > PAGE_EVENTS;
        err = commit(follower, &batch, &after, large, fatal, error);
        if (err && !*fatal)
            go_back(follower);
    }
    projection_batch_abort(&batch);
    if (!err)
        follower->applied = after;
    return err;
}

// There is nothing to take in: the model's rows are put in order.
static enum ledger_err use_leisure(struct follower *follower, bool *fatal,
                                   struct ledger_error *error) {
    enum ledger_err err = projection_keeper_settle(follower->keeper, fatal, error);
    if (err && !*fatal)
        go_back(follower);
    if (err)
        return err;
    err = runs_tidy(follower->process->model, true, &follower->tidying, error);
    *fatal = err != LEDGER_E_OK;
    return err;
}

static enum ledger_err one_step(struct follower *follower, bool *fatal,
                                struct ledger_error *error) {
    const struct projection_state *state = &follower->applied;
    struct ledger_reader_page page;
    enum ledger_err err = ask_page(follower, state, error);
    if (!err)
        err = take_page(follower, &page, error);
    if (!err)
        err = check_page(state, &page, error);
    if (err)
        return err;
    atomic_store(&follower->process->head, page.head);
    bool news = page.record_count || page.examined > state->position || !state->identity.known;
    return news ? one_batch(follower, &page, fatal, error) : use_leisure(follower, fatal, error);
}

// ---- what to do about an error. False: the loop ends.
static bool go_on(struct projection_process *process, enum ledger_err err, bool fatal,
                  const struct ledger_error *error) {
    if (err == LEDGER_E_WRONG_LEDGER)
        projection_problem_set(process, true,
                               "this model was made from another ledger, or from this one before a "
                               "restore (%s); stop %s, delete its folder under projections/, and "
                               "start it again: it is then made anew",
                               error->message, process->projection->name);
    else if (!fatal && (ledger_err_retryable(err) || err == LEDGER_E_INTERRUPTED)) {
        // A ledger that is away now does not make the model its own: that stays the problem.
        if (!process->refused)
            projection_problem_set(process, false, "the ledger cannot be read: %s", error->message);
    } else {
        ledger_log_error("stopped", "code=%s message=\"%s\"", ledger_err_code(err), error->message);
        process->failure = *error;
        process->failure.code = err;
        process->fatal(process->user);
        return false;
    }
    pause_before_retry(process);
    return true;
}

static enum ledger_err follower_open(struct follower *follower, struct projection_process *process,
                                     struct ledger_error *error) {
    *follower = (struct follower){.process = process, .applied = process->state};
    choose_filter(follower);
    follower->arena = ledger_arena_new(ARENA_CHUNK);
    return follower->arena ? projection_keeper_start(kept, process, &follower->keeper, error)
                           : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory to start");
}

void *projection_follow(void *user) {
    struct projection_process *process = user;
    struct follower follower;
    struct ledger_error error = {0};
    enum ledger_err err = follower_open(&follower, process, &error);
    bool going = !err || go_on(process, err, true, &error);
    while (going && !stopping(process)) {
        bool fatal = false;
        error = (struct ledger_error){0};
        err = one_step(&follower, &fatal, &error);
        if (!err)
            projection_problem_set(process, false, "%s", "");
        if (!err && process->stop_at_head && !process->at_head &&
            atomic_load(&process->position) >= atomic_load(&process->head)) {
            process->at_head = true;
            process->fatal(process->user);
        }
        if (err && !stopping(process))
            going = go_on(process, err, fatal, &error);
    }
    // A commit that failed now ends the process as it would have later.
    bool fatal = false;
    if (follower.keeper)
        err = projection_keeper_settle(follower.keeper, &fatal, &error);
    if (fatal)
        (void)go_on(process, err, true, &error);
    projection_keeper_stop(follower.keeper);
    free_page(&follower);
    ledger_arena_free(follower.arena);
    return NULL;
}
