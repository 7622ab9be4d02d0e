// Which index a search walks, and how it walks several as one.
#include "walk.h"

#include <stdlib.h>

#include "runtime/ids.h"

static bool walk_room(struct walk *walk, size_t count) {
    struct ledger_arena *arena = projection_view_arena(walk->view);
    walk->list = ledger_arena_calloc(arena, (count + 1) * sizeof *walk->list);
    walk->heads = ledger_arena_calloc(arena, (count + 1) * sizeof *walk->heads);
    walk->live = ledger_arena_calloc(arena, count + 1);
    return walk->list && walk->heads && walk->live;
}

static void walk_add(struct walk *walk, uint8_t table, const char *first, const char *second) {
    struct projection_key key = {0};
    if (first)
        key_text_cut(&key, first);
    if (second)
        projection_key_text(&key, second);
    size_t at = walk->count++;
    newest_begin(&walk->list[at], walk->view, table, &key, walk->before - 1, false);
    walk->live[at] = newest_next(&walk->list[at], &walk->heads[at]);
}

// What corrections and retractions change is told by the chain alone: they are all looked at.
static void walk_field(struct walk *walk) {
    walk_add(walk, BY_FIELD, walk->filter->field, NULL);
    walk_add(walk, BY_TYPE, "FactCorrected", NULL);
    walk_add(walk, BY_TYPE, "FactRetracted", NULL);
}

static int newest_row(const void *a, const void *b) {
    const struct projection_row *left = a;
    const struct projection_row *right = b;
    return left->position > right->position ? -1 : left->position < right->position;
}

static enum ledger_err walk_days(struct walk *walk) {
    const struct projection_period *period = &walk->filter->occurred;
    struct projection_row row;
    for (int32_t day = period->from; day <= period->to; day++) {
        struct projection_key key = {0};
        projection_key_day(&key, day);
        struct projection_cursor *cursor = projection_scan(walk->view, BY_DAY, &key, false);
        while (projection_next(cursor, &row)) {
            if (row.position >= walk->before || row.position < walk->oldest)
                continue;
            if (!projection_grow(projection_view_arena(walk->view), &walk->days,
                                 &walk->day_capacity, walk->day_count, sizeof row))
                return projection_no_memory(walk->error);
            walk->days[walk->day_count++] = row;
        }
        projection_scan_end(cursor);
    }
    if (walk->day_count)
        qsort(walk->days, walk->day_count, sizeof row, newest_row);
    return LEDGER_E_OK;
}

static bool is_short(const struct projection_period *period) {
    return period->from != INT32_MIN && period->to != INT32_MAX &&
           (int64_t)period->to - period->from < PERIOD_DAYS_MAX;
}

enum ledger_err walk_begin(struct walk *walk) {
    const struct filter *filter = walk->filter;
    // In the order of how much each tells.
    const struct {
        uint8_t table;
        const char *value;
    } indexes[] = {
        {BY_CORRELATION, filter->correlation},
        {BY_ACTOR, filter->actor},
        {BY_ON_BEHALF_OF, filter->on_behalf_of},
        {BY_TERRITORY, filter->territory},
        {BY_TYPE, filter->type},
        {BY_PRINCIPAL, filter->principal},
        {BY_SOURCE, filter->source},
    };
    if (!walk_room(walk, filter->object_id_count + 3))
        return projection_no_memory(walk->error);
    if (filter->object_kind) {
        for (size_t i = 0; i < filter->object_id_count; i++)
            walk_add(walk, BY_OBJECT, filter->object_kind, filter->object_ids[i]);
        return LEDGER_E_OK;
    }
    if (filter->field && !filter->correlation) {
        walk_field(walk);
        return LEDGER_E_OK;
    }
    for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++)
        if (indexes[i].value) {
            walk_add(walk, indexes[i].table, indexes[i].value, NULL);
            return LEDGER_E_OK;
        }
    if (is_short(&filter->occurred))
        return walk_days(walk);
    walk_add(walk, WRITTEN, NULL, NULL);
    return LEDGER_E_OK;
}

uint64_t walk_next(struct walk *walk, struct projection_row *row) {
    uint64_t newest = 0;
    if (walk->next_day < walk->day_count) {
        *row = walk->days[walk->next_day++];
        return row->position;
    }
    for (size_t i = 0; i < walk->count; i++)
        if (walk->live[i] && walk->heads[i].position > newest) {
            newest = walk->heads[i].position;
            *row = walk->heads[i];
        }
    for (size_t i = 0; i < walk->count; i++)
        if (walk->live[i] && walk->heads[i].position == newest)
            walk->live[i] = newest_next(&walk->list[i], &walk->heads[i]);
    return newest;
}

void walk_end(struct walk *walk) {
    for (size_t i = 0; i < walk->count; i++)
        newest_end(&walk->list[i]);
}

bool walk_has_records(const struct walk *walk) {
    return walk->count && walk->list[0].table == WRITTEN;
}
