// Territories in force, as a tree, with who holds them and how many clients are in each; and one
// territory's holders over time.
#include <stdlib.h>
#include <string.h>

#include "assignments.h"
#include "holdings.h"

static const struct projection_column tree_columns[] = {
    {"territory", "Territory", PROJECTION_ID},
    {"level", "Level", PROJECTION_INTEGER},
    {"parent", "Parent", PROJECTION_ID},
    {"employee", "Held by", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"employment", "Employment", PROJECTION_TEXT},
    {"from", "From", PROJECTION_TEXT},
    {"to", "Last day", PROJECTION_DATE},
    {"clients", "Active clients", PROJECTION_INTEGER},
    {"clients_below", "With those below", PROJECTION_INTEGER},
    {"by_latest_fact", "Of them, by their latest fact", PROJECTION_INTEGER},
    {"flag", "Flag", PROJECTION_TEXT},
};
static const struct projection_column outside_columns[] = {
    {"clients", "Active clients in no territory", PROJECTION_INTEGER},
};
static const struct projection_column holder_columns[] = {
    {"employee", "Held by", PROJECTION_ID},       {"name", "Name", PROJECTION_TEXT},
    {"parent", "Parent", PROJECTION_ID},          {"from", "From", PROJECTION_TEXT},
    {"to", "Last day", PROJECTION_DATE},          {"in_force", "In force", PROJECTION_FLAG},
    {"position", "Position", PROJECTION_INTEGER}, {"flag", "Flag", PROJECTION_TEXT},
};

// One territory that is in force, or that a fact of a client or a child names.
struct node {
    struct territory territory;
    size_t parent; // PROJECTION_ID_NONE = top
    size_t level;
    bool cyclic; // its parents lead back to it: shown at the top
    int64_t clients, below, by_latest_fact;
};

struct tree {
    struct objects objects;
    struct territories territories;
    struct projection_ids ids;
    struct node *nodes; // by number
    size_t capacity;
    int64_t outside;
};

static enum ledger_err add(struct tree *tree, const char *id, size_t *number) {
    struct objects *objects = &tree->objects;
    size_t known = tree->ids.count;
    *number = projection_ids_add(&tree->ids, id);
    if (*number == PROJECTION_ID_NONE ||
        !projection_grow(tree->ids.arena, &tree->nodes, &tree->capacity, *number,
                         sizeof *tree->nodes))
        return projection_no_memory(objects->error);
    if (*number < known)
        return LEDGER_E_OK;
    return territory_read(objects->view, &objects->stand, tree->ids.texts[*number],
                          &tree->nodes[*number].territory, objects->error);
}

static enum ledger_err read_territories(struct tree *tree) {
    struct projection_cursor *cursor = projection_scan(tree->objects.view, TERRITORIES, NULL, true);
    struct projection_row row;
    enum ledger_err err = LEDGER_E_OK;
    while (!err && projection_next(cursor, &row)) {
        struct ledger_span id;
        size_t number;
        if (projection_key_read_text(&row.key, &id))
            err = add(tree, (const char *)id.data, &number);
    }
    projection_scan_end(cursor);
    return err;
}

static enum ledger_err count_clients(struct tree *tree) {
    struct objects *objects = &tree->objects;
    const struct object *client = NULL;
    enum ledger_err err = LEDGER_E_OK;
    objects_begin(objects, OBJECT_CLIENT);
    while (!(err = objects_next(objects, &client)) && client) {
        const char *territory;
        enum territory_by by;
        size_t number;
        if (!client->active)
            continue;
        err = territory_of_client(&tree->territories, client->id, client->owner, &territory, &by,
                                  objects->error);
        if (!err && by != TERRITORY_NONE)
            err = add(tree, territory, &number);
        if (err)
            return err;
        if (by == TERRITORY_NONE) {
            tree->outside++;
            continue;
        }
        tree->nodes[number].clients++;
        tree->nodes[number].by_latest_fact += by == TERRITORY_OF_LATEST_FACT;
    }
    return err;
}

// Parents that no assignment names become nodes too. `nodes` may move while it grows.
static enum ledger_err link(struct tree *tree) {
    for (size_t i = 0; i < tree->ids.count; i++) {
        const struct assignment *assignment = tree->nodes[i].territory.in_force;
        size_t parent = PROJECTION_ID_NONE;
        if (assignment && assignment->row.parent) {
            enum ledger_err err = add(tree, assignment->row.parent, &parent);
            if (err)
                return err;
        }
        tree->nodes[i].parent = parent;
    }
    for (size_t i = 0; i < tree->ids.count; i++) {
        size_t steps = 0;
        size_t at = i;
        do {
            at = tree->nodes[at].parent;
        } while (at != PROJECTION_ID_NONE && at != i && ++steps <= tree->ids.count);
        tree->nodes[i].cyclic = at == i;
    }
    for (size_t i = 0; i < tree->ids.count; i++)
        if (tree->nodes[i].cyclic)
            tree->nodes[i].parent = PROJECTION_ID_NONE;
    for (size_t i = 0; i < tree->ids.count; i++)
        for (size_t at = i; at != PROJECTION_ID_NONE; at = tree->nodes[at].parent) {
            tree->nodes[at].below += tree->nodes[i].clients;
            tree->nodes[i].level += at != i;
        }
    return LEDGER_E_OK;
}

static int by_id(const void *a, const void *b, void *context) {
    const struct tree *tree = context;
    return strcmp(tree->ids.texts[*(const size_t *)a], tree->ids.texts[*(const size_t *)b]);
}

static enum ledger_err answer_node(struct tree *tree, struct projection_answer *answer,
                                   size_t number) {
    const struct node *node = &tree->nodes[number];
    const struct assignment *assignment = node->territory.in_force;
    const char *holder = assignment ? assignment->row.employee : NULL;
    const struct employee *employee = NULL;
    if (holder) {
        enum ledger_err err =
            staff_find(&tree->objects.staff, holder, &employee, tree->objects.error);
        if (err)
            return err;
    }
    projection_answer_text(answer, tree->ids.texts[number]);
    projection_answer_integer(answer, (int64_t)node->level);
    projection_answer_text(answer, assignment ? assignment->row.parent : NULL);
    projection_answer_text(answer, holder);
    projection_answer_text(answer, employee ? employee->name : NULL);
    projection_answer_text(answer, employee ? employment_text(employee->employment) : NULL);
    if (assignment)
        answer_dated(answer, &assignment->dated);
    else
        projection_answer_none(answer);
    projection_answer_day_if(answer, assignment && assignment->row.has_to,
                             assignment ? assignment->row.to : 0);
    projection_answer_integer(answer, node->clients);
    projection_answer_integer(answer, node->below);
    projection_answer_integer(answer, node->by_latest_fact);
    projection_answer_text(answer, node->cyclic  ? "own_parent"
                                   : !assignment ? "not_in_force"
                                                 : NULL);
    return LEDGER_E_OK;
}

// Each before its children, in order of id. `order` holds all numbers in that order.
static enum ledger_err answer_below(struct tree *tree, struct projection_answer *answer,
                                    const size_t *order) {
    size_t count = tree->ids.count;
    size_t *stack = ledger_arena_alloc(tree->ids.arena, (count + 1) * sizeof *stack);
    size_t depth = 0;
    enum ledger_err err = LEDGER_E_OK;
    if (!stack)
        return projection_no_memory(tree->objects.error);
    for (size_t i = count; i-- > 0;)
        if (tree->nodes[order[i]].parent == PROJECTION_ID_NONE)
            stack[depth++] = order[i];
    while (depth && !err) {
        size_t number = stack[--depth];
        err = answer_node(tree, answer, number);
        for (size_t i = count; i-- > 0;)
            if (tree->nodes[order[i]].parent == number)
                stack[depth++] = order[i];
    }
    return err;
}

enum ledger_err territories_answer(struct projection_view *view,
                                   const struct projection_arguments *arguments,
                                   struct projection_answer *answer, struct ledger_error *error) {
    struct tree tree = {.ids = {.arena = projection_view_arena(view)}};
    (void)arguments;
    objects_init(&tree.objects, view, error);
    territories_init(&tree.territories, view, &tree.objects.stand);
    enum ledger_err err = read_territories(&tree);
    if (!err)
        err = count_clients(&tree);
    if (!err)
        err = link(&tree);
    if (err)
        return err;
    size_t *order = ledger_arena_alloc(tree.ids.arena, (tree.ids.count + 1) * sizeof *order);
    if (!order)
        return projection_no_memory(error);
    for (size_t i = 0; i < tree.ids.count; i++)
        order[i] = i;
    qsort_r(order, tree.ids.count, sizeof *order, by_id, &tree);
    projection_answer_table(answer, "territories", "Territories", PROJECTION_COLUMNS(tree_columns));
    err = answer_below(&tree, answer, order);
    projection_answer_table(answer, "outside", "In no territory",
                            PROJECTION_COLUMNS(outside_columns));
    projection_answer_integer(answer, tree.outside);
    objects_notes(&tree.objects, answer);
    return err;
}

enum ledger_err territory_answer(struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct projection_answer *answer, struct ledger_error *error) {
    static const uint8_t table = TERRITORIES;
    const char *id = projection_argument(arguments, "territory");
    const struct standpoint stand = standpoint_of(view);
    struct territory territory;
    enum ledger_err err = territory_read(view, &stand, id, &territory, error);
    if (err)
        return err;
    projection_answer_table(answer, "holders", "Holders", PROJECTION_COLUMNS(holder_columns));
    for (size_t i = 0; i < territory.count; i++) {
        const struct assignment *assignment = &territory.list[i];
        projection_answer_text(answer, assignment->row.employee);
        projection_answer_text(answer, employee_name(view, assignment->row.employee));
        projection_answer_text(answer, assignment->row.parent);
        answer_dated(answer, &assignment->dated);
        projection_answer_day_if(answer, assignment->row.has_to, assignment->row.to);
        projection_answer_flag(answer, assignment == territory.in_force);
        projection_answer_integer(answer, (int64_t)assignment->dated.position);
        projection_answer_text(answer, assignment->overlaps ? "overlaps" : NULL);
    }
    standpoint_note(&stand, answer);
    if (!projection_knows(view, &table, 1, id))
        projection_answer_nothing_known(answer, "territory", id);
    return LEDGER_E_OK;
}
