// Rows as they are written by the fold and read by questions: each pair in the same order.
#include <stddef.h>
#include <stdio.h>

#include "sales_funnel.h"

// ---- deals
static const size_t deal_texts[] = {
    offsetof(struct deal_fact, actor),         offsetof(struct deal_fact, client),
    offsetof(struct deal_fact, owner),         offsetof(struct deal_fact, pipeline),
    offsetof(struct deal_fact, stage),         offsetof(struct deal_fact, territory),
    offsetof(struct deal_fact, reason),        offsetof(struct deal_fact, from_stage),
    offsetof(struct deal_fact, from_pipeline), offsetof(struct deal_fact, source),
    offsetof(struct deal_fact, enquiry),       offsetof(struct deal_fact, competitor),
    offsetof(struct deal_fact, detail),        offsetof(struct deal_fact, currency),
};
enum { DEAL_TEXTS = sizeof deal_texts / sizeof deal_texts[0] };

static const char **deal_text(struct deal_fact *fact, size_t number) {
    return (const char **)(void *)((char *)fact + deal_texts[number]);
}

void deal_fact_put(struct projection_rows *rows, const char *deal_id, struct deal_fact *fact) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    const int64_t numbers[] = {fact->has_amount,
                               fact->minor,
                               fact->has_closed_on,
                               fact->closed_on,
                               fact->has_close_date,
                               fact->close_date,
                               fact->has_old_close_date,
                               fact->old_close_date,
                               fact->has_probability,
                               fact->probability_bp,
                               (int64_t)fact->product_count};
    projection_key_text(&key, deal_id);
    projection_value_number(value, fact->kind);
    for (size_t i = 0; i < DEAL_TEXTS; i++)
        projection_value_text(value, *deal_text(fact, i));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        projection_value_number(value, numbers[i]);
    for (size_t i = 0; i < fact->product_count; i++)
        projection_value_text(value, fact->products[i]);
    projection_rows_put(rows, DEAL_FACTS, &key, ledger_buffer_span(value));
}

bool deal_fact_read(struct ledger_span value, struct ledger_arena *arena, struct deal_fact *fact) {
    struct projection_reader reader = {value};
    *fact = (struct deal_fact){.kind = (enum deal_fact_kind)projection_read_number(&reader)};
    for (size_t i = 0; i < DEAL_TEXTS; i++)
        *deal_text(fact, i) = projection_read_text(&reader);
    fact->has_amount = projection_read_number(&reader);
    fact->minor = projection_read_number(&reader);
    fact->has_closed_on = projection_read_number(&reader);
    fact->closed_on = (int32_t)projection_read_number(&reader);
    fact->has_close_date = projection_read_number(&reader);
    fact->close_date = (int32_t)projection_read_number(&reader);
    fact->has_old_close_date = projection_read_number(&reader);
    fact->old_close_date = (int32_t)projection_read_number(&reader);
    fact->has_probability = projection_read_number(&reader);
    fact->probability_bp = (int32_t)projection_read_number(&reader);
    fact->product_count = (size_t)projection_read_number(&reader);
    if (!fact->product_count)
        return true;
    fact->products = ledger_arena_calloc(arena, fact->product_count * sizeof *fact->products);
    for (size_t i = 0; i < fact->product_count && fact->products; i++)
        fact->products[i] = projection_read_text(&reader);
    return fact->products;
}

// ---- what stands beside deals
struct task_row task_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct task_row row = {.kind = (enum task_fact_kind)projection_read_number(&reader)};
    row.subject = projection_read_text(&reader);
    row.assignee = projection_read_text(&reader);
    row.has_due = projection_read_number(&reader);
    row.due = (int32_t)projection_read_number(&reader);
    return row;
}

struct enquiry_row enquiry_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct enquiry_row row = {.client = projection_read_text(&reader)};
    row.channel = projection_read_text(&reader);
    row.subject = projection_read_text(&reader);
    row.actor = projection_read_text(&reader);
    return row;
}

struct refusal_row refusal_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct refusal_row row = {.client = projection_read_text(&reader)};
    row.reason = projection_read_text(&reader);
    row.detail = projection_read_text(&reader);
    row.removable = projection_read_number(&reader);
    return row;
}

void event_key(const uint8_t *id, size_t size, char text[EVENT_KEY_SIZE]) {
    text[0] = '\0';
    for (size_t i = 0; i < size && 2 * i + 2 < EVENT_KEY_SIZE; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", id[i]);
}
