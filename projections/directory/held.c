// What an employee holds: active clients, open deals, open tasks.
#include <string.h>

#include "holdings.h"

static const struct projection_column count_columns[] = {
    {"employee", "Employee", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"clients", "Active clients", PROJECTION_INTEGER},
    {"deals", "Open deals", PROJECTION_INTEGER},
    {"tasks", "Open tasks", PROJECTION_INTEGER},
    {"employment", "Employment", PROJECTION_TEXT},
};
static const struct projection_column item_columns[] = {
    {"kind", "Kind", PROJECTION_TEXT},
    {"id", "Id", PROJECTION_ID},
    {"name", "Name or subject", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"since", "Held since", PROJECTION_TEXT},
};

struct held {
    const char *id, *name, *client;
    struct dated since;
    enum object_kind kind;
};

static enum ledger_err collect(struct objects *objects, const char *employee, struct held **list,
                               size_t *count) {
    struct holdings holdings;
    size_t capacity = 0;
    enum ledger_err err = holdings_read(objects->view, employee, &holdings, objects->error);
    for (size_t kind = 0; kind < OBJECT_KINDS; kind++)
        for (size_t i = 0; !err && i < holdings.ids[kind].count; i++) {
            const struct object *object;
            err =
                object_read(objects, (enum object_kind)kind, holdings.ids[kind].texts[i], &object);
            if (err || !object || !object->active || object->left_out || !object->owner ||
                strcmp(object->owner, employee) != 0)
                continue;
            if (!projection_grow(projection_view_arena(objects->view), list, &capacity, *count,
                                 sizeof **list))
                return projection_no_memory(objects->error);
            (*list)[(*count)++] = (struct held){
                .id = holdings.ids[kind].texts[i],
                .name = object_name(objects->view, object),
                .client = object->client,
                .since = object->owner_since,
                .kind = (enum object_kind)kind,
            };
        }
    return err;
}

enum ledger_err held_answer(struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct projection_answer *answer, struct ledger_error *error) {
    static const uint8_t tables[] = {HOLDINGS, STAFF, EMPLOYEES};
    const char *id = projection_argument(arguments, "employee");
    struct objects objects;
    const struct employee *employee = NULL;
    struct held *list = NULL;
    size_t count = 0;
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    objects_init(&objects, view, error);
    if (!err)
        err = collect(&objects, id, &list, &count);
    if (!err)
        err = staff_find(&objects.staff, id, &employee, error);
    if (err)
        return err;
    int64_t counts[OBJECT_KINDS] = {0};
    for (size_t i = 0; i < count; i++)
        counts[list[i].kind]++;
    projection_answer_table(answer, "held", "Held", PROJECTION_COLUMNS(count_columns));
    projection_answer_text(answer, id);
    projection_answer_text(answer, employee->name);
    for (size_t kind = 0; kind < OBJECT_KINDS; kind++)
        projection_answer_integer(answer, counts[kind]);
    projection_answer_text(answer, employment_text(employee->employment));
    projection_answer_table(answer, "items", "Clients, deals and tasks",
                            PROJECTION_COLUMNS(item_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < count; i++) {
        projection_answer_text(answer, object_kind_text(list[i].kind));
        projection_answer_text(answer, list[i].id);
        projection_answer_text(answer, list[i].name);
        projection_answer_text(answer, list[i].client);
        answer_dated(answer, &list[i].since);
    }
    objects_notes(&objects, answer);
    if (!projection_knows(view, tables, sizeof tables, id))
        projection_answer_nothing_known(answer, "employee", id);
    return LEDGER_E_OK;
}
