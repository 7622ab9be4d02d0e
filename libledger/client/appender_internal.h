// An appender from inside: appender.c takes appends in, appender_flight.c sends them and judges the
// replies, appender_keeper.c does what must wait.
#ifndef LEDGER_CLIENT_APPENDER_INTERNAL_H
#define LEDGER_CLIENT_APPENDER_INTERNAL_H

#include <pthread.h>

#include "append_job.h"
#include "backoff.h"
#include "ledger/arena.h"
#include "ledger/client.h"

enum { FLIGHTS_MAX = 16 };

// One request under way, or a place for one.
struct flight {
    struct ledger_appender *appender;
    bool taken;
    struct ledger_call *call;
    struct job_list jobs;
    struct ledger_arena *arena;  // of the reply
    struct ledger_error refused; // why the request came to nothing
};

struct ledger_appender {
    pthread_mutex_t lock;
    pthread_cond_t keeper_wakes;
    pthread_cond_t settled; // an append has its outcome, or everything ended
    pthread_t keeper;
    int64_t keeper_wakes_at;

    char *url;
    struct ledger_appender_options options; // defaults put in
    struct ledger_client *client;           // NULL: the keeper is opening another
    bool stuck;                             // the client gave no answer: nothing more is sent on it
    enum ledger_err ended;                  // LEDGER_E_OK: it takes appends
    bool closing;

    struct job_list queue;
    size_t pending, pending_bytes; // without outcome
    bool about_to_send;            // somebody lets others hand in before it sends
    uint64_t handed_in;
    struct flight flights[FLIGHTS_MAX];
    unsigned flights_taken;

    struct backoff backoff;
    int64_t not_before;          // nothing is sent earlier
    struct ledger_error trouble; // the last
    struct ledger_appender_counts counts;
};

// Everything below: with the lock held.

static inline void appender_wake_keeper(struct ledger_appender *appender) {
    pthread_cond_signal(&appender->keeper_wakes);
}
enum ledger_err appender_fail_ended(const struct ledger_appender *appender,
                                    struct ledger_error *error);

// Is this thread inside a callback of the appender's? What callbacks begin is sent when all of
// those of a reply are through.
bool appender_calls_back(const struct ledger_appender *appender);
// Tells the job's caller; the lock is let go meanwhile. The job stays the caller's.
void appender_tell_error(struct ledger_appender *appender, const struct append_job *job,
                         const struct ledger_error *error);

// Is there something to send, a connection for it and a free flight?
bool appender_may_send(const struct ledger_appender *appender);
// Is it too early for another attempt?
bool appender_must_wait(const struct ledger_appender *appender);
// Nothing is sent for a while, and on this connection nothing more if it gave no answer.
void appender_hold_back(struct ledger_appender *appender, const struct ledger_error *why);
// Sends what is queued, as far as flights are free.
void appender_send_queued(struct ledger_appender *appender);

struct ledger_client_options appender_client_options(const struct ledger_appender *appender,
                                                     bool wait_for_service);
// The keeper's thread; ends when the appender is closing and nothing is under way.
void *appender_keep(void *appender);

#endif
