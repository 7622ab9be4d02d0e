#include "groups.h"

#include <string.h>

int group_row_order(const struct group_row *a, const struct group_row *b) {
    bool a_known = a->occurred.when != LEDGER_WHEN_UNKNOWN;
    bool b_known = b->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (a_known != b_known)
        return a_known ? 1 : -1;
    if (a_known && a->occurred.micros != b->occurred.micros)
        return a->occurred.micros < b->occurred.micros ? -1 : 1;
    return a->position < b->position ? -1 : a->position > b->position;
}

// ---- which things
static void begin(struct groups *groups, struct projection_view *view, uint8_t table) {
    *groups = (struct groups){
        .view = view, .table = table, .ids = {.arena = projection_view_arena(view)}};
}

static void open(struct groups *groups, const struct projection_key *prefix) {
    groups->cursor = projection_scan(groups->view, groups->table, prefix, true);
    groups->more = projection_next(groups->cursor, &groups->row);
}

void groups_all(struct groups *groups, struct projection_view *view, uint8_t table) {
    begin(groups, view, table);
    open(groups, NULL);
}

enum ledger_err groups_of_client(struct groups *groups, struct projection_view *view, uint8_t table,
                                 uint8_t index, const char *client, struct ledger_error *error) {
    const char *const *ids;
    size_t count = projection_view_client_ids(view, client, &ids);
    begin(groups, view, table);
    groups->listed = true;
    for (size_t i = 0; i < count; i++) {
        struct projection_key prefix = {0};
        struct projection_row row;
        struct ledger_span id, thing;
        bool failed = false;
        projection_key_text(&prefix, ids[i]);
        struct projection_cursor *cursor = projection_scan(view, index, &prefix, true);
        while (!failed && projection_next(cursor, &row))
            failed =
                projection_key_read_text(&row.key, &id) &&
                projection_key_read_text(&row.key, &thing) &&
                projection_ids_add(&groups->ids, (const char *)thing.data) == PROJECTION_ID_NONE;
        projection_scan_end(cursor);
        if (failed)
            return projection_no_memory(error);
    }
    return LEDGER_E_OK;
}

enum ledger_err groups_one(struct groups *groups, struct projection_view *view, uint8_t table,
                           const char *id, struct ledger_error *error) {
    begin(groups, view, table);
    groups->listed = true;
    if (projection_ids_add(&groups->ids, id) == PROJECTION_ID_NONE)
        return projection_no_memory(error);
    return LEDGER_E_OK;
}

// ---- one after the other
// The rows ahead that are of one thing.
static bool read_one(struct groups *groups) {
    for (; groups->more; groups->more = projection_next(groups->cursor, &groups->row)) {
        struct ledger_span key = groups->row.key;
        struct ledger_span id;
        if (!projection_key_read_text(&key, &id))
            continue;
        if (groups->id && strcmp(groups->id, (const char *)id.data) != 0)
            return true;
        groups->id = (const char *)id.data;
        if (!projection_grow(projection_view_arena(groups->view), &groups->rows, &groups->capacity,
                             groups->count, sizeof *groups->rows))
            return false;
        groups->rows[groups->count++] =
            (struct group_row){groups->row.position, groups->row.occurred, groups->row.value};
    }
    projection_scan_end(groups->cursor);
    groups->cursor = NULL;
    return true;
}

enum ledger_err groups_next(struct groups *groups, bool *found, struct ledger_error *error) {
    groups->id = NULL;
    groups->count = 0;
    while (!groups->count &&
           (groups->more || (groups->listed && groups->next < groups->ids.count))) {
        if (!groups->more) {
            struct projection_key prefix = {0};
            projection_key_text(&prefix, groups->ids.texts[groups->next++]);
            open(groups, &prefix);
        }
        if (!read_one(groups))
            return projection_no_memory(error);
    }
    *found = groups->count > 0;
    return LEDGER_E_OK;
}
