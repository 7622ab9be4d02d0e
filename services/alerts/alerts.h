// The alerts: what each asks, which rows of the answer are its cases (table.c, cases.c), and which
// fact raised a case (causes.c). `ledgerctl alerts` asks them, the reactor also appends what it
// finds.
#ifndef ALERTS_ALERTS_H
#define ALERTS_ALERTS_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/v1/service.pb-c.h"

// In the order of the section "Alerts" in projections/CAPABILITIES.md.
enum alert_code {
    ALERT_NOBODYS,
    ALERT_OWNER_LEFT,
    ALERT_TASK_OVERDUE,
    ALERT_ENQUIRY_WAITING,
    ALERT_DEAL_WITHOUT_TASK,
    ALERT_DEAL_STALE,
    ALERT_VISIT_OVERDUE,
    ALERT_PLAN_BEHIND,
    ALERT_VISIT_DOUBTFUL,
    ALERT_ROUTE_LEFT,
    ALERT_NO_JOINT_VISIT,
    ALERT_FIELD_MISSING,
    ALERT_DUPLICATE_CLIENT,
    ALERT_ORDER_LATE,
    ALERT_PAYMENT_LATE,
    ALERT_OVER_CREDIT_LIMIT,
    ALERT_ASKED_AGAIN,
    ALERT_BIRTHDAY_NEAR,
    ALERT_CONTACT_UNWANTED,
    ALERT_SOURCE_SILENT,
    ALERT_SOURCE_GAP,
    ALERT_MASS_EXPORT,
    ALERT_MASS_TAKEN_BACK,
};
enum { ALERT_COUNT = ALERT_MASS_TAKEN_BACK + 1 };

// ---- what is asked
enum alert_condition {
    ALERT_EVERY_ROW,
    ALERT_TEXT_IS, // `text`
    ALERT_FLAG_SET,
    ALERT_BELOW,    // a ratio, below `number` ten-thousandths
    ALERT_AT_LEAST, // an integer, `number` or more
};

enum { ALERT_PARAMETERS_MAX = 2 };

// Values that are the day of `now`, and the one before.
#define ALERT_TODAY "TODAY"
#define ALERT_YESTERDAY "YESTERDAY"

struct alert_parameter {
    const char *name, *value;
};

// A case's owner, client, own id and day: columns of the table; NULL = the table does not tell.
enum alert_key { ALERT_OWNER, ALERT_CLIENT, ALERT_ID, ALERT_DAY };
enum { ALERT_KEYS = ALERT_DAY + 1 };

struct alert {
    const char *name, *meaning;
    const char *projection, *query;
    struct alert_parameter parameters[ALERT_PARAMETERS_MAX];
    const char *table; // its rows are the cases, if the condition holds
    enum alert_condition condition;
    const char *column; // that the condition looks at
    const char *text;
    int64_t number;
    const char *keys[ALERT_KEYS];
};

extern const struct alert alerts[ALERT_COUNT];
extern const char *const alert_key_names[ALERT_KEYS];

// The parameter's value, with `now` a date; in the arena, or borrowed. NULL: out of memory.
const char *alert_parameter_value(const struct alert_parameter *parameter, const char *now,
                                  struct ledger_arena *arena);

// The table of the cases, with all columns that the alert looks at. An answer that has it not is
// LEDGER_E_INTERNAL, and so is one that leaves rows off: no alert without cases.
LEDGER_MUST_CHECK enum ledger_err alert_find_table(const struct alert *alert,
                                                   const Ledger__V1__QueryReply *reply,
                                                   Ledger__V1__Table **table,
                                                   struct ledger_error *error);
bool alert_is_case(const struct alert *alert, const Ledger__V1__Table *table,
                   const Ledger__V1__Row *row);

// ---- which fact raised it
enum {
    ALERT_CAUSES_MAX = 2,
    ALERT_TYPES_MAX = 6,
    ALERT_FIELDS_MAX = 2,
    ALERT_APART_MAX = 4,
};

// A kind that stands in the row's column "kind".
#define ALERT_KIND_OF_ROW ""

// A fact, by what it says: all that is given must hold. The newest of those, unless `first`.
struct alert_search {
    const char *types[ALERT_TYPES_MAX];
    const char *kind, *id; // it names this subject; `id` is a column
    bool own;              // it stands in a stream of the subject's kind
    const char *with;      // column: another subject of that kind that it names too
    struct alert_match {
        const char *field, *column; // texts of the payload
    } fields[ALERT_FIELDS_MAX];
    const char *occurred;  // column: when it happened
    const char *day_field; // a date of the payload: the case's day
    bool first;
};

struct alert_cause {
    // A fact of it would tell what only a personal part may: it is asked, never appended.
    bool personal;
    const char *kind;                   // of the case's own id; NULL = the row does not tell
    const char *what;                   // column: what of it, where there may be several
    const char *apart[ALERT_APART_MAX]; // columns that tell its cases from each other
    // The first search gives the cause; what the others find is named too.
    struct alert_search searches[ALERT_CAUSES_MAX];
    const char *position; // column: where the cause stands; NULL = it is searched
    // The day on which it fell due: the case's day, or `ago` (a column) days before now; else when
    // its cause happened. And as many days later as the two say together.
    const char *ago;
    int32_t after_days;
    const char *after; // a column of days, whole or a ratio
    bool after_half;   // half of those
    bool ever;         // it falls due when it is seen: its day says something else
    bool from;         // the query can be asked for what happened from a day on
};

extern const struct alert_cause alert_causes[ALERT_COUNT];

static inline const struct alert_cause *alert_cause_of(const struct alert *alert) {
    return &alert_causes[alert - alerts];
}

#endif
