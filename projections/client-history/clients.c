// The clients that facts name, each with those merged into it.
#include "client_history.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/ids.h"

struct client {
    uint64_t facts;
    int32_t first, last;
    bool dated;
};

// A fact of a client that others were merged into: it may stand under several of their ids.
struct shared_fact {
    size_t client;
    uint64_t position;
};

struct census {
    struct projection_view *view;
    struct projection_ids ids;
    struct client *clients; // by number
    size_t capacity;
    struct shared_fact *shared;
    size_t shared_count, shared_capacity;
};

static const struct projection_column columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"facts", "Facts", PROJECTION_INTEGER},
    {"first", "First fact", PROJECTION_DATE},
    {"last", "Last fact", PROJECTION_DATE},
    {"merged", "Merged ids", PROJECTION_INTEGER, .detail = true},
    {"found_as", "Found as", PROJECTION_ID, .detail = true},
};

static void see(struct client *client, const struct ledger_moment *occurred) {
    if (occurred->when == LEDGER_WHEN_UNKNOWN)
        return;
    if (!client->dated || occurred->day < client->first)
        client->first = occurred->day;
    if (!client->dated || occurred->day > client->last)
        client->last = occurred->day;
    client->dated = true;
}

// The number of the client that the id stands for now; whether it shares facts with other ids.
static size_t number_of(struct census *census, const char *id, bool *shares) {
    const char *const *ids;
    *shares = projection_view_client_ids(census->view, id, &ids) > 1;
    const char *client = projection_view_client(census->view, id);
    size_t number = projection_ids_add(&census->ids, client);
    if (number != PROJECTION_ID_NONE &&
        !projection_grow(projection_view_arena(census->view), &census->clients, &census->capacity,
                         number, sizeof(struct client)))
        return PROJECTION_ID_NONE;
    return number;
}

static bool count_fact(struct census *census, size_t number, bool shares, uint64_t position) {
    if (!shares) {
        census->clients[number].facts++;
        return true;
    }
    if (!projection_grow(projection_view_arena(census->view), &census->shared,
                         &census->shared_capacity, census->shared_count,
                         sizeof(struct shared_fact)))
        return false;
    census->shared[census->shared_count++] = (struct shared_fact){number, position};
    return true;
}

static int by_client(const void *a, const void *b) {
    const struct shared_fact *left = a;
    const struct shared_fact *right = b;
    if (left->client != right->client)
        return left->client < right->client ? -1 : 1;
    return left->position < right->position ? -1 : left->position > right->position;
}

static void count_shared(struct census *census) {
    if (!census->shared_count)
        return;
    qsort(census->shared, census->shared_count, sizeof(struct shared_fact), by_client);
    for (size_t i = 0; i < census->shared_count; i++)
        if (i == 0 || by_client(&census->shared[i - 1], &census->shared[i]) != 0)
            census->clients[census->shared[i].client].facts++;
}

static enum ledger_err take_census(struct census *census, struct ledger_error *error) {
    struct projection_cursor *cursor = projection_scan(census->view, CLIENT_FACTS, NULL, false);
    struct projection_row row;
    struct ledger_span current = {0};
    size_t number = 0;
    bool shares = false;
    while (projection_next(cursor, &row)) {
        struct ledger_span id;
        if (!projection_key_read_text(&row.key, &id))
            continue;
        if (!current.data || !ledger_span_equal(current, id)) {
            current = id;
            number = number_of(census, (const char *)id.data, &shares);
        }
        if (number == PROJECTION_ID_NONE || !count_fact(census, number, shares, row.position))
            return projection_no_memory(error);
        see(&census->clients[number], &row.occurred);
    }
    projection_scan_end(cursor);
    count_shared(census);
    return LEDGER_E_OK;
}

static bool matches(struct projection_view *view, const char *id, const char *search) {
    const char *name = projection_name(view, CLIENT_NAMES, id);
    return strcasestr(id, search) || (name && strcasestr(name, search));
}

// The first of the client's ids, its own before the merged ones, that the search finds by id or
// name. NULL if there is none.
static const char *find(const struct census *census, const char *client, const char *search) {
    const char *const *ids;
    size_t count = projection_view_client_ids(census->view, client, &ids);
    for (size_t i = 0; i < count; i++)
        if (matches(census->view, ids[i], search))
            return ids[i];
    return NULL;
}

// `found_as` is NULL unless a merged id was looked for.
static void answer_client(const struct census *census, struct projection_answer *answer,
                          size_t number, const char *found_as) {
    const struct client *client = &census->clients[number];
    const char *const *ids;
    projection_answer_text(answer, census->ids.texts[number]);
    projection_answer_text(answer,
                           projection_name(census->view, CLIENT_NAMES, census->ids.texts[number]));
    projection_answer_integer(answer, (int64_t)client->facts);
    for (int last = 0; last < 2; last++)
        if (client->dated)
            projection_answer_day(answer, last ? client->last : client->first);
        else
            projection_answer_none(answer);
    size_t merged = projection_view_client_ids(census->view, census->ids.texts[number], &ids);
    projection_answer_integer(answer, merged ? (int64_t)merged - 1 : 0);
    projection_answer_text(answer, found_as);
}

static int by_id(const void *a, const void *b, void *census) {
    const struct census *from = census;
    return strcmp(from->ids.texts[*(const size_t *)a], from->ids.texts[*(const size_t *)b]);
}

enum ledger_err clients_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct census census = {.view = view, .ids = {.arena = arena}};
    const char *search = projection_argument(arguments, "search");
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = take_census(&census, error);
    if (err)
        return err;
    size_t *order = ledger_arena_alloc(arena, (census.ids.count + 1) * sizeof *order);
    if (!order)
        return projection_no_memory(error);
    for (size_t i = 0; i < census.ids.count; i++)
        order[i] = i;
    qsort_r(order, census.ids.count, sizeof *order, by_id, &census);
    projection_answer_table(answer, "clients", "Clients", PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    bool found_merged = false;
    for (size_t i = 0; i < census.ids.count; i++) {
        const char *id = census.ids.texts[order[i]];
        const char *found = search ? find(&census, id, search) : id;
        if (!found)
            continue;
        bool merged = strcmp(found, id) != 0;
        answer_client(&census, answer, order[i], merged ? found : NULL);
        found_merged |= merged;
    }
    projection_answer_detail(answer, "found_as", !found_merged);
    return LEDGER_E_OK;
}
