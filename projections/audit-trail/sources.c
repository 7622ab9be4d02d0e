// Source systems: what their imports held, whether the counts add up, and how fresh they are.
#include "sources.h"

enum { SILENT_DAYS_DEFAULT = 7 };

static const struct contradiction_text contradictions[SOURCE_CONTRADICTIONS] = {
    [NOT_ADDING_UP] =
        {"rows_do_not_add_up",
         "A batch's rows are not its accepted, duplicate and rejected ones together."},
    [NOT_COUNTED] = {"rows_not_stated", "A batch does not state all four counts of its rows."},
    [NOT_LISTED] = {"rejections_not_listed",
                    "A batch says it rejected more rows than are recorded as rejected."},
    [BEFORE_SOURCE] = {"recorded_before_source",
                       "A fact is in the ledger before its source says it stored it."},
};

// ---- reading
static struct source *source_of(struct sources *sources, const char *id, size_t *number) {
    size_t before = sources->ids.count;
    *number = projection_ids_add(&sources->ids, id);
    if (*number == PROJECTION_ID_NONE ||
        !projection_grow(sources->arena, &sources->list, &sources->capacity, *number,
                         sizeof(struct source)))
        return NULL;
    if (*number == before)
        sources->list[*number] = (struct source){.last_fact = INT64_MIN, .last_heard = INT64_MIN};
    return &sources->list[*number];
}

// Of what was recorded together, the last counts.
static void hear(struct source *source, int64_t recorded_at, uint64_t position) {
    if (recorded_at < source->last_heard ||
        (recorded_at == source->last_heard && position < source->heard_position))
        return;
    source->last_heard = recorded_at;
    source->heard_position = position;
}

static bool count_in(struct ledger_arena *arena, struct projection_ids *ids, uint64_t **counts,
                     size_t *capacity, const char *id) {
    size_t number = id ? projection_ids_add(ids, id) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(arena, counts, capacity, number, sizeof **counts))
        return false;
    ++(*counts)[number];
    return true;
}

typedef bool take_row(struct sources *sources, size_t number, const struct projection_row *row);

static bool take_batch(struct sources *sources, size_t number, const struct projection_row *row) {
    struct source *source = &sources->list[number];
    struct batch batch = {number, row->position, 0, batch_row_read(row->value), false};
    if (!projection_grow(sources->arena, &sources->batches, &sources->batch_capacity,
                         sources->batch_count, sizeof batch))
        return false;
    __int128 parts = (__int128)batch.row.accepted + batch.row.duplicate + batch.row.rejected;
    batch.holds = batch.row.counted && parts == batch.row.rows;
    source->batches++;
    source->rows += batch.row.rows;
    source->accepted += batch.row.accepted;
    source->duplicate += batch.row.duplicate;
    source->rejected += batch.row.rejected;
    source->differences += batch.row.differences;
    source->batches_different += batch.row.differences != 0;
    source->broken += !batch.holds;
    hear(source, batch.row.recorded_at, row->position);
    sources->contradictions[NOT_COUNTED] += !batch.row.counted;
    sources->contradictions[NOT_ADDING_UP] += batch.row.counted && !batch.holds;
    sources->batches[sources->batch_count++] = batch;
    return true;
}

static bool take_rejection(struct sources *sources, size_t number,
                           const struct projection_row *row) {
    const struct rejection_row rejection = rejection_row_read(row->value);
    const char *code = ledger_arena_printf(sources->arena, "%s\n%s", sources->ids.texts[number],
                                           rejection.code ? rejection.code : "");
    sources->list[number].rejections++;
    return count_in(sources->arena, &sources->codes, &sources->code_counts, &sources->code_capacity,
                    code) &&
           count_in(sources->arena, &sources->listed, &sources->listed_counts,
                    &sources->listed_capacity, rejection.batch ? rejection.batch : "");
}

static bool take_gap(struct sources *sources, size_t number, const struct projection_row *row) {
    (void)row;
    sources->list[number].gaps++;
    return true;
}

static bool take_fact(struct sources *sources, size_t number, const struct projection_row *row) {
    const struct source_row fact = source_row_read(row->value);
    struct source *source = &sources->list[number];
    hear(source, fact.recorded_at, row->position);
    if (fact.kind != WRITTEN_FACT)
        return true;
    source->facts++;
    if (fact.recorded_at > source->last_fact)
        source->last_fact = fact.recorded_at;
    if (!fact.has_lag)
        return true;
    if (fact.lag_seconds < 0) {
        sources->contradictions[BEFORE_SOURCE]++;
        return true;
    }
    return numbers_add(&source->lags, sources->arena, fact.lag_seconds);
}

static enum ledger_err read_table(struct sources *sources, uint8_t table, take_row *take) {
    struct projection_key key = {0};
    struct projection_row row;
    struct ledger_span id;
    size_t number;
    if (sources->only)
        key_text_cut(&key, sources->only);
    struct projection_cursor *cursor = projection_scan(sources->view, table, &key, true);
    while (projection_next(cursor, &row))
        if (projection_key_read_text(&row.key, &id) &&
            (!source_of(sources, (const char *)id.data, &number) || !take(sources, number, &row)))
            return projection_no_memory(sources->error);
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static void match_rejections(struct sources *sources) {
    for (size_t i = 0; i < sources->batch_count; i++) {
        struct batch *batch = &sources->batches[i];
        size_t number = batch->row.batch ? projection_ids_find(&sources->listed, batch->row.batch)
                                         : PROJECTION_ID_NONE;
        batch->listed = number == PROJECTION_ID_NONE ? 0 : sources->listed_counts[number];
        sources->contradictions[NOT_LISTED] += batch->listed < (uint64_t)batch->row.rejected;
    }
}

// ---- the question
static enum ledger_err read_all(struct sources *sources) {
    static const struct {
        uint8_t table;
        take_row *take;
    } tables[] = {{BATCHES, take_batch},
                  {REJECTIONS, take_rejection},
                  {GAPS, take_gap},
                  {BY_SOURCE, take_fact}};
    enum ledger_err err = LEDGER_E_OK;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0] && !err; i++)
        err = read_table(sources, tables[i].table, tables[i].take);
    return err;
}

enum ledger_err sources_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct sources sources = {.view = view,
                              .arena = arena,
                              .only = projection_argument(arguments, "source"),
                              .today = projection_view_today(view).day,
                              .silent = SILENT_DAYS_DEFAULT,
                              .ids = {.arena = arena},
                              .listed = {.arena = arena},
                              .codes = {.arena = arena},
                              .error = error};
    uint64_t limit = 0;
    bool present;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &present, error);
    if (!err)
        err = projection_argument_u64(arguments, "silent", &sources.silent, &present, error);
    if (!err)
        err = read_all(&sources);
    if (err)
        return err;
    match_rejections(&sources);
    err = sources_answer_tables(&sources, answer, limit);
    projection_answer_note_today(answer, view);
    answer_contradictions(answer, contradictions, sources.contradictions, SOURCE_CONTRADICTIONS);
    projection_answer_note(answer, "Silent means not heard of for more than %s.",
                           projection_count(answer, sources.silent, "day", "days"));
    if (sources.only && !sources.ids.count)
        projection_answer_nothing_known(answer, "source", sources.only);
    return err;
}
