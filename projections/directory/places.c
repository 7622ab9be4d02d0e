#include "places.h"

#include <stdlib.h>
#include <string.h>

static int by_start(const void *a, const void *b) {
    return dated_compare(&((const struct place_step *)a)->dated,
                         &((const struct place_step *)b)->dated);
}

static void mark_overlaps(struct place *place) {
    for (size_t i = 1; i < place->count; i++) {
        struct place_step *step = &place->steps[i];
        for (size_t j = 0; j < i && !step->overlaps; j++) {
            const struct place_row *earlier = &place->steps[j].row;
            step->overlaps = earlier->employee && step->row.employee && earlier->has_to &&
                             step->dated.known && step->dated.day <= earlier->to &&
                             !is_same(earlier->employee, step->row.employee);
        }
    }
}

enum ledger_err place_read(struct projection_view *view, const struct standpoint *stand,
                           const char *id, struct place *place, struct ledger_error *error) {
    struct projection_key key = {0};
    struct projection_row row;
    *place = (struct place){.id = id};
    projection_key_text(&key, id);
    struct projection_cursor *cursor = projection_scan(view, TERRITORIES, &key, true);
    while (projection_next(cursor, &row)) {
        if (!projection_grow(projection_view_arena(view), &place->steps, &place->capacity,
                             place->count, sizeof *place->steps))
            return projection_no_memory(error);
        struct place_step *step = &place->steps[place->count++];
        step->row = place_row_read(row.value);
        step->dated = dated_of(&row, step->row.has_from, step->row.from);
        bool over = step->row.has_to && step->row.to < stand->day;
        step->holds = dated_begun(&step->dated, stand) && !over;
    }
    projection_scan_end(cursor);
    if (place->count)
        qsort(place->steps, place->count, sizeof *place->steps, by_start);
    mark_overlaps(place);
    for (size_t i = 0; i < place->count; i++)
        if (place->steps[i].holds)
            place->in_force = &place->steps[i];
    return LEDGER_E_OK;
}

const char *place_by_text(enum place_by by) {
    switch (by) {
    case PLACE_NONE:
        return NULL;
    case PLACE_OF_OWNER:
        return "its owner";
    case PLACE_OF_LATEST_FACT:
        return "its latest fact";
    }
    return NULL;
}

// ---- whose territories
void places_init(struct places *places, struct projection_view *view,
                 const struct standpoint *stand) {
    *places = (struct places){
        .view = view, .stand = *stand, .employees = {.arena = projection_view_arena(view)}};
}

static enum ledger_err read_held(struct places *places, const char *employee, const char ***held,
                                 struct ledger_error *error) {
    struct ledger_arena *arena = places->employees.arena;
    struct projection_ids seen = {.arena = arena};
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, employee);
    struct projection_cursor *cursor = projection_scan(places->view, TERRITORY_HOLDERS, &key, true);
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
        struct place place;
        enum ledger_err err =
            place_read(places->view, &places->stand, seen.texts[i], &place, error);
        if (err)
            return err;
        if (place.in_force && is_same(place.in_force->row.employee, employee))
            list[count++] = seen.texts[i];
    }
    *held = list;
    return LEDGER_E_OK;
}

enum ledger_err places_held(struct places *places, const char *employee, const char *const **ids,
                            struct ledger_error *error) {
    size_t known = places->employees.count;
    size_t number = projection_ids_add(&places->employees, employee);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(places->employees.arena, &places->held, &places->capacity, number,
                         sizeof(const char **)))
        return projection_no_memory(error);
    if (number == known) {
        enum ledger_err err = read_held(places, employee, &places->held[number], error);
        if (err)
            return err;
    }
    *ids = (const char *const *)places->held[number];
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

enum ledger_err places_of_client(struct places *places, const char *client, const char *owner,
                                 const char **territory, enum place_by *by,
                                 struct ledger_error *error) {
    const char *const *held = NULL;
    *by = PLACE_OF_OWNER;
    if (owner) {
        enum ledger_err err = places_held(places, owner, &held, error);
        if (err)
            return err;
    }
    if (held && held[0] && !held[1]) {
        *territory = held[0];
        return LEDGER_E_OK;
    }
    const char *latest = of_latest_fact(places->view, client);
    if (held && held[0]) {
        *territory = held[0];
        for (size_t i = 0; held[i]; i++)
            if (is_same(held[i], latest))
                *territory = held[i];
        return LEDGER_E_OK;
    }
    *territory = latest;
    *by = latest ? PLACE_OF_LATEST_FACT : PLACE_NONE;
    return LEDGER_E_OK;
}
