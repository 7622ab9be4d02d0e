// Who works here, as of a time; and one employee over time.
#include "assignments.h"
#include "holdings.h"

static const struct projection_column list_columns[] = {
    {"employee", "Employee", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"kind", "Kind", PROJECTION_TEXT},
    {"employment", "Employment", PROJECTION_TEXT},
    {"position", "Position", PROJECTION_TEXT},
    {"manager", "Manager", PROJECTION_ID},
    {"manager_name", "Manager's name", PROJECTION_TEXT},
    {"manager_left", "Manager left", PROJECTION_FLAG, .detail = true},
    {"absent", "Absent", PROJECTION_FLAG},
    {"absence", "Absence", PROJECTION_TEXT},
    {"absent_to", "Absent until", PROJECTION_DATE},
    {"last_day", "Last day", PROJECTION_DATE},
};
static const struct projection_column total_columns[] = {
    {"working", "Work here", PROJECTION_INTEGER},
    {"absent", "Of them absent", PROJECTION_INTEGER},
    {"ahead", "Not yet begun", PROJECTION_INTEGER},
    {"left", "Left", PROJECTION_INTEGER},
};
static const struct projection_column step_columns[] = {
    {"what", "What", PROJECTION_TEXT},
    {"value", "Value", PROJECTION_TEXT},
    {"from", "From", PROJECTION_TEXT},
    {"to", "Last day", PROJECTION_DATE},
    {"begun", "Begun", PROJECTION_FLAG},
    {"over", "Over", PROJECTION_FLAG},
    {"position", "Position", PROJECTION_INTEGER},
};
static const struct projection_column territory_columns[] = {
    {"territory", "Territory", PROJECTION_ID},
};

static enum ledger_err answer_employee(struct staff *staff, struct projection_answer *answer,
                                       const struct employee *employee,
                                       struct ledger_error *error) {
    const struct employee *manager = NULL;
    if (employee->manager) {
        enum ledger_err err = staff_find(staff, employee->manager, &manager, error);
        if (err)
            return err;
    }
    projection_answer_text(answer, employee->id);
    projection_answer_text(answer, employee->name);
    projection_answer_text(answer, employee->team ? "field team" : "person");
    projection_answer_text(answer, employment_text(employee->employment));
    projection_answer_text(answer, employee->position);
    projection_answer_text(answer, employee->manager);
    projection_answer_text(answer, manager ? manager->name : NULL);
    projection_answer_flag(answer, manager && manager->employment == EMPLOYMENT_LEFT);
    projection_answer_flag(answer, employee->absent);
    projection_answer_text(answer, employee->absence);
    projection_answer_day_if(answer, employee->absent && employee->has_return, employee->absent_to);
    projection_answer_day_if(answer, employee->has_last_day, employee->last_day);
    return LEDGER_E_OK;
}

enum ledger_err employees_answer(struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct projection_answer *answer, struct ledger_error *error) {
    const struct standpoint stand = standpoint_of(view);
    struct projection_ids ids = {.arena = projection_view_arena(view)};
    struct staff staff;
    struct projection_row row;
    int64_t counts[EMPLOYMENT_LEFT + 1] = {0};
    int64_t absent = 0;
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    staff_init(&staff, view, &stand);
    struct projection_cursor *cursor = projection_scan(view, STAFF, NULL, true);
    while (!err && projection_next(cursor, &row)) {
        struct ledger_span id;
        if (projection_key_read_text(&row.key, &id) &&
            projection_ids_add(&ids, (const char *)id.data) == PROJECTION_ID_NONE)
            err = projection_no_memory(error);
    }
    projection_scan_end(cursor);
    projection_answer_table(answer, "employees", "Employees", PROJECTION_COLUMNS(list_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < ids.count && !err; i++) {
        const struct employee *employee;
        err = staff_find(&staff, ids.texts[i], &employee, error);
        if (err)
            break;
        counts[employee->employment]++;
        absent += employee->employment == EMPLOYMENT_WORKING && employee->absent;
        err = answer_employee(&staff, answer, employee, error);
    }
    if (err)
        return err;
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, counts[EMPLOYMENT_WORKING]);
    projection_answer_integer(answer, absent);
    projection_answer_integer(answer, counts[EMPLOYMENT_AHEAD]);
    projection_answer_integer(answer, counts[EMPLOYMENT_LEFT]);
    standpoint_note(&stand, answer);
    return LEDGER_E_OK;
}

// ---- one
static const char *step_text(const struct staff_row *row) {
    switch (row->kind) {
    case STAFF_HIRED:
        return "hired";
    case STAFF_POSITION:
        return "position";
    case STAFF_MANAGER:
        return "manager";
    case STAFF_ABSENCE:
        return "absence";
    case STAFF_TRAINING:
        return "training";
    case STAFF_TERMINATED:
        return "left";
    }
    return NULL;
}

static const char *step_value(const struct staff_row *row) {
    if (row->kind == STAFF_HIRED || row->kind == STAFF_POSITION)
        return row->position;
    return row->kind == STAFF_MANAGER ? row->manager : row->text;
}

enum ledger_err employee_answer(struct projection_view *view,
                                const struct projection_arguments *arguments,
                                struct projection_answer *answer, struct ledger_error *error) {
    static const uint8_t tables[] = {STAFF, EMPLOYEES, HOLDINGS, TERRITORY_HOLDERS};
    const char *id = projection_argument(arguments, "employee");
    const struct standpoint stand = standpoint_of(view);
    const struct employee *employee = NULL;
    const char *const *held = NULL;
    struct staff staff;
    struct territories territories;
    staff_init(&staff, view, &stand);
    territories_init(&territories, view, &stand);
    enum ledger_err err = staff_find(&staff, id, &employee, error);
    if (!err)
        err = territories_held(&territories, id, &held, error);
    if (err)
        return err;
    projection_answer_table(answer, "employee", "Employee", PROJECTION_COLUMNS(list_columns));
    err = answer_employee(&staff, answer, employee, error);
    if (err)
        return err;
    projection_answer_table(answer, "history", "Over time", PROJECTION_COLUMNS(step_columns));
    for (size_t i = 0; i < employee->count; i++) {
        const struct staff_step *step = &employee->steps[i];
        bool left = step->row.kind == STAFF_TERMINATED;
        projection_answer_text(answer, step_text(&step->row));
        projection_answer_text(answer, step_value(&step->row));
        answer_dated(answer, &step->dated);
        projection_answer_day_if(answer, step->row.has_to && !left, step->row.to);
        projection_answer_flag(answer, step->begun);
        projection_answer_flag(answer, step->over);
        projection_answer_integer(answer, (int64_t)step->dated.position);
    }
    projection_answer_table(answer, "territories", "Territories held",
                            PROJECTION_COLUMNS(territory_columns));
    for (size_t i = 0; held[i]; i++)
        projection_answer_text(answer, held[i]);
    standpoint_note(&stand, answer);
    if (!projection_knows(view, tables, sizeof tables, id))
        projection_answer_nothing_known(answer, "employee", id);
    return LEDGER_E_OK;
}
