#include "workdays.h"

#include <string.h>

enum ledger_err staff_read(struct staff *staff, struct projection_view *view, const char *employee,
                           struct ledger_error *error) {
    struct projection_key prefix = {0};
    struct projection_row row;
    *staff = (struct staff){0};
    projection_key_text(&prefix, employee);
    struct projection_cursor *cursor = projection_scan(view, STAFF, &prefix, false);
    while (projection_next(cursor, &row)) {
        if (!projection_grow(projection_view_arena(view), &staff->spans, &staff->capacity,
                             staff->count, sizeof *staff->spans))
            return projection_no_memory(error);
        staff->spans[staff->count++] =
            (struct staff_span){staff_row_read(row.value), row.occurred, row.position};
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static bool is_on(const struct staff *staff, enum staff_kind kind, int32_t day) {
    for (size_t i = 0; i < staff->count; i++) {
        const struct staff_row *row = &staff->spans[i].row;
        if (row->kind == kind && row->from <= day && day <= row->to)
            return true;
    }
    return false;
}

uint64_t staff_days(const struct staff *staff, enum staff_kind kind, int32_t from, int32_t to) {
    int32_t first = INT32_MAX;
    int32_t last = INT32_MIN;
    for (size_t i = 0; i < staff->count; i++) {
        const struct staff_row *row = &staff->spans[i].row;
        if (row->kind != kind)
            continue;
        // Of one without an end or a beginning, only the part that the question bounds.
        int32_t row_from = row->from > from ? row->from : from;
        int32_t row_to = row->to < to ? row->to : to;
        if (row_from == INT32_MIN || row_to == INT32_MAX)
            continue;
        first = row_from < first ? row_from : first;
        last = row_to > last ? row_to : last;
    }
    uint64_t days = 0;
    for (int64_t day = first; day <= last; day++)
        days += is_on(staff, kind, (int32_t)day);
    return days;
}

// ---- at work
static bool is_weekend(int32_t day) {
    int32_t weekday = ((day % 7) + 7 + 4) % 7; // 1970-01-01 was a Thursday; 0 = Sunday
    return weekday == 0 || weekday == 6;
}

static bool is_employed(const struct staff *staff, int32_t day) {
    bool any = false;
    bool hired = false;
    int32_t since = INT32_MIN;
    for (size_t i = 0; i < staff->count; i++) {
        const struct staff_row *row = &staff->spans[i].row;
        if (row->kind != STAFF_HIRED)
            continue;
        any = true;
        if (row->from <= day) {
            hired = true;
            since = row->from > since ? row->from : since;
        }
    }
    for (size_t i = 0; i < staff->count; i++) {
        const struct staff_row *row = &staff->spans[i].row;
        if (row->kind == STAFF_LEFT && row->to < day && row->to >= since)
            return false;
    }
    return hired || !any;
}

static bool is_later(const struct staff_span *a, const struct staff_span *b) {
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

static const char *role_on(const struct staff *staff, int32_t day) {
    const struct staff_span *best = NULL;
    for (size_t i = 0; i < staff->count; i++) {
        const struct staff_span *span = &staff->spans[i];
        bool post = span->row.kind == STAFF_HIRED || span->row.kind == STAFF_POSITION;
        if (post && span->row.from <= day && day <= span->row.to && (!best || is_later(span, best)))
            best = span;
    }
    return best ? best->row.text : NULL;
}

// ---- norms
// The norm of that role in force on the day; of several from one day, the one that occurred last.
static bool norm_on(struct projection_view *view, const char *role, int32_t day, int64_t *value) {
    struct projection_key prefix = {0};
    struct projection_row row;
    struct ledger_moment occurred = ledger_moment_unknown();
    int32_t since = INT32_MIN;
    bool found = false;
    projection_key_text(&prefix, role);
    struct projection_cursor *cursor = projection_scan(view, NORMS, &prefix, false);
    while (projection_next(cursor, &row)) { // equal times come in order of position
        const struct norm_row norm = norm_row_read(row.value);
        bool later = norm.from > since ||
                     (norm.from == since && (row.occurred.when != LEDGER_WHEN_UNKNOWN
                                                 ? occurred.when == LEDGER_WHEN_UNKNOWN ||
                                                       row.occurred.micros >= occurred.micros
                                                 : occurred.when == LEDGER_WHEN_UNKNOWN));
        if (norm.from > day || !later)
            continue;
        since = norm.from;
        occurred = row.occurred;
        *value = norm.value;
        found = true;
    }
    projection_scan_end(cursor);
    return found;
}

static bool visits_on(struct projection_view *view, const struct staff *staff, int32_t day,
                      int64_t *visits) {
    const char *role = role_on(staff, day);
    return (role && norm_on(view, role, day, visits)) || norm_on(view, "", day, visits);
}

enum ledger_err workdays_of(struct workdays *workdays, struct projection_view *view,
                            const char *employee, int32_t from, int32_t to,
                            const struct ledger_moment *now, struct ledger_error *error) {
    struct staff staff;
    *workdays = (struct workdays){.known = from != INT32_MIN && to != INT32_MAX && from <= to &&
                                           to - from < WORKDAYS_SPAN_MAX};
    if (!workdays->known)
        return LEDGER_E_OK;
    enum ledger_err err = staff_read(&staff, view, employee, error);
    workdays->normed = true;
    for (int32_t day = from; day <= to && !err; day++) {
        int64_t visits = 0;
        if (is_weekend(day) || is_on(&staff, STAFF_ABSENT, day) || !is_employed(&staff, day))
            continue;
        workdays->days++;
        workdays->begun += now->when != LEDGER_WHEN_UNKNOWN && day <= now->day;
        workdays->normed &= visits_on(view, &staff, day, &visits);
        workdays->capacity += visits > 0 ? (uint64_t)visits : 0;
    }
    return err;
}
