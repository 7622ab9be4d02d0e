#include "standards.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/ids.h"

// ---- order
static int by_moment(const struct ledger_moment *a, uint64_t a_position,
                     const struct ledger_moment *b, uint64_t b_position) {
    bool a_known = a->when != LEDGER_WHEN_UNKNOWN;
    if (a_known != (b->when != LEDGER_WHEN_UNKNOWN))
        return a_known ? 1 : -1;
    if (a_known && a->micros != b->micros)
        return a->micros < b->micros ? -1 : 1;
    return a_position < b_position ? -1 : a_position > b_position;
}

static int by_role(const char *a, const char *b) {
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int by_metric(const void *a, const void *b) {
    const struct norm *left = a;
    const struct norm *right = b;
    int order = strcmp(left->metric, right->metric);
    if (!order)
        order = by_role(left->row.role, right->row.role);
    if (!order && left->row.from != right->row.from)
        order = left->row.from < right->row.from ? -1 : 1;
    return order ? order
                 : by_moment(&left->occurred, left->position, &right->occurred, right->position);
}

// ---- norms
bool standards_begin(struct standards *standards, struct projection_view *view) {
    *standards = (struct standards){.view = view};
    struct projection_cursor *cursor = projection_scan(view, NORMS, NULL, true);
    struct projection_row row;
    while (projection_next(cursor, &row)) {
        struct ledger_span key = row.key;
        struct ledger_span metric;
        if (!projection_key_read_text(&key, &metric))
            continue;
        if (!projection_grow(projection_view_arena(view), &standards->norms,
                             &standards->norm_capacity, standards->norm_count, sizeof(struct norm)))
            return false;
        standards->norms[standards->norm_count++] = (struct norm){
            (const char *)metric.data, norm_row_read(row.value), row.occurred, row.position};
    }
    projection_scan_end(cursor);
    if (standards->norm_count)
        qsort(standards->norms, standards->norm_count, sizeof(struct norm), by_metric);
    return true;
}

// In the order of the norms a later one outdoes those before it, and one for a role follows those
// for everyone: so the last that applies is in force.
const struct norm *standards_norm(const struct standards *standards, const char *metric,
                                  const char *role, int32_t day) {
    const struct norm *found = NULL;
    for (size_t i = 0; i < standards->norm_count; i++) {
        const struct norm *norm = &standards->norms[i];
        if (strcmp(norm->metric, metric) == 0 && norm->row.from <= day &&
            (!norm->row.role || (role && strcmp(norm->row.role, role) == 0)))
            found = norm;
    }
    return found;
}

// ---- positions
static bool read_positions(struct standards *standards, const char *rep) {
    struct projection_key prefix = {0};
    struct projection_row row;
    standards->rep = rep;
    standards->position_count = 0;
    projection_key_text(&prefix, rep);
    struct projection_cursor *cursor = projection_scan(standards->view, POSITIONS, &prefix, true);
    bool room = true;
    while (room && projection_next(cursor, &row)) {
        room = projection_grow(projection_view_arena(standards->view), &standards->positions,
                               &standards->position_capacity, standards->position_count,
                               sizeof(struct position));
        if (room)
            standards->positions[standards->position_count++] =
                (struct position){position_row_read(row.value), row.occurred, row.position};
    }
    projection_scan_end(cursor);
    return room;
}

bool standards_role(struct standards *standards, const char *rep, int32_t day, const char **role) {
    const struct position *found = NULL;
    if ((!standards->rep || strcmp(standards->rep, rep) != 0) && !read_positions(standards, rep))
        return false;
    for (size_t i = 0; i < standards->position_count; i++) {
        const struct position *position = &standards->positions[i];
        if (position->row.from > day || day > position->row.to)
            continue;
        if (!found || position->row.from > found->row.from ||
            (position->row.from == found->row.from &&
             by_moment(&position->occurred, position->position, &found->occurred, found->position) >
                 0))
            found = position;
    }
    *role = found ? found->row.position : NULL;
    return true;
}

bool standards_limits(struct standards *standards, const char *rep, int32_t day,
                      const struct norm *norms[VISIT_RULES], int64_t limits[VISIT_RULES]) {
    const char *role;
    if (!standards_role(standards, rep, day, &role))
        return false;
    for (size_t i = 0; i < VISIT_RULES; i++) {
        norms[i] = standards_norm(standards, visit_rules[i].metric, role, day);
        limits[i] = norms[i] ? norms[i]->row.value : visit_rules[i].limit;
    }
    return true;
}
