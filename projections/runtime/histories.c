#include "histories.h"

#include <stdlib.h>
#include <string.h>

#include "order.h"

int projection_statement_order(const void *a, const void *b) {
    const struct projection_statement *left = a;
    const struct projection_statement *right = b;
    return projection_fact_order(&left->occurred, left->position, &right->occurred,
                                 right->position);
}

// ---- which things
static void begin(struct projection_histories *histories, struct projection_view *view,
                  uint8_t table, bool with_unknown_time) {
    *histories = (struct projection_histories){.view = view,
                                               .table = table,
                                               .with_unknown_time = with_unknown_time,
                                               .ids = {.arena = projection_view_arena(view)}};
}

static void open(struct projection_histories *histories, const struct projection_key *prefix) {
    histories->cursor =
        projection_scan(histories->view, histories->table, prefix, histories->with_unknown_time);
    histories->more = projection_next(histories->cursor, &histories->row);
}

void projection_histories_all(struct projection_histories *histories, struct projection_view *view,
                              uint8_t table, bool with_unknown_time) {
    begin(histories, view, table, with_unknown_time);
    open(histories, NULL);
}

enum ledger_err projection_histories_under(struct projection_histories *histories,
                                           struct projection_view *view, uint8_t table,
                                           bool with_unknown_time, uint8_t index,
                                           const char *const *ids, size_t id_count,
                                           struct ledger_error *error) {
    begin(histories, view, table, with_unknown_time);
    histories->listed = true;
    for (size_t i = 0; i < id_count; i++) {
        struct projection_key prefix = {0};
        struct projection_row row;
        struct ledger_span first, thing;
        projection_key_text(&prefix, ids[i]);
        struct projection_cursor *cursor = projection_scan(view, index, &prefix, true);
        while (projection_next(cursor, &row))
            if (projection_key_read_text(&row.key, &first) &&
                projection_key_read_text(&row.key, &thing) &&
                projection_ids_add(&histories->ids, (const char *)thing.data) == PROJECTION_ID_NONE)
                return projection_no_memory(error);
        projection_scan_end(cursor);
    }
    return LEDGER_E_OK;
}

enum ledger_err projection_histories_one(struct projection_histories *histories,
                                         struct projection_view *view, uint8_t table,
                                         bool with_unknown_time, const char *id,
                                         struct ledger_error *error) {
    begin(histories, view, table, with_unknown_time);
    histories->listed = true;
    return projection_ids_add(&histories->ids, id) == PROJECTION_ID_NONE
               ? projection_no_memory(error)
               : LEDGER_E_OK;
}

// ---- one after the other
static bool add_statement(struct projection_histories *histories) {
    struct projection_history *history = &histories->current;
    const struct projection_row *row = &histories->row;
    if (!projection_grow(projection_view_arena(histories->view), &history->list,
                         &histories->capacity, history->count, sizeof(struct projection_statement)))
        return false;
    history->list[history->count++] =
        (struct projection_statement){row->position, row->occurred, row->value};
    return true;
}

// The rows ahead that are of one thing.
static bool read_one(struct projection_histories *histories) {
    struct projection_history *history = &histories->current;
    while (histories->more) {
        struct ledger_span key = histories->row.key;
        struct ledger_span id;
        if (projection_key_read_text(&key, &id)) {
            if (history->id && strcmp(history->id, (const char *)id.data) != 0)
                return true;
            history->id = (const char *)id.data;
            if (!add_statement(histories))
                return false;
        }
        histories->more = projection_next(histories->cursor, &histories->row);
    }
    projection_scan_end(histories->cursor);
    histories->cursor = NULL;
    return true;
}

enum ledger_err projection_histories_next(struct projection_histories *histories,
                                          const struct projection_history **next,
                                          struct ledger_error *error) {
    struct projection_history *history = &histories->current;
    history->id = NULL;
    history->count = 0;
    *next = NULL;
    while (!history->count &&
           (histories->more || (histories->listed && histories->next < histories->ids.count))) {
        if (!histories->more) {
            struct projection_key prefix = {0};
            projection_key_text(&prefix, histories->ids.texts[histories->next++]);
            open(histories, &prefix);
        }
        if (!read_one(histories))
            return projection_no_memory(error);
    }
    if (!history->count)
        return LEDGER_E_OK;
    qsort(history->list, history->count, sizeof *history->list, projection_statement_order);
    *next = history;
    return LEDGER_E_OK;
}
