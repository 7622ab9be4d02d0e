// What the files of the runtime share. Projections include projection.h alone.
//
//   main.c       options, threads, start and stop          ask.c        one question, answered
//   follow.c     pages of the ledger, one transaction each  arguments.c  what was asked
//   apply.c      a record becomes rows                      view.c       what was known and when
//   commit.c     a batch's transaction                      keeper.c     a thread that commits
//   amend.c      corrections and retractions                merges.c     which client an id means
//   fetch.c      records that facts name                    names.c      what things are called
//   chain.c      the amendments of one fact                 answer.c     typed tables
//   model.c      the LMDB environment                       serve.c      requests and workers
//   rows.c       keys and values                            status.c     how far, and what to ask
//   runs.h       where rows are stored                      pool.c       rows on their way there
//   former.c     the model of an earlier fold, which answers while a new one is made
//   amounts.c    what a fact may state at most              answer_end.c the reply
#ifndef PROJECTION_INTERNAL_H
#define PROJECTION_INTERNAL_H

#include <stdatomic.h>

#include "batch.h"
#include "bytes.h"
#include "ledger/client.h"
#include "ledger/uuid.h"
#include "ledger/v1/service.pb-c.h"

// ---- view.c
struct projection_merges;
struct projection_names;
struct projection_positions; // a set
struct projection_chains;

struct projection_view {
    struct projection_model *model;
    struct ledger_kv_txn *txn;
    struct ledger_arena *arena;
    uint64_t position;
    bool has_occurred;
    struct ledger_moment occurred;
    struct ledger_moment now;
    struct projection_merges *merges; // made when first asked for
    struct projection_positions *unknown;
    struct projection_chains *chains;  // those read so far
    struct projection_cursor *cursors; // open ones
    struct projection_cursor *spare;   // ended ones, to use again
    struct run_list *runs;             // read when first asked for
    struct projection_names *names;    // found so far
    enum ledger_err failed;
};
void projection_view_end(struct projection_view *view); // closes cursors
void projection_merges_end(struct projection_view *view);
// NULL after a failure, which sticks to the view.
const struct run_list *projection_view_runs(struct projection_view *view);
void projection_view_fail(struct projection_view *view, enum ledger_err err);

enum scan_mode {
    SCAN_HAPPENED,     // by the view's occurred limit
    SCAN_WITH_UNKNOWN, // and facts with an unknown time
    SCAN_ANY_TIME,
};
struct projection_cursor *scan_begin(struct projection_view *view, uint8_t table,
                                     const struct projection_key *prefix, enum scan_mode mode);

// ---- merges.c
// Adds the fact's row to batch->rows; *reason if it can never count, and then no row.
LEDGER_MUST_CHECK enum ledger_err projection_merges_map(struct projection_batch *batch,
                                                        const struct projection_fact *fact,
                                                        struct ledger_error *reason,
                                                        struct ledger_error *error);
// *reason if the fact reverses a merge that another reversal in force reverses already.
LEDGER_MUST_CHECK enum ledger_err projection_merges_repeated(struct projection_batch *batch,
                                                             const struct projection_fact *fact,
                                                             struct ledger_error *reason,
                                                             struct ledger_error *error);
// *merge is the merge that the record, a MergeReversed, names; NULL if there is none before it.
LEDGER_MUST_CHECK enum ledger_err projection_merge_reversed(struct projection_batch *batch,
                                                            const Ledger__V1__Record *record,
                                                            Ledger__V1__Record **merge,
                                                            struct ledger_error *error);
// Adds what a reader must know of merges that the view used.
void projection_merges_notes(struct projection_view *view, struct projection_answer *answer);

// ---- arguments.c, ask.c
extern const struct projection_parameter projection_common_parameters[];
// The runtime's own: every projection answers them, after those that it has itself.
extern const struct projection_query projection_parked_query; // ask.c
extern const struct projection_query projection_digest_query; // digest.c
// The number in an answer to it; NULL if it is none.
const char *projection_digest_of(const Ledger__V1__QueryReply *reply);
size_t projection_query_total(const struct projection *projection);
const struct projection_query *projection_query_at(const struct projection *projection, size_t i);

struct projection_question {
    const struct projection_query *query;
    const struct projection_arguments *arguments;
    bool has_position;
    uint64_t position;
    bool has_recorded;
    int64_t recorded_at;
    bool settled; // meaningful with has_recorded
    const char *occurred_text;
    struct ledger_moment occurred;
    const char *now_text;
    struct ledger_moment now;
    uint64_t wait_for; // 0 = for nothing
};
// Texts are borrowed from the request.
LEDGER_MUST_CHECK enum ledger_err projection_question_read(const struct projection *projection,
                                                           const Ledger__V1__QueryRequest *from,
                                                           struct ledger_arena *arena,
                                                           struct projection_question *question,
                                                           struct ledger_error *error);
// Turns as-of-recorded into a position. The positions that the model must have come to before the
// question can be answered: *needed.
LEDGER_MUST_CHECK enum ledger_err
projection_question_resolve(struct projection_question *question,
                            const struct projection_ledger *ledger, uint64_t *needed,
                            struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err
projection_question_answer(const struct projection_question *question,
                           struct projection_model *model, struct ledger_arena *arena,
                           Ledger__V1__QueryReply **reply, struct ledger_error *error);

// ---- answer.c
struct projection_answer *projection_answer_new(struct ledger_arena *arena);
LEDGER_MUST_CHECK enum ledger_err projection_answer_end(struct projection_answer *answer,
                                                        Ledger__V1__QueryReply *reply,
                                                        struct ledger_error *error);

// ---- the process
struct projection_process {
    const struct projection *projection;
    struct projection_model *model;
    struct projection_former *former; // former.h; NULL = there was none at the start
    struct projection_link *link;     // to ledgerd
    struct projection_ledger ledger;
    struct projection_server *server;
    int64_t started_at;
    _Atomic uint64_t position; // committed
    _Atomic uint64_t head;     // of the ledger, as last seen
    pthread_mutex_t lock;      // guards problem, state; held for moments only
    pthread_cond_t changed;    // stopping
    bool stopping;
    bool refused;      // the model is of another ledger; until a page is accepted
    char problem[480]; // why it does not move; "" = it does
    struct projection_state state;
    bool stop_at_head;         // ends when the model has come to the end of the ledger
    bool at_head;              // it has
    void (*fatal)(void *user); // ends the process
    void *user;
    struct ledger_error failure;
};

// ---- rebuild.c
struct projection_rebuild {
    const char *data, *name; // of the one that answers
    const char *made;        // name of the one that is made
};
// Deletes what an earlier rebuild left. LEDGER_E_LOCKED: another one is under way.
LEDGER_MUST_CHECK enum ledger_err projection_rebuild_clear(const struct projection *projection,
                                                           const struct projection_rebuild *rebuild,
                                                           struct ledger_error *error);
// Compares the models, and ends the process that answers, if there is one. While `process` still
// answers under its own name. LEDGER_E_CORRUPT: they differ, and nothing was done.
LEDGER_MUST_CHECK enum ledger_err
projection_rebuild_take_over(const struct projection_process *process,
                             const struct projection_rebuild *rebuild, struct ledger_error *error);
// The folders change places, and the old one is deleted. When no process has either.
LEDGER_MUST_CHECK enum ledger_err
projection_rebuild_exchange(const struct projection_rebuild *rebuild, struct ledger_error *error);

// link.c. Any thread.
struct projection_link;
LEDGER_MUST_CHECK enum ledger_err
projection_link_open(const char *url, struct projection_link **link, struct ledger_error *error);
// In two steps, so that something else can be done meanwhile. What was begun must be ended; the
// reply is the caller's to free, and an error inside it the caller's to find.
struct connection;
struct projection_call {
    struct connection *connection;
    struct ledger_call *call;
};
LEDGER_MUST_CHECK enum ledger_err projection_link_begin(struct projection_link *link,
                                                        const Ledger__V1__Request *request,
                                                        struct projection_call *call,
                                                        struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err projection_link_end(struct projection_link *link,
                                                      struct projection_call *call,
                                                      struct ledger_reply **reply,
                                                      struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err projection_link_call(struct projection_link *link,
                                                       const Ledger__V1__Request *request,
                                                       struct ledger_arena *arena,
                                                       Ledger__V1__Reply **reply,
                                                       struct ledger_error *error);
// Ends calls under way and all later ones.
void projection_link_interrupt(struct projection_link *link);
// After the last call. NULL is allowed.
void projection_link_close(struct projection_link *link);

// follow.c
void *projection_follow(void *process);
void projection_problem_set(struct projection_process *process, bool refused, const char *format,
                            ...) LEDGER_PRINTF(3, 4);
extern const struct projection_ledger projection_ledger_remote; // user: a projection_link

// status.c. Each consumes the request.
struct ledger_request;
void projection_status_answer(struct projection_process *process, struct ledger_request *request);
void projection_describe_answer(const struct projection *projection,
                                struct ledger_request *request);

// serve.c
struct projection_serve_options {
    const char *url;
    unsigned workers;
};
LEDGER_MUST_CHECK enum ledger_err
projection_serve_open(struct projection_process *process,
                      const struct projection_serve_options *options,
                      struct projection_server **server, struct ledger_error *error);
void projection_serve_moved(struct projection_server *server); // the checkpoint, that is
void projection_serve_close(struct projection_server *server);

#endif
