// An employee's facts, in order, make what holds at the standpoint: of each thing the last that has
// begun and is not over, so that after a substitution the earlier arrangement holds again.
#include "staff.h"

#include <stdlib.h>

void staff_init(struct staff *staff, struct projection_view *view, const struct standpoint *stand) {
    *staff = (struct staff){
        .view = view, .stand = *stand, .ids = {.arena = projection_view_arena(view)}};
}

static int by_start(const void *a, const void *b) {
    return dated_compare(&((const struct staff_step *)a)->dated,
                         &((const struct staff_step *)b)->dated);
}

static void fold(struct employee *employee, const struct staff_step *step,
                 const struct standpoint *stand) {
    const struct staff_row *row = &step->row;
    if (row->kind == STAFF_TERMINATED && (step->dated.known || !stand->occurred)) {
        employee->has_last_day = step->dated.known;
        employee->last_day = step->dated.day;
        bool left = !step->dated.known || stand->moment.when == LEDGER_WHEN_UNKNOWN ||
                    step->dated.day < stand->day;
        if (left)
            employee->employment = EMPLOYMENT_LEFT;
        return;
    }
    if (row->kind == STAFF_HIRED) {
        employee->team = row->team;
        employee->employment = step->begun                                  ? EMPLOYMENT_WORKING
                               : employee->employment == EMPLOYMENT_UNKNOWN ? EMPLOYMENT_AHEAD
                                                                            : employee->employment;
        if (step->begun)
            employee->has_last_day = false;
    }
    if (!step->begun || step->over)
        return;
    switch (row->kind) {
    case STAFF_HIRED:
        employee->position = row->position;
        employee->manager = row->manager;
        return;
    case STAFF_POSITION:
        employee->position = row->position;
        return;
    case STAFF_MANAGER:
        employee->manager = row->manager;
        return;
    case STAFF_ABSENCE:
        employee->absent = true;
        employee->absence = row->text;
        employee->has_return = row->has_to;
        employee->absent_to = row->to;
        return;
    case STAFF_TRAINING:
    case STAFF_TERMINATED:
        return;
    }
}

static bool read_steps(struct staff *staff, struct employee *employee) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, employee->id);
    struct projection_cursor *cursor = projection_scan(staff->view, STAFF, &key, true);
    while (projection_next(cursor, &row)) {
        if (!projection_grow(projection_view_arena(staff->view), &employee->steps,
                             &employee->capacity, employee->count, sizeof *employee->steps))
            return false;
        struct staff_step *step = &employee->steps[employee->count++];
        step->row = staff_row_read(row.value);
        // What says that somebody left holds from the last day that it states.
        bool leaves = step->row.kind == STAFF_TERMINATED;
        step->dated = dated_of(&row, leaves ? step->row.has_to : step->row.has_from,
                               leaves ? step->row.to : step->row.from);
        // Who was hired at an unknown time works there at any time, as far as is known.
        step->begun = dated_begun(&step->dated, &staff->stand) ||
                      (step->row.kind == STAFF_HIRED && !step->dated.known);
        step->over = !leaves && step->row.has_to && step->row.to < staff->stand.day;
    }
    projection_scan_end(cursor);
    if (employee->count)
        qsort(employee->steps, employee->count, sizeof *employee->steps, by_start);
    return true;
}

enum ledger_err staff_find(struct staff *staff, const char *id, const struct employee **found,
                           struct ledger_error *error) {
    size_t known = staff->ids.count;
    size_t number = projection_ids_add(&staff->ids, id);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(staff->ids.arena, &staff->list, &staff->capacity, number,
                         sizeof(struct employee *)))
        return projection_no_memory(error);
    if (number == known) {
        struct employee *employee = ledger_arena_calloc(staff->ids.arena, sizeof *employee);
        if (!employee)
            return projection_no_memory(error);
        employee->id = staff->ids.texts[number];
        if (!is_erased(staff->view, employee->id))
            employee->name = projection_name(staff->view, EMPLOYEES, employee->id);
        if (!read_steps(staff, employee))
            return projection_no_memory(error);
        for (size_t i = 0; i < employee->count; i++)
            fold(employee, &employee->steps[i], &staff->stand);
        staff->list[number] = employee;
    }
    *found = staff->list[number];
    return LEDGER_E_OK;
}

const char *employment_text(enum employment employment) {
    switch (employment) {
    case EMPLOYMENT_UNKNOWN:
        return "not known as an employee";
    case EMPLOYMENT_AHEAD:
        return "not yet begun";
    case EMPLOYMENT_WORKING:
        return "works here";
    case EMPLOYMENT_LEFT:
        return "left";
    }
    return NULL;
}
