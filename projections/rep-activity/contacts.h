// Visits as the contacts that they make: a contact is one representative, one client (after merges)
// and one local day, however many visits were reported of it.
#ifndef CONTACTS_H
#define CONTACTS_H

#include "rep_activity.h"
#include "runtime/ids.h"

struct contact_visit {
    size_t client; // number in contacts.clients
    int32_t day;
    bool first; // of its contact: the contact is counted here
    bool assessed;
    int64_t delay_seconds;
};

// One representative's visits, by client and day.
struct rep_contacts {
    const char *rep;
    struct contact_visit *visits;
    size_t count;
    uint64_t unknown_time; // visits beside these, of which no day is known
};

struct contacts {
    struct projection_view *view;
    struct projection_period period;
    struct projection_ids clients; // the registered ones come first
    size_t registered;             // how many those are: the universe
    struct projection_cursor *cursor;
    struct projection_row row; // read ahead
    bool more;
    struct rep_contacts current;
    size_t capacity;
};

// Takes the parameters rep, from and to.
LEDGER_MUST_CHECK enum ledger_err contacts_begin(struct contacts *contacts,
                                                 struct projection_view *view,
                                                 const struct projection_arguments *arguments,
                                                 struct ledger_error *error);
// The next representative, in order of id; *rep is NULL after the last. Borrowed until the next
// call.
LEDGER_MUST_CHECK enum ledger_err contacts_next(struct contacts *contacts,
                                                const struct rep_contacts **rep,
                                                struct ledger_error *error);

// Sorts them. Twice the median, since that of an even count is the mean of the middle two.
int64_t twice_median(int64_t *numbers, size_t count);

// Distinct days among the visits. 0 with *failed when out of memory.
size_t field_days(const struct rep_contacts *rep, struct ledger_arena *arena, bool *failed);

#endif
