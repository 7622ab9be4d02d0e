#include "places.h"

#include <string.h>

struct places places_of(struct projection_view *view, const char *scheme) {
    return (struct places){.view = view,
                           .owners = dated_table(view, OWNERS, true, NULL),
                           .segments = dated_table(view, SEGMENTS, true, scheme),
                           .territories = dated_table(view, TERRITORIES, false, NULL),
                           .employees = {.arena = projection_view_arena(view)}};
}

bool places_failed(const struct places *places) {
    return places->failed || places->owners.failed || places->segments.failed ||
           places->territories.failed;
}

static void read_holdings(struct places *places, struct holdings *holdings, const char *employee) {
    struct projection_key prefix = {0};
    struct projection_row row;
    projection_key_text(&prefix, employee);
    struct projection_cursor *cursor = projection_scan(places->view, HOLDERS, &prefix, false);
    while (!places->failed && projection_next(cursor, &row)) {
        struct ledger_span id, territory;
        if (!projection_key_read_text(&row.key, &id) ||
            !projection_key_read_text(&row.key, &territory))
            continue;
        const char *text = (const char *)territory.data;
        if (holdings->count && strcmp(holdings->territories[holdings->count - 1], text) == 0)
            continue; // given again
        places->failed =
            !projection_grow(places->employees.arena, &holdings->territories, &holdings->capacity,
                             holdings->count, sizeof *holdings->territories);
        if (!places->failed)
            holdings->territories[holdings->count++] = text;
    }
    projection_scan_end(cursor);
    holdings->read = true;
}

static const struct holdings *holdings_of(struct places *places, const char *employee) {
    size_t number = projection_ids_add(&places->employees, employee);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(places->employees.arena, &places->holdings, &places->holdings_capacity,
                         number, sizeof *places->holdings)) {
        places->failed = true;
        return NULL;
    }
    if (!places->holdings[number].read)
        read_holdings(places, &places->holdings[number], employee);
    return &places->holdings[number];
}

static bool territory_on(struct places *places, const char *id, int32_t day,
                         struct territory_row *row) {
    const struct dated *dated = dated_in_force(&places->territories, id, day);
    if (dated)
        trade_row_read(TERRITORY_ROW, dated->value, row);
    return dated;
}

const char *place_territory(struct places *places, const char *stated, const char *client,
                            int32_t day, bool *several) {
    const struct dated *dated = stated ? NULL : dated_in_force(&places->owners, client, day);
    struct owner_row owner = {0};
    *several = false;
    if (stated || !dated)
        return stated;
    trade_row_read(OWNER_ROW, dated->value, &owner);
    const struct holdings *holdings = owner.employee ? holdings_of(places, owner.employee) : NULL;
    const char *found = NULL;
    for (size_t i = 0; holdings && i < holdings->count; i++) {
        const char *territory = holdings->territories[i];
        struct territory_row row;
        if (!territory_on(places, territory, day, &row) || !row.employee ||
            strcmp(row.employee, owner.employee) != 0)
            continue;
        *several = found != NULL;
        if (found)
            return NULL;
        found = territory;
    }
    return found;
}

const char *place_parent(struct places *places, const char *territory, int32_t day) {
    struct territory_row row;
    return territory && territory_on(places, territory, day, &row) ? row.parent : NULL;
}

// Territories that lie in each other by mistake make no endless chain.
size_t place_chain(struct places *places, const char *territory, int32_t day,
                   const char *chain[PLACE_LEVELS_MAX]) {
    size_t count = 0;
    while (territory && count < PLACE_LEVELS_MAX) {
        for (size_t i = 0; i < count; i++)
            if (strcmp(chain[i], territory) == 0)
                return count;
        chain[count++] = territory;
        territory = place_parent(places, territory, day);
    }
    return count;
}

const char *place_segment(struct places *places, const char *client, int32_t day) {
    const struct dated *dated = dated_in_force(&places->segments, client, day);
    struct segment_row row;
    if (!dated)
        return NULL;
    trade_row_read(SEGMENT_ROW, dated->value, &row);
    return row.segment;
}
