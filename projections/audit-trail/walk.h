// The records among which a search looks: those of the index that tells most, newest first.
#ifndef WALK_H
#define WALK_H

#include "newest.h"

struct filter {
    const char *actor, *on_behalf_of, *principal, *type, *field, *territory, *source, *correlation;
    const char *object_kind; // NULL = no object asked for
    const char *object_id;
    const char *const *object_ids; // of a client: those merged with it too
    size_t object_id_count;
    struct projection_period occurred;
    struct projection_period recorded; // by the day in UTC
};

// Several indexes walked as one. A record that is in more than one is met once.
struct walk {
    struct projection_view *view;
    const struct filter *filter;
    uint64_t before; // exclusive
    uint64_t oldest; // positions before it were recorded too early
    struct newest *list;
    struct projection_row *heads;
    bool *live;
    size_t count;
    struct projection_row *days; // of a period: its rows, newest first, in place of all that
    size_t day_count, day_capacity, next_day;
    struct ledger_error *error;
};

// `view`, `filter`, `before`, `oldest` and `error` are given.
LEDGER_MUST_CHECK enum ledger_err walk_begin(struct walk *walk);
// The position of the next record, whose row it is; 0 after the last.
uint64_t walk_next(struct walk *walk, struct projection_row *row);
// Whether the rows hold the records themselves.
bool walk_has_records(const struct walk *walk);
void walk_end(struct walk *walk);

#endif
