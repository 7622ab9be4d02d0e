#include "people.h"

#include <string.h>

#include "clients.h"

static bool is_later(const struct ledger_moment *a, uint64_t a_position,
                     const struct ledger_moment *b, uint64_t b_position) {
    bool a_known = a->when != LEDGER_WHEN_UNKNOWN;
    bool b_known = b->when != LEDGER_WHEN_UNKNOWN;
    if (a_known != b_known)
        return a_known;
    if (a_known && a->micros != b->micros)
        return a->micros > b->micros;
    return a_position > b_position;
}

// The position up to which all of the person is erased: that of the last erasure known, even if the
// question is as of a time before it. 0 = none.
static uint64_t erased_to(struct projection_view *view, const char *person) {
    static const uint8_t table = ERASURES;
    struct projection_key prefix = {0};
    struct projection_row row;
    uint64_t position = 0;
    if (!projection_knows(view, &table, 1, person))
        return 0;
    projection_key_text(&prefix, person);
    struct projection_cursor *cursor = projection_scan(view, ERASURES, &prefix, true);
    while (projection_next(cursor, &row))
        position = row.position;
    projection_scan_end(cursor);
    return position ? position : UINT64_MAX;
}

static const char *find_name(struct projection_view *view, const char *person, uint64_t erased) {
    struct projection_key prefix = {0};
    struct projection_row row;
    struct ledger_moment occurred = ledger_moment_unknown();
    uint64_t position = 0;
    const char *name = NULL;
    projection_key_text(&prefix, person);
    struct projection_cursor *cursor = projection_scan(view, CONTACT_PEOPLE, &prefix, true);
    while (projection_next(cursor, &row)) {
        const char *text = person_row_read(row.value).name;
        if (!text || row.known_from <= erased ||
            (name && !is_later(&row.occurred, row.position, &occurred, position)))
            continue;
        name = text;
        occurred = row.occurred;
        position = row.position;
    }
    projection_scan_end(cursor);
    return name || erased ? name : projection_name(view, CLIENT_NAMES, person);
}

// ---- facts
// Without a code it cannot be told which one it is: each stands by itself.
static bool replaces(const struct personal_row *a, const struct personal_row *b) {
    if (a->topic != b->topic)
        return false;
    return a->topic == TOPIC_BIRTHDAY || (a->code && b->code && strcmp(a->code, b->code) == 0);
}

static bool add_fact(struct projection_view *view, struct person *person,
                     const struct projection_row *row) {
    const struct person_fact fact = {row->position, row->occurred, personal_row_read(row->value)};
    for (size_t i = 0; i < person->count; i++) {
        struct person_fact *other = &person->facts[i];
        if (!replaces(&fact.row, &other->row))
            continue;
        if (is_later(&fact.occurred, fact.position, &other->occurred, other->position))
            *other = fact;
        return true;
    }
    if (!projection_grow(projection_view_arena(view), &person->facts, &person->capacity,
                         person->count, sizeof fact))
        return false;
    person->facts[person->count++] = fact;
    return true;
}

enum ledger_err person_read(struct projection_view *view, const char *id, struct person *person,
                            struct ledger_error *error) {
    struct projection_key prefix = {0};
    struct projection_row row;
    uint64_t erased = erased_to(view, id);
    bool ok = true;
    person->id = id;
    person->name = find_name(view, id, erased);
    person->count = 0;
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(view, PERSONAL_FACTS, &prefix, true);
    while (ok && projection_next(cursor, &row))
        if (row.known_from > erased)
            ok = add_fact(view, person, &row);
    projection_scan_end(cursor);
    return ok ? LEDGER_E_OK : projection_no_memory(error);
}

// ---- places
static bool is_registered(struct projection_view *view, const char *client) {
    static const uint8_t table = CLIENTS;
    const char *const *ids;
    size_t count = projection_view_client_ids(view, client, &ids);
    for (size_t i = 0; i < count; i++)
        if (projection_knows(view, &table, 1, ids[i]))
            return true;
    return false;
}

static bool add_place(struct projection_view *view, struct person_places *places, const char *id) {
    const char *client = projection_view_client(view, id);
    if (is_registered(view, client) && !client_active(view, client)) {
        places->gone = true;
        return true;
    }
    return projection_ids_add(&places->clients, client) != PROJECTION_ID_NONE;
}

// Whether the person is a contact of each client that rows name, by the latest row of each.
static enum ledger_err read_contacts(struct projection_view *view, const char *person,
                                     struct projection_ids *named, struct person_places *places,
                                     struct ledger_error *error) {
    struct projection_key prefix = {0};
    struct projection_row row;
    bool ok = true;
    projection_key_text(&prefix, person);
    struct projection_cursor *cursor = projection_scan(view, CONTACT_PEOPLE, &prefix, true);
    while (ok && projection_next(cursor, &row)) {
        struct ledger_span id, client;
        struct projection_key key = prefix;
        struct projection_row latest;
        if (!projection_key_read_text(&row.key, &id) ||
            !projection_key_read_text(&row.key, &client))
            continue;
        const char *text = (const char *)client.data;
        size_t before = named->count;
        projection_key_text(&key, text);
        size_t number = projection_ids_add(named, text);
        if (number == PROJECTION_ID_NONE)
            ok = false;
        else if (number == before && projection_latest(view, CONTACT_PEOPLE, &key, &latest)) {
            bool removed = person_row_read(latest.value).removed;
            places->gone |= removed;
            ok = removed || add_place(view, places, text);
        }
    }
    projection_scan_end(cursor);
    return ok ? LEDGER_E_OK : projection_no_memory(error);
}

static bool is_named(struct projection_view *view, const struct projection_ids *named,
                     const char *client) {
    for (size_t i = 0; i < named->count; i++)
        if (projection_view_is_client(view, named->texts[i], client))
            return true;
    return false;
}

enum ledger_err person_places_read(struct projection_view *view, const char *person,
                                   const char *fact_client, struct person_places *places,
                                   struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct projection_ids named = {.arena = arena};
    *places = (struct person_places){.clients = {.arena = arena}};
    enum ledger_err err = read_contacts(view, person, &named, places, error);
    if (err)
        return err;
    const char *client = projection_view_client(view, fact_client);
    if (client && !is_named(view, &named, client) && !add_place(view, places, client))
        return projection_no_memory(error);
    if (is_registered(view, projection_view_client(view, person)) &&
        !add_place(view, places, person))
        return projection_no_memory(error);
    places->gone &= !places->clients.count;
    return LEDGER_E_OK;
}
