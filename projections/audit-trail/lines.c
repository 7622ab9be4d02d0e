#include "lines.h"

#include <inttypes.h>

const struct projection_amendment *amendment_find(struct projection_view *view, uint64_t root,
                                                  uint64_t position) {
    const struct projection_amendment *list;
    size_t count = root ? projection_view_amendments(view, root, &list) : 0;
    for (size_t i = 0; i < count; i++)
        if (list[i].position == position)
            return &list[i];
    return NULL;
}

enum ledger_err amendment_changes(struct projection_view *view, const Ledger__V1__Record *root,
                                  uint64_t amendment, struct change_list *changes,
                                  struct ledger_error *error) {
    struct version before, after;
    enum ledger_err err = version_at(view, root, amendment - 1, changes->arena, &before, error);
    if (!err)
        err = version_at(view, root, amendment, changes->arena, &after, error);
    if (!err)
        changes_between(changes, &before, &after);
    return !err && changes->failed ? projection_no_memory(error) : err;
}

// ---- a fact
static const char *fact_status(struct projection_view *view, uint64_t position,
                               struct ledger_arena *arena) {
    const struct projection_amendment *list;
    size_t count = projection_view_amendments(view, position, &list);
    for (size_t i = 0; i < count; i++)
        if (list[i].effective && list[i].decides)
            return ledger_arena_printf(arena, "%s by #%" PRIu64,
                                       list[i].retraction ? "retracted" : "corrected",
                                       list[i].position);
    return "as recorded";
}

static enum ledger_err fact_changes(const Ledger__V1__Record *record, struct change_list *changes,
                                    struct ledger_error *error) {
    const Ledger__V1__Event *event = record->event;
    enum ledger_fact fact = record_fact(record);
    const struct ledger_fact_type *type;
    struct ledger_error reason = {0};
    ProtobufCMessage *message;
    if (!changes_something(fact))
        return LEDGER_E_OK;
    enum ledger_err err = ledger_payload_unpack(
        ledger_span_text(event->type), ledger_span_of(event->payload.data, event->payload.len),
        changes->arena, &type, &message, &reason);
    if (!err)
        changes_of_fact(changes, fact, message);
    return changes->failed || err == LEDGER_E_NO_MEMORY ? projection_no_memory(error) : LEDGER_E_OK;
}

// ---- an amendment
static const char *amendment_status(struct projection_view *view, const Ledger__V1__Record *record,
                                    uint64_t root, struct ledger_arena *arena) {
    const char *verb =
        record_fact(record) == LEDGER_FACT_FactRetracted ? "retraction" : "correction";
    if (!root)
        return ledger_arena_printf(arena, "%s of an unknown fact", verb);
    const struct projection_amendment *own = amendment_find(view, root, record->position);
    return ledger_arena_printf(arena, "%s of #%" PRIu64 ", %s", verb, root,
                               !own             ? "not usable"
                               : own->effective ? "in force"
                                                : "not in force");
}

static enum ledger_err make_amendment(struct projection_view *view,
                                      const Ledger__V1__Record *record, struct line *line,
                                      struct ledger_error *error) {
    const Ledger__V1__Event *event = record->event;
    struct ledger_arena *arena = line->changes.arena;
    line->root =
        projection_view_root(view, ledger_span_of(event->event_id.data, event->event_id.len));
    line->status = amendment_status(view, record, line->root, arena);
    if (!amendment_find(view, line->root, record->position))
        return LEDGER_E_OK;
    Ledger__V1__Record *root;
    enum ledger_err err = record_read(view, line->root, arena, &root, error);
    if (err || !root)
        return err;
    return amendment_changes(view, root, record->position, &line->changes, error);
}

enum ledger_err line_make(struct projection_view *view, const Ledger__V1__Record *record,
                          struct ledger_arena *arena, struct line *line,
                          struct ledger_error *error) {
    *line = (struct line){.record = record, .changes = {.arena = arena}};
    for (size_t i = 0; i < record->event->n_subjects; i++) {
        const Ledger__V1__Subject *subject = record->event->subjects[i];
        const char *one = ledger_arena_printf(arena, "%s/%s", subject->kind ? subject->kind : "",
                                              subject->id ? subject->id : "");
        line->object =
            one && line->object ? ledger_arena_printf(arena, "%s, %s", line->object, one) : one;
    }
    if (record_is_amendment(record))
        return make_amendment(view, record, line, error);
    line->status = fact_status(view, record->position, arena);
    return line->status ? fact_changes(record, &line->changes, error) : projection_no_memory(error);
}
