#include "contacts.h"

#include <stdlib.h>
#include <string.h>

// ---- the universe
// Of everyone's work every client is looked at: each gets a number.
static enum ledger_err number_clients(struct contacts *contacts, struct ledger_error *error) {
    struct projection_cursor *cursor = projection_scan(contacts->view, REGISTERED, NULL, true);
    struct projection_row row;
    while (projection_next(cursor, &row)) {
        struct ledger_span id;
        if (!projection_key_read_text(&row.key, &id))
            continue;
        const char *client = projection_view_client(contacts->view, (const char *)id.data);
        if (projection_ids_add(&contacts->clients, client) == PROJECTION_ID_NONE)
            return projection_no_memory(error);
    }
    projection_scan_end(cursor);
    contacts->registered = contacts->clients.count;
    contacts->by_number = true;
    return LEDGER_E_OK;
}

static bool is_id_registered(struct projection_view *view, const char *id) {
    struct projection_key prefix = {0};
    struct projection_row row;
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(view, REGISTERED, &prefix, true);
    bool registered = projection_next(cursor, &row);
    projection_scan_end(cursor);
    return registered;
}

// Of a few people's work they are only counted: ids that stand for themselves, and survivors of
// merges that are not registered under their own id.
static enum ledger_err count_clients(struct contacts *contacts, struct ledger_error *error) {
    struct projection_ids survivors = {.arena = contacts->clients.arena};
    struct projection_cursor *cursor = projection_scan(contacts->view, REGISTERED, NULL, true);
    struct projection_row row;
    const char *before = NULL;
    while (projection_next(cursor, &row)) {
        struct ledger_span id;
        if (!projection_key_read_text(&row.key, &id))
            continue;
        const char *text = (const char *)id.data;
        if (before && strcmp(before, text) == 0)
            continue;
        before = text;
        const char *client = projection_view_client(contacts->view, text);
        if (strcmp(client, text) == 0)
            contacts->registered++;
        else if (projection_ids_add(&survivors, client) == PROJECTION_ID_NONE)
            return projection_no_memory(error);
    }
    projection_scan_end(cursor);
    for (size_t i = 0; i < survivors.count; i++)
        contacts->registered += !is_id_registered(contacts->view, survivors.texts[i]);
    return LEDGER_E_OK;
}

enum ledger_err contacts_universe(struct contacts *contacts, struct ledger_error *error) {
    bool everyone = scope_is_everyone(&contacts->scope);
    return everyone ? number_clients(contacts, error) : count_clients(contacts, error);
}

bool contacts_is_registered(struct contacts *contacts, size_t client) {
    const char *const *ids;
    if (contacts->by_number)
        return client < contacts->registered;
    size_t count =
        projection_view_client_ids(contacts->view, contacts->clients.texts[client], &ids);
    for (size_t i = 0; i < count; i++)
        if (is_id_registered(contacts->view, ids[i]))
            return true;
    return false;
}

enum ledger_err contacts_begin(struct contacts *contacts, struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct ledger_error *error) {
    *contacts = (struct contacts){.view = view, .clients = {.arena = projection_view_arena(view)}};
    return scope_begin(&contacts->scope, view, arguments, error);
}

// ---- one representative after the other
static bool mark_reached(struct contacts *contacts, size_t client) {
    while (client >= contacts->reached_capacity)
        if (!projection_grow(contacts->clients.arena, &contacts->reached,
                             &contacts->reached_capacity, contacts->reached_capacity, sizeof(bool)))
            return false;
    contacts->clients_reached += !contacts->reached[client];
    contacts->reached[client] = true;
    return true;
}

bool contacts_is_reached(const struct contacts *contacts, size_t client) {
    return client < contacts->reached_capacity && contacts->reached[client];
}

static int by_client_and_day(const void *a, const void *b) {
    const struct contact_visit *left = a;
    const struct contact_visit *right = b;
    if (left->client != right->client)
        return left->client < right->client ? -1 : 1;
    return left->day < right->day ? -1 : left->day > right->day;
}

static void mark_contacts(struct rep_contacts *rep) {
    if (!rep->count)
        return;
    qsort(rep->visits, rep->count, sizeof *rep->visits, by_client_and_day);
    for (size_t i = 0; i < rep->count; i++)
        rep->visits[i].first =
            i == 0 || by_client_and_day(&rep->visits[i - 1], &rep->visits[i]) != 0;
}

static enum ledger_err add_visit(struct contacts *contacts, const char *client,
                                 struct ledger_error *error) {
    struct rep_contacts *rep = &contacts->current;
    const struct projection_row *row = &contacts->row;
    if (row->occurred.when == LEDGER_WHEN_UNKNOWN) {
        rep->unknown_time += !contacts->scope.territory;
        return LEDGER_E_OK;
    }
    if (!scope_holds(&contacts->scope, rep->rep, &row->occurred))
        return LEDGER_E_OK;
    const struct visit_row visit = visit_row_read(row->value);
    size_t number =
        projection_ids_add(&contacts->clients, projection_view_client(contacts->view, client));
    if (number == PROJECTION_ID_NONE || !mark_reached(contacts, number) ||
        !projection_grow(projection_view_arena(contacts->view), &rep->visits, &contacts->capacity,
                         rep->count, sizeof *rep->visits))
        return projection_no_memory(error);
    rep->visits[rep->count++] = (struct contact_visit){.client = number,
                                                       .day = row->occurred.day,
                                                       .assessed = visit.assessed,
                                                       .delay_seconds = visit.delay_seconds,
                                                       .channel = visit.channel,
                                                       .seconds = visit.seconds,
                                                       .position = row->position,
                                                       .micros = row->occurred.micros};
    return LEDGER_E_OK;
}

// The visits of the next of those whose work is looked at, if the last are done with.
static void open_next(struct contacts *contacts) {
    while (!contacts->more && contacts->next_rep < contacts->scope.rep_count) {
        const char *rep = contacts->scope.reps[contacts->next_rep++];
        struct projection_key prefix = {0};
        if (rep)
            projection_key_text(&prefix, rep);
        contacts->cursor = projection_scan(contacts->view, VISITS, &prefix, true);
        contacts->more = projection_next(contacts->cursor, &contacts->row);
        if (!contacts->more)
            projection_scan_end(contacts->cursor);
    }
}

enum ledger_err contacts_next(struct contacts *contacts, const struct rep_contacts **next,
                              struct ledger_error *error) {
    struct rep_contacts *rep = &contacts->current;
    rep->rep = NULL;
    rep->count = 0;
    rep->unknown_time = 0;
    *next = NULL;
    open_next(contacts);
    if (!contacts->more)
        return contacts->scope.territories.failed ? projection_no_memory(error) : LEDGER_E_OK;
    while (contacts->more) {
        struct ledger_span key = contacts->row.key;
        struct ledger_span id, client;
        if (projection_key_read_text(&key, &id) && projection_key_read_text(&key, &client)) {
            if (rep->rep && strcmp(rep->rep, (const char *)id.data) != 0)
                break;
            rep->rep = (const char *)id.data;
            enum ledger_err err = add_visit(contacts, (const char *)client.data, error);
            if (err)
                return err;
        }
        contacts->more = projection_next(contacts->cursor, &contacts->row);
    }
    if (!contacts->more)
        projection_scan_end(contacts->cursor);
    if (!rep->rep)
        return LEDGER_E_OK;
    mark_contacts(rep);
    *next = rep;
    return LEDGER_E_OK;
}

// ---- figures
static int by_number(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

int64_t twice_median(int64_t *numbers, size_t count) {
    if (!count)
        return 0;
    qsort(numbers, count, sizeof *numbers, by_number);
    return numbers[(count - 1) / 2] + numbers[count / 2];
}

size_t field_days(const struct rep_contacts *rep, struct ledger_arena *arena, bool *failed) {
    int64_t *days = ledger_arena_alloc(arena, (rep->count + 1) * sizeof *days);
    *failed = !days;
    if (!days || !rep->count)
        return 0;
    for (size_t i = 0; i < rep->count; i++)
        days[i] = rep->visits[i].day;
    qsort(days, rep->count, sizeof *days, by_number);
    size_t distinct = 1;
    for (size_t i = 1; i < rep->count; i++)
        distinct += days[i] != days[i - 1];
    return distinct;
}
