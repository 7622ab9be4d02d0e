// Corrections and retractions: who made them, of whose facts, how long after, and of what.
#include <stdlib.h>
#include <string.h>

#include "figures.h"
#include "lines.h"

struct actor {
    uint64_t facts, amended;           // his own, and how many of them were ever amended
    uint64_t corrections, retractions; // of his facts, by whomever
    uint64_t by_himself, not_in_force; // of these
    uint64_t made_of_others;           // by him, of the facts of others
    struct numbers delays;             // of amendments of his facts, seconds
    uint64_t last_root;
};

struct pair {
    size_t by, of;
    uint64_t corrections, retractions;
};

struct register_line {
    const Ledger__V1__Record *record, *root;
    bool in_force;
    struct change_list changes;
};

struct corrections {
    struct projection_view *view;
    struct ledger_arena *arena;   // the view's
    struct ledger_arena *scratch; // of one amendment
    const char *only;             // this actor; NULL = all
    struct projection_period period;
    struct projection_ids ids;
    struct actor *actors; // by number
    size_t capacity;
    struct pair *pairs;
    size_t pair_count, pair_capacity;
    struct projection_ids fields;
    uint64_t *field_counts; // by number
    size_t field_capacity;
    struct register_line *lines; // if one actor is asked for
    size_t line_count, line_capacity;
    struct ledger_error *error;
};

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

// ---- counting
static struct actor *actor_of(struct corrections *all, const char *id, size_t *number) {
    *number = projection_ids_add(&all->ids, id);
    if (*number == PROJECTION_ID_NONE ||
        !projection_grow(all->arena, &all->actors, &all->capacity, *number, sizeof(struct actor)))
        return NULL;
    return &all->actors[*number];
}

static enum ledger_err count_facts(struct corrections *all) {
    struct projection_key key = {0};
    struct projection_row row;
    struct ledger_span id;
    size_t number;
    if (all->only)
        key_text_cut(&key, all->only);
    struct projection_cursor *cursor = projection_scan(all->view, BY_ACTOR, &key, false);
    while (projection_next(cursor, &row)) {
        struct projection_reader reader = {row.value};
        if (projection_read_number(&reader) != WRITTEN_FACT ||
            !projection_period_holds(&all->period, &row.occurred) ||
            !projection_key_read_text(&row.key, &id))
            continue;
        struct actor *actor = actor_of(all, (const char *)id.data, &number);
        if (!actor)
            return projection_no_memory(all->error);
        actor->facts++;
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static bool count_pair(struct corrections *all, size_t by, size_t of, bool retraction) {
    struct pair *pair = NULL;
    for (size_t i = 0; i < all->pair_count && !pair; i++)
        if (all->pairs[i].by == by && all->pairs[i].of == of)
            pair = &all->pairs[i];
    if (!pair) {
        if (!projection_grow(all->arena, &all->pairs, &all->pair_capacity, all->pair_count,
                             sizeof(struct pair)))
            return false;
        pair = &all->pairs[all->pair_count++];
        *pair = (struct pair){.by = by, .of = of};
    }
    pair->corrections += !retraction;
    pair->retractions += retraction;
    return true;
}

static bool count_fields(struct corrections *all, const struct change_list *changes) {
    for (size_t i = 0; i < changes->count; i++) {
        size_t number = projection_ids_add(&all->fields, changes->list[i].field);
        if (number == PROJECTION_ID_NONE ||
            !projection_grow(all->arena, &all->field_counts, &all->field_capacity, number,
                             sizeof *all->field_counts))
            return false;
        all->field_counts[number]++;
    }
    return true;
}

static int64_t delay_of(const Ledger__V1__Record *record, const Ledger__V1__Record *root) {
    return (record->recorded_at - root->recorded_at) / 1000000;
}

static bool count_amendment(struct corrections *all, const struct register_line *line) {
    bool retraction = record_fact(line->record) == LEDGER_FACT_FactRetracted;
    size_t by, of;
    if (!actor_of(all, record_actor(line->record), &by) ||
        !actor_of(all, record_actor(line->root), &of))
        return false;
    struct actor *owner = &all->actors[of];
    owner->amended += owner->last_root != line->root->position;
    owner->last_root = line->root->position;
    owner->corrections += !retraction;
    owner->retractions += retraction;
    owner->by_himself += by == of;
    owner->not_in_force += !line->in_force;
    all->actors[by].made_of_others += by != of;
    return numbers_add(&owner->delays, all->arena, delay_of(line->record, line->root)) &&
           count_pair(all, by, of, retraction) && count_fields(all, &line->changes);
}

// ---- the amendments
static enum ledger_err take(struct corrections *all, uint64_t root, uint64_t position) {
    struct register_line line = {0};
    struct ledger_arena *arena = all->only ? all->arena : all->scratch;
    Ledger__V1__Record *records[2];
    const struct projection_amendment *amendment = amendment_find(all->view, root, position);
    if (!amendment)
        return LEDGER_E_OK;
    ledger_arena_reset(all->scratch);
    enum ledger_err err = record_read(all->view, root, arena, &records[0], all->error);
    if (!err)
        err = record_read(all->view, position, arena, &records[1], all->error);
    if (err || !records[0] || !records[1])
        return err;
    struct ledger_moment occurred = ledger_moment_of(records[0]->event->occurred);
    if (!projection_period_holds(&all->period, &occurred))
        return LEDGER_E_OK;
    line = (struct register_line){.record = records[1],
                                  .root = records[0],
                                  .in_force = amendment->effective,
                                  .changes = {.arena = arena}};
    err = amendment_changes(all->view, line.root, position, &line.changes, all->error);
    if (err)
        return err;
    if (!count_amendment(all, &line) ||
        !projection_grow(all->arena, &all->lines, &all->line_capacity, all->line_count,
                         sizeof line))
        return projection_no_memory(all->error);
    if (all->only)
        all->lines[all->line_count++] = line;
    return LEDGER_E_OK;
}

static enum ledger_err take_all(struct corrections *all) {
    struct projection_key key = {0};
    struct projection_row row;
    enum ledger_err err = LEDGER_E_OK;
    if (all->only)
        projection_key_text(&key, all->only);
    struct projection_cursor *cursor =
        projection_scan(all->view, all->only ? AMENDMENTS_BY_ACTOR : AMENDMENTS, &key, true);
    while (!err && projection_next(cursor, &row)) {
        struct ledger_span actor;
        uint64_t root, position;
        if ((!all->only || projection_key_read_text(&row.key, &actor)) &&
            projection_key_read_u64(&row.key, &root) &&
            projection_key_read_u64(&row.key, &position))
            err = take(all, root, position);
    }
    projection_scan_end(cursor);
    return err;
}

// ---- the answer
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
    projection_answer_ratio(answer, delay_of(line->record, line->root), 3600);
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

enum ledger_err corrections_answer(struct projection_view *view,
                                   const struct projection_arguments *arguments,
                                   struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct corrections all = {.view = view,
                              .arena = arena,
                              .only = projection_argument(arguments, "actor"),
                              .ids = {.arena = arena},
                              .fields = {.arena = arena},
                              .error = error};
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_period(arguments, &all.period, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (err)
        return err;
    all.scratch = ledger_arena_new(0);
    if (!all.scratch)
        return projection_no_memory(error);
    err = count_facts(&all);
    if (!err)
        err = take_all(&all);
    if (!err)
        err = answer_actors(&all, answer, limit);
    if (!err) {
        answer_pairs(&all, answer);
        err = answer_fields(&all, answer);
    }
    if (!err && all.only)
        answer_register(&all, answer, limit);
    if (!err && all.only && !all.ids.count)
        projection_answer_nothing_known(answer, "actor", all.only);
    ledger_arena_free(all.scratch);
    return err;
}
