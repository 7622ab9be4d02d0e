// How the client base, its potential and the planned calls are shared out, and how evenly.
//
// Gini of n loads in rising order: sum of (2i - n - 1) x load(i), over n x their sum. 0 = all
// alike.
#include <stdlib.h>
#include <string.h>

#include "assignments.h"
#include "holdings.h"
#include "potential.h"

static const struct projection_column rep_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"employment", "Employment", PROJECTION_TEXT},
    {"clients", "Active clients", PROJECTION_INTEGER},
    {"planned_calls", "Planned calls", PROJECTION_INTEGER},
    {"share", "Share of the planned calls", PROJECTION_RATIO},
};
static const struct projection_column balance_columns[] = {
    {"measure", "Measure", PROJECTION_TEXT}, {"reps", "Representatives", PROJECTION_INTEGER},
    {"sum", "Sum", PROJECTION_INTEGER},      {"max", "Largest", PROJECTION_INTEGER},
    {"mean", "Mean", PROJECTION_RATIO},      {"max_over_mean", "Largest / mean", PROJECTION_RATIO},
    {"gini", "Gini", PROJECTION_RATIO},
};

enum measure { CLIENTS_HELD, PLANNED_CALLS };
enum { MEASURES = PLANNED_CALLS + 1 };

struct rep {
    const char *id;
    int64_t loads[MEASURES];
};
struct load {
    struct objects objects;
    struct projection_ids ids;
    struct rep *reps;
    size_t capacity;
    int64_t unowned, nobodys_calls;
    struct potential potential;
};

// Adds to the employee's load; to nobody's if there is no employee.
static enum ledger_err add(struct load *load, const char *employee, enum measure measure,
                           int64_t amount) {
    if (!employee) {
        *(measure == CLIENTS_HELD ? &load->unowned : &load->nobodys_calls) += amount;
        return LEDGER_E_OK;
    }
    size_t number = projection_ids_add(&load->ids, employee);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(load->ids.arena, &load->reps, &load->capacity, number, sizeof *load->reps))
        return projection_no_memory(load->objects.error);
    load->reps[number].id = load->ids.texts[number];
    load->reps[number].loads[measure] += amount;
    return LEDGER_E_OK;
}

// ---- planned calls
struct target {
    struct ledger_span key;
    struct target_row row;
    struct dated dated;
};

// A target that names no employee is of whoever holds the territory of the fact.
static enum ledger_err add_target(struct load *load, const struct target *target) {
    struct objects *objects = &load->objects;
    const struct target_row *row = &target->row;
    struct ledger_span key = target->key;
    struct ledger_span plan, text;
    if ((row->has_from && row->from > objects->stand.day) ||
        (row->has_to && row->to < objects->stand.day) || !row->planned_calls ||
        !projection_key_read_text(&key, &plan) || !projection_key_read_text(&key, &text))
        return LEDGER_E_OK;
    const char *employee = text.size ? (const char *)text.data : NULL;
    if (!employee && row->territory) {
        struct territory territory;
        enum ledger_err err = territory_read(objects->view, &objects->stand, row->territory,
                                             &territory, objects->error);
        if (err)
            return err;
        employee = territory.in_force ? territory.in_force->row.employee : NULL;
    }
    return add(load, employee, PLANNED_CALLS, row->planned_calls);
}

// Of each target the highest version; of one version told twice, the last.
static enum ledger_err read_targets(struct load *load) {
    struct objects *objects = &load->objects;
    struct projection_cursor *cursor = projection_scan(objects->view, TARGETS, NULL, true);
    struct projection_row row;
    struct target best = {0};
    enum ledger_err err = LEDGER_E_OK;
    while (!err && projection_next(cursor, &row)) {
        const struct target next = {row.key, target_row_read(row.value), dated_of(&row, false, 0)};
        if (next.dated.known && !dated_begun(&next.dated, &objects->stand))
            continue;
        bool same = best.key.data && ledger_span_equal(best.key, next.key);
        if (!same && best.key.data)
            err = add_target(load, &best);
        if (!same || next.row.version > best.row.version ||
            (next.row.version == best.row.version && dated_compare(&next.dated, &best.dated) >= 0))
            best = next;
    }
    projection_scan_end(cursor);
    return err || !best.key.data ? err : add_target(load, &best);
}

// ---- clients
static enum ledger_err read_clients(struct load *load) {
    const struct object *client = NULL;
    enum ledger_err err;
    objects_begin(&load->objects, OBJECT_CLIENT);
    while (!(err = objects_next(&load->objects, &client)) && client)
        if (client->active && ((err = add(load, client->owner, CLIENTS_HELD, 1)) ||
                               (err = potential_add(&load->potential, &load->objects, client))))
            return err;
    return err;
}

// ---- the answer
static int by_number(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static enum ledger_err answer_balance(struct load *load, struct projection_answer *answer,
                                      enum measure measure) {
    size_t count = load->ids.count;
    int64_t *loads = ledger_arena_alloc(load->ids.arena, (count + 1) * sizeof *loads);
    __int128 sum = 0;
    __int128 weighted = 0;
    if (!loads)
        return projection_no_memory(load->objects.error);
    for (size_t i = 0; i < count; i++)
        loads[i] = load->reps[i].loads[measure];
    qsort(loads, count, sizeof *loads, by_number);
    for (size_t i = 0; i < count; i++) {
        sum += loads[i];
        weighted += (2 * (__int128)(i + 1) - (__int128)count - 1) * loads[i];
    }
    int64_t max = count ? loads[count - 1] : 0;
    projection_answer_text(answer, measure == CLIENTS_HELD ? "active clients" : "planned calls");
    projection_answer_integer(answer, (int64_t)count);
    projection_answer_integer(answer, (int64_t)sum);
    projection_answer_integer(answer, max);
    projection_answer_ratio(answer, sum, (__int128)count);
    projection_answer_ratio(answer, (__int128)max * (__int128)count, sum);
    projection_answer_ratio(answer, weighted, (__int128)count * sum);
    return LEDGER_E_OK;
}

static int by_load(const void *a, const void *b) {
    const struct rep *left = a;
    const struct rep *right = b;
    for (size_t i = MEASURES; i-- > 0;)
        if (left->loads[i] != right->loads[i])
            return left->loads[i] > right->loads[i] ? -1 : 1;
    return strcmp(left->id, right->id);
}

static enum ledger_err answer_reps(struct load *load, struct projection_answer *answer) {
    int64_t calls = 0;
    for (size_t i = 0; i < load->ids.count; i++)
        calls += load->reps[i].loads[PLANNED_CALLS];
    for (size_t i = 0; i < load->ids.count; i++) {
        const struct rep *rep = &load->reps[i];
        const struct employee *employee;
        enum ledger_err err =
            staff_find(&load->objects.staff, rep->id, &employee, load->objects.error);
        if (err)
            return err;
        projection_answer_text(answer, rep->id);
        projection_answer_text(answer, employee->name);
        projection_answer_text(answer, employment_text(employee->employment));
        projection_answer_integer(answer, rep->loads[CLIENTS_HELD]);
        projection_answer_integer(answer, rep->loads[PLANNED_CALLS]);
        projection_answer_ratio(answer, rep->loads[PLANNED_CALLS], calls);
    }
    return LEDGER_E_OK;
}

enum ledger_err load_answer(struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct load load = {.ids = {.arena = arena}, .potential = potential_in(arena)};
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    objects_init(&load.objects, view, error);
    if (!err)
        err = read_clients(&load);
    if (!err)
        err = read_targets(&load);
    if (err)
        return err;
    if (load.ids.count)
        qsort(load.reps, load.ids.count, sizeof *load.reps, by_load);
    projection_answer_table(answer, "reps", "By representative", PROJECTION_COLUMNS(rep_columns));
    projection_answer_limit(answer, limit);
    err = answer_reps(&load, answer);
    projection_answer_table(answer, "balance", "How even it is",
                            PROJECTION_COLUMNS(balance_columns));
    for (size_t i = 0; i < MEASURES && !err; i++)
        err = answer_balance(&load, answer, (enum measure)i);
    if (!err)
        err = potential_answer(&load.potential, &load.objects, answer, limit);
    if (load.unowned)
        projection_answer_note(answer, "%s no owner, and in nobody's load.",
                               projection_count(answer, (uint64_t)load.unowned, "active client has",
                                                "active clients have"));
    if (load.nobodys_calls)
        projection_answer_note(answer,
                               "%s in nobody's load: the plan names no representative, and nobody "
                               "holds its territory.",
                               projection_count(answer, (uint64_t)load.nobodys_calls,
                                                "planned call is", "planned calls are"));
    objects_notes(&load.objects, answer);
    return err;
}
