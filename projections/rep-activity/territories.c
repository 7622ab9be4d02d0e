#include "territories.h"

#include <string.h>

enum { LEVELS_MAX = 64 }; // a territory above itself would have no end

void territories_begin(struct territories *territories, struct projection_view *view) {
    struct ledger_arena *arena = projection_view_arena(view);
    *territories =
        (struct territories){.view = view, .ids = {.arena = arena}, .employees = {.arena = arena}};
}

// ---- one territory
static void read_spans(struct territories *territories, struct territory *territory,
                       const char *id) {
    struct projection_key prefix = {0};
    struct projection_row row;
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor =
        projection_scan(territories->view, TERRITORIES, &prefix, false);
    while (projection_next(cursor, &row) && !territories->failed) {
        territories->failed =
            !projection_grow(territories->ids.arena, &territory->spans, &territory->capacity,
                             territory->count, sizeof *territory->spans);
        if (!territories->failed)
            territory->spans[territory->count++] =
                (struct territory_span){territory_row_read(row.value), row.occurred, row.position};
    }
    projection_scan_end(cursor);
    territory->read = true;
}

static struct territory *find(struct territories *territories, const char *id) {
    size_t number = projection_ids_add(&territories->ids, id);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(territories->ids.arena, &territories->list, &territories->capacity, number,
                         sizeof(struct territory))) {
        territories->failed = true;
        return NULL;
    }
    struct territory *territory = &territories->list[number];
    if (!territory->read)
        read_spans(territories, territory, id);
    return territory;
}

static bool is_later(const struct territory_span *a, const struct territory_span *b) {
    bool a_known = a->occurred.when != LEDGER_WHEN_UNKNOWN;
    bool b_known = b->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (a->row.from != b->row.from)
        return a->row.from > b->row.from;
    if (a_known != b_known)
        return a_known;
    if (a_known && a->occurred.micros != b->occurred.micros)
        return a->occurred.micros > b->occurred.micros;
    return a->position > b->position;
}

static const struct territory_row *in_force(struct territories *territories, const char *id,
                                            int32_t day) {
    const struct territory *territory = find(territories, id);
    const struct territory_span *best = NULL;
    for (size_t i = 0; territory && i < territory->count; i++) {
        const struct territory_span *span = &territory->spans[i];
        if (span->row.from <= day && day <= span->row.to && (!best || is_later(span, best)))
            best = span;
    }
    return best ? &best->row : NULL;
}

const char *territories_holder(struct territories *territories, const char *territory,
                               int32_t day) {
    const struct territory_row *row = in_force(territories, territory, day);
    return row ? row->employee : NULL;
}

bool territories_within(struct territories *territories, const char *territory, const char *top,
                        int32_t day) {
    for (int level = 0; territory && level < LEVELS_MAX; level++) {
        if (strcmp(territory, top) == 0)
            return true;
        const struct territory_row *row = in_force(territories, territory, day);
        territory = row ? row->parent : NULL;
    }
    return false;
}

// ---- people
const struct holdings *territories_of(struct territories *territories, const char *employee) {
    static const struct holdings none = {.read = true};
    struct projection_key prefix = {0};
    struct projection_row row;
    size_t number = projection_ids_add(&territories->employees, employee);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(territories->ids.arena, &territories->holdings,
                         &territories->holdings_capacity, number, sizeof(struct holdings))) {
        territories->failed = true;
        return &none;
    }
    struct holdings *holdings = &territories->holdings[number];
    if (holdings->read)
        return holdings;
    projection_key_text(&prefix, employee);
    struct projection_cursor *cursor = projection_scan(territories->view, HOLDERS, &prefix, false);
    while (projection_next(cursor, &row) && !territories->failed) {
        struct ledger_span id, territory;
        if (!projection_key_read_text(&row.key, &id) ||
            !projection_key_read_text(&row.key, &territory))
            continue;
        const char *text = (const char *)territory.data;
        if (holdings->count && strcmp(holdings->territories[holdings->count - 1], text) == 0)
            continue;
        territories->failed =
            !projection_grow(territories->ids.arena, &holdings->territories, &holdings->capacity,
                             holdings->count, sizeof *holdings->territories);
        if (!territories->failed)
            holdings->territories[holdings->count++] = text;
    }
    projection_scan_end(cursor);
    holdings->read = true;
    return holdings;
}

bool territories_held_within(struct territories *territories, const char *employee, const char *top,
                             int32_t day) {
    const struct holdings *holdings = territories_of(territories, employee);
    for (size_t i = 0; i < holdings->count; i++) {
        const char *territory = holdings->territories[i];
        const char *holder = territories_holder(territories, territory, day);
        if (holder && strcmp(holder, employee) == 0 &&
            territories_within(territories, territory, top, day))
            return true;
    }
    return false;
}

void territories_holders(struct territories *territories, const char *id,
                         struct projection_ids *employees) {
    const struct territory *territory = find(territories, id);
    for (size_t i = 0; territory && i < territory->count; i++)
        if (territory->spans[i].row.employee &&
            projection_ids_add(employees, territory->spans[i].row.employee) == PROJECTION_ID_NONE)
            territories->failed = true;
}

void territories_people(struct territories *territories, const char *top,
                        struct projection_ids *employees) {
    struct projection_ids below = {.arena = territories->ids.arena};
    territories->failed |= projection_ids_add(&below, top) == PROJECTION_ID_NONE;
    for (size_t i = 0; i < below.count && !territories->failed; i++) {
        struct projection_key prefix = {0};
        struct projection_row row;
        territories_holders(territories, below.texts[i], employees);
        projection_key_text(&prefix, below.texts[i]);
        struct projection_cursor *cursor =
            projection_scan(territories->view, PARTS, &prefix, false);
        while (projection_next(cursor, &row)) {
            struct ledger_span parent, part;
            if (projection_key_read_text(&row.key, &parent) &&
                projection_key_read_text(&row.key, &part))
                territories->failed |=
                    projection_ids_add(&below, (const char *)part.data) == PROJECTION_ID_NONE;
        }
        projection_scan_end(cursor);
    }
}
