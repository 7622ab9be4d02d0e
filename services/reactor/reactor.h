// ledger-reactor: the one process that writes facts that follow from facts.
//
// A round goes through the rules (rules.c). Each asks a projection what there is to write, at the
// ledger's head and at the reactor's own `now`; each row of the answer that is due becomes one
// fact, which names the fact that raised it. The fact's id is made of the rule, that cause and what
// is due, so a restart, a second round or a projection made anew adds none twice: the ledger knows
// the id. A fact is appended only if nobody has added to its cause's stream since the position that
// was asked of: what a task's completion makes needless is not fired beside it. The next round asks
// again. The machine's clock is read here and nowhere else among what computes from facts.
//
// Code structure
//   main.c   settings, the thread that runs rounds, signals
//   round.c  one round: rule by rule, row by row; failures, told once
//   rules.c  the table of rules, and how a row becomes a fact
//   raise.c  the rules that services/alerts makes: a fact for each case of an alert
//   search.c the fact that raised a case, looked for in the ledger
//   stands.c whether a fact was taken back
//   ask.c    questions to the ledger and to projections, and reading their answers
//   emit.c   from a finding and its cause to an event, and the append
//   peers.c  connections, kept from round to round
//   seen.c   what has been dealt with since the start, so that it is not asked for again
//   serve.c  how far it is, for whoever asks
//   lock.c   one reactor for a data directory
#ifndef REACTOR_H
#define REACTOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "alerts/alerts.h"
#include "facts/v1/alert.pb-c.h"
#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/moment.h"
#include "ledger/reader.h"
#include "ledger/v1/service.pb-c.h"
#include "peers.h"
#include "seen.h"

enum { REACTOR_BACK_DAYS_MAX = 365 };

// As actor and as source of what it writes.
#define REACTOR "reactor"

enum { RATIO_ONE = 10000 }; // as the integer of a ratio

// The generated structs have no const; nothing writes through them.
static inline char *text_of(const char *text) {
    return (char *)(uintptr_t)text;
}

struct reactor {
    struct peers *peers;
    struct seen seen;
    struct ledger_identity identity; // of the ledger that `seen` is of
    bool has_now;                    // given, instead of the machine's clock
    int64_t given_now;
    int32_t back_days;      // how far behind now is looked
    int64_t alerts_every_s; // pause between questions for alerts
    int64_t alerts_next;    // steady microseconds; 0 = at once
    struct reactor_rule *rules;
    size_t rule_count;
    struct ledger_arena *arena;      // of a rule's answer
    struct ledger_arena *step;       // of one row
    struct ledger_arena *page;       // of one page of a search
    struct ledger_arena *amendments; // of one page of what amends a fact
    bool *failing;                   // by rule: has been said
    bool ledger_failing;
    struct progress *progress;
};

// What a round leaves for those who ask how far the reactor is (serve.c). Any thread.
enum { PROGRESS_PROBLEM_SIZE = 400 };
struct progress {
    pthread_mutex_t lock; // guards what stands below; held alone
    struct ledger_identity identity;
    uint64_t position; // 0 = no round yet
    int64_t looked_at;
    uint64_t added;
    char problem[PROGRESS_PROBLEM_SIZE]; // empty = none
    int64_t started_at;
};

// ---- a round
struct round {
    struct reactor *reactor;
    int64_t now; // microseconds, UTC
    uint64_t head;
    uint64_t added;
};

int32_t round_first_day(const struct round *round);
// The day of now, and so many days later, in the arena. NULL: out of memory.
const char *round_date(const struct round *round, struct ledger_arena *arena, int32_t days_later);
Ledger__V1__Parameter round_parameter(const char *name, const char *value);

// Every rule once; those of alerts only when their pause is over. A rule that fails is logged once,
// until it works again, and the others go on; the first failure is returned.
LEDGER_MUST_CHECK enum ledger_err reactor_round(struct reactor *reactor,
                                                struct ledger_error *error);

// ---- rules
enum { FINDING_SUBJECTS_MAX = 3 };

// What a row asks to be written. Texts are borrowed from the answer.
struct finding {
    const char *about;             // what the cause is asked for by: a task's id, a visit's
    uint64_t cause;                // position of the fact that raised it; 0 = to be asked for
    const char *due;               // with rule and cause the identity of the fact
    const char *stream;            // NULL = the cause's
    struct ledger_moment occurred; // unknown = when the cause did
    const char *type;
    const ProtobufCMessage *payload;
    struct finding_subject {
        const char *kind, *id;
    } subjects[FINDING_SUBJECTS_MAX]; // an id of NULL ends them
    // Of an alert: the payload, whose causes are not known yet, and the day that the case names.
    Facts__V1__AlertRaised *alert;
    bool has_day;
    int32_t day;
};

struct reactor_row {
    const struct reactor_rule *rule;
    const Ledger__V1__Table *table;
    const Ledger__V1__Row *row;
};

enum { RULE_PARAMETERS_MAX = 4 };
_Static_assert(RULE_PARAMETERS_MAX >= ALERT_PARAMETERS_MAX + 2, "an alert's, from, and now");

struct reactor_rule {
    const char *name;
    const char *projection, *query, *table;
    // Fills the parameters, beside wait-for, and returns how many; texts go into the arena.
    size_t (*parameters)(const struct round *round, const struct reactor_rule *rule,
                         struct ledger_arena *arena,
                         Ledger__V1__Parameter list[RULE_PARAMETERS_MAX]);
    // Sets *due if the row is due. Payload and texts go into the arena, or stay in the answer.
    enum ledger_err (*read)(const struct round *round, const struct reactor_row *row,
                            struct ledger_arena *arena, struct finding *finding, bool *due,
                            struct ledger_error *error);
    // Where the cause is asked for, if rows do not name its position: a query of the same
    // projection whose table `facts` has the columns position and fact.
    const char *cause_query, *cause_parameter, *cause_fact;
    const struct alert *alert; // that makes the rule; NULL = none does
};
// NULL: out of memory. To be freed.
struct reactor_rule *reactor_rules_make(size_t *count);

// ---- alerts
size_t raise_parameters(const struct round *round, const struct reactor_rule *rule,
                        struct ledger_arena *arena,
                        Ledger__V1__Parameter list[RULE_PARAMETERS_MAX]);
LEDGER_MUST_CHECK enum ledger_err raise_read(const struct round *round,
                                             const struct reactor_row *row,
                                             struct ledger_arena *arena, struct finding *finding,
                                             bool *due, struct ledger_error *error);
// Completes the finding. *due becomes false if the cause lies too far behind.
LEDGER_MUST_CHECK enum ledger_err
raise_find_causes(const struct round *round, const struct reactor_row *row, struct finding *finding,
                  const Ledger__V1__Event **cause, bool *due, struct ledger_error *error);

// ---- questions
// The ledger's last position, and which ledger it is.
LEDGER_MUST_CHECK enum ledger_err ask_head(struct peers *peers, struct ledger_arena *arena,
                                           uint64_t *head, struct ledger_identity *identity,
                                           struct ledger_error *error);
// What was known at `head`, once the projection has come there.
LEDGER_MUST_CHECK enum ledger_err
ask_projection(struct peers *peers, const char *projection, const char *query, uint64_t head,
               const Ledger__V1__Parameter *parameters, size_t count, struct ledger_arena *arena,
               const Ledger__V1__QueryReply **answer, struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err ask_event(struct peers *peers, uint64_t position,
                                            struct ledger_arena *arena,
                                            const Ledger__V1__Event **event,
                                            struct ledger_error *error);
struct read_ask {
    const Ledger__V1__Filter *filter;
    uint64_t from;
    uint32_t events_max;
    bool reverse;
};
LEDGER_MUST_CHECK enum ledger_err ask_records(struct peers *peers, const struct read_ask *ask,
                                              struct ledger_arena *arena,
                                              const Ledger__V1__ReadReply **page,
                                              struct ledger_error *error);

// LEDGER_E_MALFORMED if the answer has no such table.
LEDGER_MUST_CHECK enum ledger_err answer_find_table(const Ledger__V1__QueryReply *answer,
                                                    const char *name,
                                                    const Ledger__V1__Table **table,
                                                    struct ledger_error *error);
// NULL, and false, if the row has no such column or none in it.
const char *row_text(const struct reactor_row *row, const char *column);
bool row_integer(const struct reactor_row *row, const char *column, int64_t *number);
Ledger__V1__ValueKind row_kind(const struct reactor_row *row, const char *column);

// ---- the fact
// Appends what the finding says, unless it is there; *added says which. Errors to branch on:
// LEDGER_E_WRONG_EXPECTED_VERSION, somebody has added to the cause's stream since the round's head.
LEDGER_MUST_CHECK enum ledger_err
emit_fact(const struct round *round, const struct reactor_rule *rule, const struct finding *finding,
          const Ledger__V1__Event *cause, bool *added, struct ledger_error *error);

// ---- one reactor for a data directory
// Makes <data>/run. LEDGER_E_LOCKED if another has it. The lock ends with the process, or when
// *file is closed.
LEDGER_MUST_CHECK enum ledger_err reactor_lock(const char *data, int *file,
                                               struct ledger_error *error);

// ---- how far it is
struct serve;
// Answers status requests on the socket "reactor" until closed.
LEDGER_MUST_CHECK enum ledger_err serve_open(const char *data, struct progress *progress,
                                             struct serve **serve, struct ledger_error *error);
void serve_close(struct serve *serve); // NULL is allowed

#endif
