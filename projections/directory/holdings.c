#include "holdings.h"

enum ledger_err holdings_read(struct projection_view *view, const char *employee,
                              struct holdings *holdings, struct ledger_error *error) {
    struct projection_key key = {0};
    struct projection_row row;
    for (size_t i = 0; i < OBJECT_KINDS; i++)
        holdings->ids[i] = (struct projection_ids){.arena = projection_view_arena(view)};
    projection_key_text(&key, employee);
    struct projection_cursor *cursor = projection_scan(view, HOLDINGS, &key, true);
    while (projection_next(cursor, &row)) {
        struct ledger_span holder, text;
        uint64_t kind;
        if (!projection_key_read_text(&row.key, &holder) ||
            !projection_key_read_u64(&row.key, &kind) || kind >= OBJECT_KINDS ||
            !projection_key_read_text(&row.key, &text))
            continue;
        const char *id = (const char *)text.data;
        if (kind == OBJECT_CLIENT)
            id = projection_view_client(view, id);
        if (projection_ids_add(&holdings->ids[kind], id) == PROJECTION_ID_NONE)
            return projection_no_memory(error);
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

const char *object_name(struct projection_view *view, const struct object *object) {
    switch (object->kind) {
    case OBJECT_CLIENT:
        return client_name(view, object->id);
    case OBJECT_DEAL:
        return client_name(view, object->client);
    case OBJECT_TASK:
        return object->label;
    }
    return NULL;
}

const char *client_name(struct projection_view *view, const char *client) {
    return is_erased(view, client) ? NULL : projection_name(view, CLIENTS, client);
}

const char *employee_name(struct projection_view *view, const char *employee) {
    return is_erased(view, employee) ? NULL : projection_name(view, EMPLOYEES, employee);
}
