// ledger-reactor: the one process that writes facts that follow from facts.
//
// A round goes through the rules (rules.c). Each asks a projection what there is to write, at the
// ledger's head and at the reactor's own `now`; each row of the answer that is due becomes one
// fact, which names the fact that raised it. The fact's id is made of the rule, that cause and what
// is due, so a restart, a second round or a projection made anew adds none twice: the ledger knows
// the id. The machine's clock is read here and nowhere else among what computes from facts.
//
// Code structure
//   main.c   settings, the thread that runs rounds, signals
//   round.c  one round: rule by rule, row by row; failures, told once
//   rules.c  the table of rules, and how a row becomes a fact
//   ask.c    questions to the ledger and to projections, and reading their answers
//   emit.c   from a finding and its cause to an event, and the append
//   peers.c  connections, kept from round to round
//   seen.c   what has been dealt with since the start, so that it is not asked for again
//   lock.c   one reactor for a data directory
#ifndef REACTOR_H
#define REACTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/moment.h"
#include "ledger/reader.h"
#include "ledger/v1/service.pb-c.h"
#include "peers.h"
#include "seen.h"

enum { REACTOR_BACK_DAYS_MAX = 365 };

struct reactor {
    struct peers *peers;
    struct seen seen;
    struct ledger_identity identity; // of the ledger that `seen` is of
    bool has_now;                    // given, instead of the machine's clock
    int64_t given_now;
    int32_t back_days;          // how far behind now is looked
    struct ledger_arena *arena; // of a rule's answer
    struct ledger_arena *step;  // of one row
    bool *failing;              // by rule: has been said
    bool ledger_failing;
};

// ---- a round
struct round {
    struct reactor *reactor;
    int64_t now; // microseconds, UTC
    uint64_t head;
    uint64_t added;
};

// Every rule once. A rule that fails is logged once, until it works again, and the others go on;
// the first failure is returned.
LEDGER_MUST_CHECK enum ledger_err reactor_round(struct reactor *reactor,
                                                struct ledger_error *error);

// ---- rules
enum { FINDING_SUBJECTS_MAX = 2 };

// What a row asks to be written. Texts are borrowed from the answer.
struct finding {
    const char *about;             // what the cause is asked for by: a task's id, a visit's
    uint64_t cause;                // position of the fact that raised it; 0 = to be asked for
    const char *due;               // with rule and cause the identity of the fact
    struct ledger_moment occurred; // unknown = when the cause did
    const char *type;
    const ProtobufCMessage *payload;
    struct finding_subject {
        const char *kind, *id;
    } subjects[FINDING_SUBJECTS_MAX]; // an id of NULL ends them
};

struct reactor_row {
    const Ledger__V1__Table *table;
    const Ledger__V1__Row *row;
};

enum { RULE_PARAMETERS_MAX = 4 };

struct reactor_rule {
    const char *name;
    const char *projection, *query, *table;
    // Fills the parameters, beside wait-for, and returns how many; texts go into the arena.
    size_t (*parameters)(const struct round *round, struct ledger_arena *arena,
                         Ledger__V1__Parameter list[RULE_PARAMETERS_MAX]);
    // Sets *due if the row is due. Payload and texts go into the arena, or stay in the answer.
    enum ledger_err (*read)(const struct round *round, const struct reactor_row *row,
                            struct ledger_arena *arena, struct finding *finding, bool *due,
                            struct ledger_error *error);
    // Where the cause is asked for, if rows do not name its position: a query of the same
    // projection whose table `facts` has the columns position and fact.
    const char *cause_query, *cause_parameter, *cause_fact;
};
extern const struct reactor_rule reactor_rules[];
extern const size_t reactor_rule_count;

// ---- questions
// The ledger's last position, and which ledger it is.
LEDGER_MUST_CHECK enum ledger_err ask_head(struct peers *peers, struct ledger_arena *arena,
                                           uint64_t *head, struct ledger_identity *identity,
                                           struct ledger_error *error);
// What is known at `head`, once the projection has come there.
LEDGER_MUST_CHECK enum ledger_err
ask_projection(struct peers *peers, const char *projection, const char *query, uint64_t head,
               const Ledger__V1__Parameter *parameters, size_t count, struct ledger_arena *arena,
               const Ledger__V1__QueryReply **answer, struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err ask_event(struct peers *peers, uint64_t position,
                                            struct ledger_arena *arena,
                                            const Ledger__V1__Event **event,
                                            struct ledger_error *error);

// LEDGER_E_MALFORMED if the answer has no such table.
LEDGER_MUST_CHECK enum ledger_err answer_find_table(const Ledger__V1__QueryReply *answer,
                                                    const char *name,
                                                    const Ledger__V1__Table **table,
                                                    struct ledger_error *error);
// NULL, and false, if the row has no such column or none in it.
const char *row_text(const struct reactor_row *row, const char *column);
bool row_integer(const struct reactor_row *row, const char *column, int64_t *number);

// ---- the fact
// Appends what the finding says, unless it is there; *added says which.
LEDGER_MUST_CHECK enum ledger_err
emit_fact(const struct round *round, const struct reactor_rule *rule, const struct finding *finding,
          const Ledger__V1__Event *cause, bool *added, struct ledger_error *error);

// ---- one reactor for a data directory
// Makes <data>/run. LEDGER_E_LOCKED if another has it. The lock ends with the process, or when
// *file is closed.
LEDGER_MUST_CHECK enum ledger_err reactor_lock(const char *data, int *file,
                                               struct ledger_error *error);

#endif
