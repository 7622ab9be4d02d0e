#include "clients.h"

bool client_active(struct projection_view *view, const char *client) {
    const char *const *ids;
    size_t count = projection_view_client_ids(view, client, &ids);
    for (size_t i = 0; i < count; i++) {
        struct projection_key key = {0};
        struct projection_row row;
        projection_key_text(&key, ids[i]);
        if (!projection_latest(view, CLIENTS, &key, &row))
            continue;
        struct projection_reader reader = {row.value};
        if (projection_read_number(&reader))
            return true;
    }
    return false;
}

// ---- the owner
struct assignment {
    int32_t day; // from which it is in force
    int64_t micros;
    uint64_t position;
    const char *employee;
};

static bool is_later(const struct assignment *a, const struct assignment *b) {
    if (a->day != b->day)
        return a->day > b->day;
    if (a->micros != b->micros)
        return a->micros > b->micros;
    return a->position > b->position;
}

static struct assignment assignment_of(const struct projection_row *row) {
    const struct owner_row owner = owner_row_read(row->value);
    bool known = row->occurred.when != LEDGER_WHEN_UNKNOWN;
    return (struct assignment){.day = owner.has_from ? owner.from
                                      : known        ? row->occurred.day
                                                     : INT32_MIN,
                               .micros = known ? row->occurred.micros : INT64_MIN,
                               .position = row->position,
                               .employee = owner.employee};
}

static bool find_assignment(struct projection_view *view, const char *id, int32_t day,
                            struct assignment *found) {
    struct projection_key prefix = {0};
    struct projection_row row;
    bool any = false;
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(view, OWNERS, &prefix, true);
    while (projection_next(cursor, &row)) {
        const struct assignment assignment = assignment_of(&row);
        if (assignment.day > day || (any && !is_later(&assignment, found)))
            continue;
        *found = assignment;
        any = true;
    }
    projection_scan_end(cursor);
    return any;
}

const char *client_owner(struct projection_view *view, const char *client, int32_t day) {
    const char *const *ids;
    struct assignment assignment;
    size_t count = client ? projection_view_client_ids(view, client, &ids) : 0;
    for (size_t i = 0; i < count; i++)
        if (find_assignment(view, ids[i], day, &assignment))
            return assignment.employee;
    return NULL;
}

// ---- contacts
static void see_contacts(struct projection_view *view, const char *id, struct ledger_moment *last,
                         uint64_t *unknown_time) {
    struct projection_key prefix = {0};
    struct projection_row row;
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(view, CONTACTS, &prefix, false);
    while (projection_next(cursor, &row)) {
        struct projection_reader reader = {row.value};
        const struct ledger_moment moment = moment_read(&reader);
        if (moment.when == LEDGER_WHEN_UNKNOWN)
            ++*unknown_time;
        else if (last->when == LEDGER_WHEN_UNKNOWN || moment.micros > last->micros)
            *last = moment;
    }
    projection_scan_end(cursor);
}

struct ledger_moment client_last_contact(struct projection_view *view, const char *client,
                                         uint64_t *unknown_time) {
    struct ledger_moment last = ledger_moment_unknown();
    const char *const *ids;
    size_t count = client ? projection_view_client_ids(view, client, &ids) : 0;
    for (size_t i = 0; i < count; i++)
        see_contacts(view, ids[i], &last, unknown_time);
    return last;
}
