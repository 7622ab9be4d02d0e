#include "dated.h"

struct dated_table dated_table(struct projection_view *view, uint8_t table, bool of_clients,
                               const char *scheme) {
    return (struct dated_table){.view = view,
                                .table = table,
                                .of_clients = of_clients,
                                .scheme = scheme,
                                .ids = {.arena = projection_view_arena(view)}};
}

static void read_id(struct dated_table *table, struct dated_list *list, const char *id) {
    struct projection_key prefix = {0};
    struct projection_row row;
    projection_key_text(&prefix, id);
    if (table->scheme)
        projection_key_text(&prefix, table->scheme);
    struct projection_cursor *cursor = projection_scan(table->view, table->table, &prefix, false);
    while (!table->failed && projection_next(cursor, &row)) {
        struct projection_reader reader = {row.value};
        struct dated dated = {.from = projection_read_number(&reader),
                              .occurred = row.occurred,
                              .position = row.position,
                              .value = row.value};
        dated.to = projection_read_number(&reader);
        table->failed = !projection_grow(table->ids.arena, &list->list, &list->capacity,
                                         list->count, sizeof *list->list);
        if (!table->failed)
            list->list[list->count++] = dated;
    }
    projection_scan_end(cursor);
}

static const struct dated_list *find(struct dated_table *table, const char *id) {
    const char *const *ids = &id;
    size_t count = table->of_clients ? projection_view_client_ids(table->view, id, &ids) : 1;
    size_t number = count ? projection_ids_add(&table->ids, ids[0]) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(table->ids.arena, &table->lists, &table->capacity, number,
                         sizeof *table->lists)) {
        table->failed = true;
        return NULL;
    }
    struct dated_list *list = &table->lists[number];
    for (size_t i = 0; i < count && !list->read; i++)
        read_id(table, list, ids[i]);
    list->read = true;
    return list;
}

static bool is_later(const struct dated *a, const struct dated *b) {
    bool a_known = a->occurred.when != LEDGER_WHEN_UNKNOWN;
    bool b_known = b->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (a->from != b->from)
        return a->from > b->from;
    if (a_known != b_known)
        return a_known;
    if (a_known && a->occurred.micros != b->occurred.micros)
        return a->occurred.micros > b->occurred.micros;
    return a->position > b->position;
}

const struct dated *dated_in_force(struct dated_table *table, const char *id, int32_t day) {
    const struct dated_list *list = id ? find(table, id) : NULL;
    const struct dated *best = NULL;
    for (size_t i = 0; list && i < list->count; i++) {
        const struct dated *dated = &list->list[i];
        if (dated->from <= day && day <= dated->to && (!best || is_later(dated, best)))
            best = dated;
    }
    return best;
}
