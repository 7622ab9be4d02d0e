#include "assignments.h"

#include <stdlib.h>
#include <string.h>

static int by_start(const void *a, const void *b) {
    return dated_compare(&((const struct assignment *)a)->dated,
                         &((const struct assignment *)b)->dated);
}

static void mark_overlaps(struct territory *territory) {
    for (size_t i = 1; i < territory->count; i++) {
        struct assignment *one = &territory->list[i];
        for (size_t j = 0; j < i && !one->overlaps; j++) {
            const struct assignment_row *earlier = &territory->list[j].row;
            one->overlaps = earlier->employee && one->row.employee && earlier->has_to &&
                            one->dated.known && one->dated.day <= earlier->to &&
                            !is_same(earlier->employee, one->row.employee);
        }
    }
}

enum ledger_err territory_read(struct projection_view *view, const struct standpoint *stand,
                               const char *id, struct territory *territory,
                               struct ledger_error *error) {
    struct projection_key key = {0};
    struct projection_row row;
    *territory = (struct territory){.id = id};
    projection_key_text(&key, id);
    struct projection_cursor *cursor = projection_scan(view, TERRITORIES, &key, true);
    while (projection_next(cursor, &row)) {
        if (!projection_grow(projection_view_arena(view), &territory->list, &territory->capacity,
                             territory->count, sizeof *territory->list))
            return projection_no_memory(error);
        struct assignment *one = &territory->list[territory->count++];
        one->row = assignment_row_read(row.value);
        one->dated = dated_of(&row, one->row.has_from, one->row.from);
        bool over = one->row.has_to && one->row.to < stand->day;
        one->holds = dated_begun(&one->dated, stand) && !over;
    }
    projection_scan_end(cursor);
    if (territory->count)
        qsort(territory->list, territory->count, sizeof *territory->list, by_start);
    mark_overlaps(territory);
    for (size_t i = 0; i < territory->count; i++)
        if (territory->list[i].holds)
            territory->in_force = &territory->list[i];
    return LEDGER_E_OK;
}

const char *territory_by_text(enum territory_by by) {
    switch (by) {
    case TERRITORY_NONE:
        return NULL;
    case TERRITORY_OF_OWNER:
        return "its owner";
    case TERRITORY_OF_LATEST_FACT:
        return "its latest fact";
    }
    return NULL;
}

// ---- whose territories
void territories_init(struct territories *territories, struct projection_view *view,
                      const struct standpoint *stand) {
    *territories = (struct territories){
        .view = view, .stand = *stand, .employees = {.arena = projection_view_arena(view)}};
}

static enum ledger_err read_held(struct territories *territories, const char *employee,
                                 const char ***held, struct ledger_error *error) {
    struct ledger_arena *arena = territories->employees.arena;
    struct projection_ids seen = {.arena = arena};
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, employee);
    struct projection_cursor *cursor =
        projection_scan(territories->view, TERRITORY_HOLDERS, &key, true);
    while (projection_next(cursor, &row)) {
        struct ledger_span holder, territory;
        if (projection_key_read_text(&row.key, &holder) &&
            projection_key_read_text(&row.key, &territory) &&
            projection_ids_add(&seen, (const char *)territory.data) == PROJECTION_ID_NONE)
            return projection_no_memory(error);
    }
    projection_scan_end(cursor);
    const char **list = ledger_arena_calloc(arena, (seen.count + 1) * sizeof *list);
    if (!list)
        return projection_no_memory(error);
    size_t count = 0;
    for (size_t i = 0; i < seen.count; i++) {
        struct territory territory;
        enum ledger_err err = territory_read(territories->view, &territories->stand, seen.texts[i],
                                             &territory, error);
        if (err)
            return err;
        if (territory.in_force && is_same(territory.in_force->row.employee, employee))
            list[count++] = seen.texts[i];
    }
    *held = list;
    return LEDGER_E_OK;
}

enum ledger_err territories_held(struct territories *territories, const char *employee,
                                 const char *const **ids, struct ledger_error *error) {
    size_t known = territories->employees.count;
    size_t number = projection_ids_add(&territories->employees, employee);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(territories->employees.arena, &territories->held, &territories->capacity,
                         number, sizeof(const char **)))
        return projection_no_memory(error);
    if (number == known) {
        enum ledger_err err = read_held(territories, employee, &territories->held[number], error);
        if (err)
            return err;
    }
    *ids = (const char *const *)territories->held[number];
    return LEDGER_E_OK;
}

// ---- a client's territory
static const char *of_latest_fact(struct projection_view *view, const char *client) {
    const char *const *ids;
    size_t count = projection_view_client_ids(view, client, &ids);
    const char *territory = NULL;
    struct dated latest = {0};
    for (size_t i = 0; i < count; i++) {
        struct projection_key key = {0};
        struct projection_row row;
        projection_key_text(&key, ids[i]);
        struct projection_cursor *cursor = projection_scan(view, CLIENT_FACTS, &key, true);
        while (projection_next(cursor, &row)) {
            const struct client_fact_row fact = client_fact_row_read(row.value);
            const struct dated dated = dated_of(&row, false, 0);
            if (!fact.territory || (territory && dated_compare(&dated, &latest) < 0))
                continue;
            territory = fact.territory;
            latest = dated;
        }
        projection_scan_end(cursor);
    }
    return territory;
}

enum ledger_err territory_of_client(struct territories *territories, const char *client,
                                    const char *owner, const char **territory,
                                    enum territory_by *by, struct ledger_error *error) {
    const char *const *held = NULL;
    *by = TERRITORY_OF_OWNER;
    if (owner) {
        enum ledger_err err = territories_held(territories, owner, &held, error);
        if (err)
            return err;
    }
    if (held && held[0] && !held[1]) {
        *territory = held[0];
        return LEDGER_E_OK;
    }
    const char *latest = of_latest_fact(territories->view, client);
    if (held && held[0]) {
        *territory = held[0];
        for (size_t i = 0; held[i]; i++)
            if (is_same(held[i], latest))
                *territory = held[i];
        return LEDGER_E_OK;
    }
    *territory = latest;
    *by = latest ? TERRITORY_OF_LATEST_FACT : TERRITORY_NONE;
    return LEDGER_E_OK;
}
