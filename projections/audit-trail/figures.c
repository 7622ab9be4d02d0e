#include "figures.h"

#include <stdlib.h>
#include <string.h>

bool numbers_add(struct numbers *numbers, struct ledger_arena *arena, int64_t number) {
    if (!projection_grow(arena, &numbers->list, &numbers->capacity, numbers->count,
                         sizeof *numbers->list))
        return false;
    numbers->list[numbers->count++] = number;
    return true;
}

static int by_size(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

int64_t numbers_twice_median(struct numbers *numbers) {
    if (!numbers->count)
        return 0;
    qsort(numbers->list, numbers->count, sizeof *numbers->list, by_size);
    return numbers->list[(numbers->count - 1) / 2] + numbers->list[numbers->count / 2];
}

size_t numbers_above(const struct numbers *numbers, int64_t limit) {
    size_t above = 0;
    for (size_t i = 0; i < numbers->count; i++)
        above += numbers->list[i] > limit;
    return above;
}

static int by_text(const void *a, const void *b, void *context) {
    const struct projection_ids *ids = context;
    return strcmp(ids->texts[*(const size_t *)a], ids->texts[*(const size_t *)b]);
}

size_t *ids_in_order(const struct projection_ids *ids) {
    size_t *order = ledger_arena_alloc(ids->arena, (ids->count + 1) * sizeof *order);
    if (!order)
        return NULL;
    for (size_t i = 0; i < ids->count; i++)
        order[i] = i;
    struct projection_ids texts = *ids;
    qsort_r(order, ids->count, sizeof *order, by_text, &texts);
    return order;
}

int happened_order(const struct ledger_moment *a, uint64_t a_position,
                   const struct ledger_moment *b, uint64_t b_position) {
    bool a_known = a->when != LEDGER_WHEN_UNKNOWN;
    bool b_known = b->when != LEDGER_WHEN_UNKNOWN;
    if (a_known != b_known)
        return a_known ? 1 : -1;
    if (a_known && a->micros != b->micros)
        return a->micros > b->micros ? 1 : -1;
    return a_position > b_position ? 1 : a_position < b_position ? -1 : 0;
}

static const struct projection_column contradiction_columns[] = {
    {"code", "Code", PROJECTION_TEXT},
    {"meaning", "Meaning", PROJECTION_TEXT},
    {"facts", "Facts", PROJECTION_INTEGER},
};

void answer_contradictions(struct projection_answer *answer, const struct contradiction_text *texts,
                           const uint64_t *counts, size_t count) {
    projection_answer_table(answer, "contradictions", "Contradictions",
                            PROJECTION_COLUMNS(contradiction_columns));
    for (size_t i = 0; i < count; i++) {
        if (!counts[i])
            continue;
        projection_answer_text(answer, texts[i].code);
        projection_answer_text(answer, texts[i].meaning);
        projection_answer_integer(answer, (int64_t)counts[i]);
    }
}
