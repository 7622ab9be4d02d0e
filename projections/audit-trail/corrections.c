// Corrections and retractions: who made them, of whose facts, how long after, and of what.
#include "corrections.h"

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
    return numbers_add(&owner->delays, all->arena, amendment_delay(line->record, line->root)) &&
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

// ---- the question
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
        err = corrections_tables(&all, answer, limit);
    if (!err && all.only && !all.ids.count)
        projection_answer_nothing_known(answer, "actor", all.only);
    ledger_arena_free(all.scratch);
    return err;
}
