// What a person had consented to, and asked for, at a time.
#ifndef CONSENTS_H
#define CONSENTS_H

#include "outreach.h"
#include "runtime/histories.h"

enum consent { CONSENT_NOT_KNOWN, CONSENT_GIVEN, CONSENT_REFUSED };
const char *consent_name(enum consent consent); // NULL = not known

struct consent_statement {
    struct projection_statement at;
    struct consent_row row;
};
struct preference_statement {
    struct projection_statement at;
    struct preference_row row;
};

// Of one person, in the order in which they count. A person who is a client has those of all ids
// that were merged. What has an unknown time comes first.
struct wishes {
    struct consent_statement *consents;
    size_t consent_count, consent_capacity;
    struct preference_statement *preferences;
    size_t preference_count, preference_capacity;
};
// Does not read the preferences unless `preferences`. `wishes` is {0}, or was read before: its
// memory is used again.
LEDGER_MUST_CHECK enum ledger_err wishes_read(struct wishes *wishes, struct projection_view *view,
                                              const char *person, bool preferences,
                                              struct ledger_error *error);

// The statement in force for the channel at the time: the last that had happened by then and is for
// that channel or for all. NULL if there is none; at an unknown time, nothing is known.
const struct consent_statement *consent_at(const struct wishes *wishes, int64_t channel,
                                           const struct ledger_moment *when);
enum consent consent_in_force(const struct wishes *wishes, int64_t channel,
                              const struct ledger_moment *when);
// The last preference of that code that had been stated by then, unless it had run out. NULL if
// there is none.
const struct preference_row *preference_at(const struct wishes *wishes, const char *code,
                                           const struct ledger_moment *when);

#endif
