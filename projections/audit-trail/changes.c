#include "changes.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "facts/v1/client.pb-c.h"
#include "facts/v1/deal.pb-c.h"
#include "runtime/ids.h"

// A row for each thing that a type of fact changes. `from` NULL: the fact does not say.
static const struct changed {
    enum ledger_fact fact;
    const char *field, *from, *to;
} table[] = {
    {LEDGER_FACT_ClientReassigned, "owner", "from_employee", "to_employee"},
    {LEDGER_FACT_DealReassigned, "owner", "from_employee", "to_employee"},
    {LEDGER_FACT_TaskReassigned, "owner", "from_employee", "to_employee"},
    {LEDGER_FACT_DealStageChanged, "stage", "from", "to"},
    {LEDGER_FACT_DealStageChanged, "pipeline", "pipeline_from", "pipeline_to"},
    {LEDGER_FACT_DealReopened, "stage", NULL, "to_stage"},
    {LEDGER_FACT_DealTermsChanged, "amount", "old.amount", "new.amount"},
    {LEDGER_FACT_DealTermsChanged, "close_date", "old.close_date", "new.close_date"},
    {LEDGER_FACT_DealTermsChanged, "probability", "old.probability_bp", "new.probability_bp"},
    {LEDGER_FACT_DealTermsChanged, "products", "old.product_ids", "new.product_ids"},
    {LEDGER_FACT_TaskRescheduled, "due", "old_due", "new_due"},
    {LEDGER_FACT_TaskRescheduled, "due_on", "old_due_on", "new_due_on"},
    {LEDGER_FACT_VisitRescheduled, "start", "old_start", "new_start"},
    {LEDGER_FACT_VisitRescheduled, "end", NULL, "new_end"},
    {LEDGER_FACT_VisitRescheduled, "date", "old_date", "new_date"},
    {LEDGER_FACT_OrderStatusChanged, "status", "from", "to"},
    {LEDGER_FACT_EmployeeChanged, "position", "old_position", "position"},
    {LEDGER_FACT_EmployeeChanged, "manager", "old_manager_id", "manager_id"},
};
enum { ROWS = sizeof table / sizeof table[0] };

bool changes_something(enum ledger_fact fact) {
    if (fact == LEDGER_FACT_ClientDetailsChanged)
        return true;
    for (size_t i = 0; i < ROWS; i++)
        if (table[i].fact == fact)
            return true;
    return false;
}

static void add(struct change_list *changes, const char *field, const char *from, const char *to) {
    if (changes->failed || !projection_grow(changes->arena, &changes->list, &changes->capacity,
                                            changes->count, sizeof(struct change))) {
        changes->failed = true;
        return;
    }
    changes->list[changes->count++] = (struct change){field, from, to};
}

// Of the terms of a deal, only the field that the fact names counts: then even if it is cleared.
static bool is_named(const struct changed *row, const ProtobufCMessage *payload) {
    const Facts__V1__DealTermsChanged *terms = (const Facts__V1__DealTermsChanged *)payload;
    const ProtobufCEnumValue *named = protobuf_c_enum_descriptor_get_value(
        &facts__v1__deal_terms_changed__field__descriptor, (int)terms->field);
    return named && strcasecmp(named->name, row->field) == 0;
}

static const char *text_of(const struct field_list *fields, const char *path) {
    const struct field *field = path ? fields_find(fields, path) : NULL;
    return field ? field->text : NULL;
}

// Always named, even if nothing is said of before or after.
static bool always(enum ledger_fact fact) {
    return fact == LEDGER_FACT_DealTermsChanged || fact == LEDGER_FACT_ClientReassigned ||
           fact == LEDGER_FACT_DealReassigned || fact == LEDGER_FACT_TaskReassigned;
}

void changes_of_fact(struct change_list *changes, enum ledger_fact fact,
                     const ProtobufCMessage *payload) {
    struct field_list fields = {.arena = changes->arena};
    if (!changes_something(fact))
        return;
    if (fact == LEDGER_FACT_ClientDetailsChanged) {
        const Facts__V1__ClientDetailsChanged *details =
            (const Facts__V1__ClientDetailsChanged *)payload;
        if (details->field)
            add(changes, details->field, details->old, details->new_);
        return;
    }
    fields_add(&fields, payload, "");
    changes->failed |= fields.failed;
    for (size_t i = 0; i < ROWS; i++) {
        const struct changed *row = &table[i];
        if (row->fact != fact || (fact == LEDGER_FACT_DealTermsChanged && !is_named(row, payload)))
            continue;
        const char *from = text_of(&fields, row->from);
        const char *to = text_of(&fields, row->to);
        if (from || to || always(fact))
            add(changes, row->field, from, to);
    }
}

// ---- between versions
static const char *moment_text(const struct ledger_moment *moment, struct ledger_arena *arena) {
    char text[LEDGER_INSTANT_TEXT_SIZE] = "unknown";
    if (moment->when == LEDGER_WHEN_DATE)
        ledger_date_format(moment->day, text);
    else if (moment->when == LEDGER_WHEN_INSTANT)
        ledger_instant_format(moment->micros, moment->offset_minutes, text);
    return ledger_arena_copy(arena, text, strlen(text) + 1);
}

static bool differ(const char *a, const char *b) {
    return !a || !b ? a != b : strcmp(a, b) != 0;
}

static void compare_fields(struct change_list *changes, const struct version *before,
                           const struct version *after) {
    struct field_list old = {.arena = changes->arena};
    struct field_list new = {.arena = changes->arena};
    if (before->payload)
        fields_add(&old, before->payload, "");
    if (after->payload)
        fields_add(&new, after->payload, "");
    changes->failed |= old.failed || new.failed;
    for (size_t i = 0; i < old.count; i++) {
        const char *to = text_of(&new, old.list[i].path);
        if (!old.list[i].part && differ(old.list[i].text, to))
            add(changes, old.list[i].path, old.list[i].text, to);
    }
    for (size_t i = 0; i < new.count; i++)
        if (!new.list[i].part && !fields_find(&old, new.list[i].path))
            add(changes, new.list[i].path, NULL, new.list[i].text);
}

void changes_between(struct change_list *changes, const struct version *before,
                     const struct version *after) {
    if (before->retracted != after->retracted)
        add(changes, "fact", before->retracted ? "retracted" : "in force",
            after->retracted ? "retracted" : "in force");
    if (before->retracted || after->retracted)
        return;
    const char *old = moment_text(&before->occurred, changes->arena);
    const char *new = moment_text(&after->occurred, changes->arena);
    changes->failed |= !old || !new;
    if (!changes->failed && strcmp(old, new) != 0)
        add(changes, "occurred", old, new);
    compare_fields(changes, before, after);
}

// ---- as an answer shows them
bool changes_name(const struct change_list *changes, const char *field) {
    for (size_t i = 0; i < changes->count; i++)
        if (strcmp(changes->list[i].field, field) == 0)
            return true;
    return false;
}

const char *changes_text(struct change_list *changes) {
    const char *text = changes->count ? "" : NULL;
    for (size_t i = 0; i < changes->count && text; i++) {
        const struct change *change = &changes->list[i];
        text = ledger_arena_printf(changes->arena, "%s%s%s: %s \u2192 %s", text, i ? "; " : "",
                                   change->field, change->from ? change->from : "none",
                                   change->to ? change->to : "none");
        changes->failed |= !text;
    }
    return text;
}

const char *changes_json(struct change_list *changes) {
    if (!changes->count)
        return NULL;
    json_t *array = json_array();
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->list[i];
        (void)json_array_append_new(array, json_pack("{s:s, s:s?, s:s?}", "field", change->field,
                                                     "from", change->from, "to", change->to));
    }
    char *dumped = json_dumps(array, JSON_COMPACT);
    const char *text =
        dumped ? ledger_arena_copy(changes->arena, dumped, strlen(dumped) + 1) : NULL;
    changes->failed |= !text;
    free(dumped);
    json_decref(array);
    return text;
}
