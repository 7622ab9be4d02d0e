// Visits as the contacts that they make: a contact is one representative, one client (after merges)
// and one local day, however many visits were reported of it.
#ifndef CONTACTS_H
#define CONTACTS_H

#include "scope.h"

struct contact_visit {
    size_t client; // number in contacts.clients
    int32_t day;
    bool first; // of its contact: the contact is counted here
    bool assessed;
    int64_t delay_seconds;
    int64_t channel, seconds; // as in struct visit_row
    uint64_t position;
    int64_t micros; // when it occurred
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
    struct scope scope;
    struct projection_ids clients; // of a universe by number, the registered ones come first
    bool by_number;
    size_t registered; // how many clients are: the universe
    bool *reached;     // by number of the client: by anyone so far
    size_t reached_capacity, clients_reached;
    size_t next_rep; // of the scope
    struct projection_cursor *cursor;
    struct projection_row row; // read ahead
    bool more;
    struct rep_contacts current;
    size_t capacity;
};

// Takes the parameters of a scope.
LEDGER_MUST_CHECK enum ledger_err contacts_begin(struct contacts *contacts,
                                                 struct projection_view *view,
                                                 const struct projection_arguments *arguments,
                                                 struct ledger_error *error);
// Counts the registered clients. Before the first representative.
LEDGER_MUST_CHECK enum ledger_err contacts_universe(struct contacts *contacts,
                                                    struct ledger_error *error);
// Whether the client is one of them.
bool contacts_is_registered(struct contacts *contacts, size_t client);
// Whether any of the representatives so far reached the client.
bool contacts_is_reached(const struct contacts *contacts, size_t client);
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
