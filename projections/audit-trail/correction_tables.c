// The tables of corrections and retractions.
#include <stdlib.h>
#include <string.h>

#include "corrections.h"

static const struct projection_column actor_columns[] = {
    {"actor", "Actor", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"facts", "Own facts", PROJECTION_INTEGER},
    {"amended", "Of these amended", PROJECTION_INTEGER},
    {"share", "Share amended", PROJECTION_RATIO},
    {"corrections", "Corrections of them", PROJECTION_INTEGER},
    {"retractions", "Retractions of them", PROJECTION_INTEGER},
    {"by_self", "Made by the actor", PROJECTION_INTEGER},
    {"by_others", "Made by others", PROJECTION_INTEGER},
    {"not_in_force", "Not in force", PROJECTION_INTEGER, .detail = true},
    {"delay_median_hours", "Median delay, hours", PROJECTION_RATIO},
    {"made_of_others", "Amendments of others' facts", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column pair_columns[] = {
    {"by", "Amended by", PROJECTION_ID},
    {"of", "Facts of", PROJECTION_ID},
    {"corrections", "Corrections", PROJECTION_INTEGER},
    {"retractions", "Retractions", PROJECTION_INTEGER},
};
static const struct projection_column field_columns[] = {
    {"field", "Field", PROJECTION_TEXT},
    {"amendments", "Amendments that changed it", PROJECTION_INTEGER},
};
static const struct projection_column line_columns[] = {
    {"position", "Position", PROJECTION_INTEGER},
    {"recorded", "Recorded", PROJECTION_INSTANT},
    {"by", "Amended by", PROJECTION_ID},
    {"of", "Facts of", PROJECTION_ID},
    {"fact", "Amended fact", PROJECTION_INTEGER},
    {"type", "Its type", PROJECTION_TEXT},
    {"field", "Field", PROJECTION_TEXT},
    {"from", "From", PROJECTION_TEXT},
    {"to", "To", PROJECTION_TEXT},
    {"reason", "Reason", PROJECTION_TEXT},
    {"in_force", "In force", PROJECTION_FLAG, .detail = true},
    {"delay_hours", "Delay, hours", PROJECTION_RATIO, .detail = true},
};

static int by_share(const void *a, const void *b, void *context) {
    const struct corrections *all = context;
    size_t left = *(const size_t *)a;
    size_t right = *(const size_t *)b;
    const struct actor *one = &all->actors[left];
    const struct actor *other = &all->actors[right];
    if (one->amended != other->amended)
        return one->amended > other->amended ? -1 : 1;
    return strcmp(all->ids.texts[left], all->ids.texts[right]);
}

static void answer_actor(struct corrections *all, struct projection_answer *answer, size_t number) {
    struct actor *actor = &all->actors[number];
    const char *id = all->ids.texts[number];
    int64_t twice = numbers_twice_median(&actor->delays);
    uint64_t amendments = actor->corrections + actor->retractions;
    projection_answer_text(answer, id);
    projection_answer_text(answer, projection_name(all->view, EMPLOYEES, id));
    projection_answer_integer(answer, (int64_t)actor->facts);
    projection_answer_integer(answer, (int64_t)actor->amended);
    projection_answer_ratio(answer, actor->amended, actor->facts);
    projection_answer_integer(answer, (int64_t)actor->corrections);
    projection_answer_integer(answer, (int64_t)actor->retractions);
    projection_answer_integer(answer, (int64_t)actor->by_himself);
    projection_answer_integer(answer, (int64_t)(amendments - actor->by_himself));
    projection_answer_integer(answer, (int64_t)actor->not_in_force);
    projection_answer_ratio(answer, twice, actor->delays.count ? 7200 : 0);
    projection_answer_integer(answer, (int64_t)actor->made_of_others);
}

static enum ledger_err answer_actors(struct corrections *all, struct projection_answer *answer,
                                     uint64_t limit) {
    size_t *order = ledger_arena_alloc(all->arena, (all->ids.count + 1) * sizeof *order);
    size_t count = 0;
    if (!order)
        return projection_no_memory(all->error);
    for (size_t i = 0; i < all->ids.count; i++)
        if (!all->only || strcmp(all->ids.texts[i], all->only) == 0)
            order[count++] = i;
    qsort_r(order, count, sizeof *order, by_share, all);
    projection_answer_table(answer, "actors", "Amendments by whose facts they are of",
                            PROJECTION_COLUMNS(actor_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < count; i++)
        answer_actor(all, answer, order[i]);
    return LEDGER_E_OK;
}

static int by_ids(const void *a, const void *b, void *context) {
    const struct corrections *all = context;
    const struct pair *left = a;
    const struct pair *right = b;
    int by = strcmp(all->ids.texts[left->by], all->ids.texts[right->by]);
    return by ? by : strcmp(all->ids.texts[left->of], all->ids.texts[right->of]);
}

static void answer_pairs(struct corrections *all, struct projection_answer *answer) {
    if (all->pair_count)
        qsort_r(all->pairs, all->pair_count, sizeof(struct pair), by_ids, all);
    projection_answer_table(answer, "pairs", "Who amended whose facts",
                            PROJECTION_COLUMNS(pair_columns));
    for (size_t i = 0; i < all->pair_count; i++) {
        const struct pair *pair = &all->pairs[i];
        projection_answer_text(answer, all->ids.texts[pair->by]);
        projection_answer_text(answer, all->ids.texts[pair->of]);
        projection_answer_integer(answer, (int64_t)pair->corrections);
        projection_answer_integer(answer, (int64_t)pair->retractions);
    }
}

static int by_count(const void *a, const void *b, void *context) {
    const struct corrections *all = context;
    size_t left = *(const size_t *)a;
    size_t right = *(const size_t *)b;
    if (all->field_counts[left] != all->field_counts[right])
        return all->field_counts[left] > all->field_counts[right] ? -1 : 1;
    return strcmp(all->fields.texts[left], all->fields.texts[right]);
}

static enum ledger_err answer_fields(struct corrections *all, struct projection_answer *answer) {
    size_t *order = ledger_arena_alloc(all->arena, (all->fields.count + 1) * sizeof *order);
    if (!order)
        return projection_no_memory(all->error);
    for (size_t i = 0; i < all->fields.count; i++)
        order[i] = i;
    qsort_r(order, all->fields.count, sizeof *order, by_count, all);
    projection_answer_table(answer, "fields", "What amendments changed",
                            PROJECTION_COLUMNS(field_columns));
    for (size_t i = 0; i < all->fields.count; i++) {
        projection_answer_text(answer, all->fields.texts[order[i]]);
        projection_answer_integer(answer, (int64_t)all->field_counts[order[i]]);
    }
    return LEDGER_E_OK;
}

static int newest_line(const void *a, const void *b) {
    const struct register_line *left = a;
    const struct register_line *right = b;
    return left->record->position > right->record->position ? -1 : 1;
}

static void answer_change(struct projection_answer *answer, const struct register_line *line,
                          const struct change *change) {
    const struct ledger_moment recorded = ledger_moment_instant(line->record->recorded_at, 0);
    projection_answer_integer(answer, (int64_t)line->record->position);
    projection_answer_moment(answer, &recorded);
    projection_answer_text(answer, record_actor(line->record));
    projection_answer_text(answer, record_actor(line->root));
    projection_answer_integer(answer, (int64_t)line->root->position);
    projection_answer_text(answer, line->root->event->type);
    projection_answer_text(answer, change ? change->field : NULL);
    projection_answer_text(answer, change ? change->from : NULL);
    projection_answer_text(answer, change ? change->to : NULL);
    projection_answer_text(answer, line->record->event->reason);
    projection_answer_flag(answer, line->in_force);
    projection_answer_ratio(answer, amendment_delay(line->record, line->root), 3600);
}

static void answer_register(struct corrections *all, struct projection_answer *answer,
                            uint64_t limit) {
    if (all->line_count)
        qsort(all->lines, all->line_count, sizeof(struct register_line), newest_line);
    projection_answer_table(answer, "changes", "Amendments, newest first, field by field",
                            PROJECTION_COLUMNS(line_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < all->line_count; i++) {
        const struct register_line *line = &all->lines[i];
        for (size_t at = 0; at < line->changes.count; at++)
            answer_change(answer, line, &line->changes.list[at]);
        if (!line->changes.count)
            answer_change(answer, line, NULL);
    }
}

enum ledger_err corrections_tables(struct corrections *all, struct projection_answer *answer,
                                   uint64_t limit) {
    enum ledger_err err = answer_actors(all, answer, limit);
    if (err)
        return err;
    answer_pairs(all, answer);
    err = answer_fields(all, answer);
    if (!err && all->only)
        answer_register(all, answer, limit);
    return err;
}
