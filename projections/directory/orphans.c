// What hangs in the air: active clients, open deals and open tasks without an owner, or with one
// who has left; and, apart, open deals without a client.
#include "holdings.h"

static const struct projection_column total_columns[] = {
    {"kind", "Kind", PROJECTION_TEXT},
    {"open", "Active or open", PROJECTION_INTEGER},
    {"orphans", "Orphans", PROJECTION_INTEGER},
    {"no_owner", "Without an owner", PROJECTION_INTEGER},
    {"owner_left", "Owner left", PROJECTION_INTEGER},
    {"no_client", "Without a client", PROJECTION_INTEGER},
};
static const struct projection_column orphan_columns[] = {
    {"kind", "Kind", PROJECTION_TEXT},
    {"id", "Id", PROJECTION_ID},
    {"name", "Name or subject", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"why", "Why", PROJECTION_TEXT},
    {"owner", "Last owner", PROJECTION_ID},
    {"owner_name", "Last owner's name", PROJECTION_TEXT},
    {"last_day", "Owner's last day", PROJECTION_DATE},
};
static const struct projection_column deal_columns[] = {
    {"deal", "Deal", PROJECTION_ID},
    {"owner", "Owner", PROJECTION_ID},
    {"owner_name", "Owner's name", PROJECTION_TEXT},
};

struct total {
    int64_t open, no_owner, owner_left, no_client, left_out;
};
struct deal_without_client {
    const char *id, *owner;
};
struct orphans {
    struct objects objects;
    struct total totals[OBJECT_KINDS];
    struct deal_without_client *deals;
    size_t count, capacity;
};

static enum ledger_err look(struct orphans *orphans, const struct object *object,
                            struct projection_answer *answer) {
    struct objects *objects = &orphans->objects;
    struct total *total = &orphans->totals[object->kind];
    const struct employee *owner = NULL;
    if (object->left_out || !object->active) {
        total->left_out += object->left_out;
        return LEDGER_E_OK;
    }
    total->open++;
    if (object->kind == OBJECT_DEAL && !object->client) {
        total->no_client++;
        if (!projection_grow(projection_view_arena(objects->view), &orphans->deals,
                             &orphans->capacity, orphans->count, sizeof *orphans->deals))
            return projection_no_memory(objects->error);
        orphans->deals[orphans->count++] = (struct deal_without_client){object->id, object->owner};
    }
    if (object->owner) {
        enum ledger_err err = staff_find(&objects->staff, object->owner, &owner, objects->error);
        if (err || owner->employment != EMPLOYMENT_LEFT)
            return err;
    }
    total->no_owner += !owner;
    total->owner_left += owner != NULL;
    projection_answer_text(answer, object_kind_text(object->kind));
    projection_answer_text(answer, object->id);
    projection_answer_text(answer, object_name(objects->view, object));
    projection_answer_text(answer, object->client);
    projection_answer_text(answer, owner ? "the owner left" : "no owner");
    projection_answer_text(answer, object->owner);
    projection_answer_text(answer, owner ? owner->name : NULL);
    projection_answer_day_if(answer, owner && owner->has_last_day, owner ? owner->last_day : 0);
    return LEDGER_E_OK;
}

enum ledger_err orphans_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    struct orphans orphans = {0};
    uint64_t limit;
    int64_t left_out = 0;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    objects_init(&orphans.objects, view, error);
    projection_answer_table(answer, "orphans", "Without an owner who works here",
                            PROJECTION_COLUMNS(orphan_columns));
    projection_answer_limit(answer, limit);
    for (size_t kind = 0; kind < OBJECT_KINDS && !err; kind++) {
        const struct object *object = NULL;
        objects_begin(&orphans.objects, (enum object_kind)kind);
        do {
            err = objects_next(&orphans.objects, &object);
            if (!err && object)
                err = look(&orphans, object, answer);
        } while (!err && object);
    }
    if (err)
        return err;
    projection_answer_table(answer, "no_client", "Open deals without a client",
                            PROJECTION_COLUMNS(deal_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < orphans.count; i++) {
        projection_answer_text(answer, orphans.deals[i].id);
        projection_answer_text(answer, orphans.deals[i].owner);
        projection_answer_text(answer, employee_name(view, orphans.deals[i].owner));
    }
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    for (size_t kind = 0; kind < OBJECT_KINDS; kind++) {
        const struct total *total = &orphans.totals[kind];
        projection_answer_text(answer, object_kind_text((enum object_kind)kind));
        projection_answer_integer(answer, total->open);
        projection_answer_integer(answer, total->no_owner + total->owner_left);
        projection_answer_integer(answer, total->no_owner);
        projection_answer_integer(answer, total->owner_left);
        if (kind == OBJECT_DEAL)
            projection_answer_integer(answer, total->no_client);
        else
            projection_answer_none(answer);
        left_out += total->left_out;
    }
    if (left_out)
        projection_answer_note(answer, "%s left out: nothing is known to have happened by then.",
                               projection_count(answer, (uint64_t)left_out,
                                                "deal or task of unknown time is",
                                                "deals and tasks of unknown time are"));
    objects_notes(&orphans.objects, answer);
    return LEDGER_E_OK;
}
