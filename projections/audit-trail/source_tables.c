// The tables of source systems.
#include <stdlib.h>
#include <string.h>

#include "sources.h"

static const struct projection_column source_columns[] = {
    {"source", "Source", PROJECTION_ID},
    {"batches", "Batches", PROJECTION_INTEGER},
    {"rows", "Rows in", PROJECTION_INTEGER},
    {"accepted", "Accepted", PROJECTION_INTEGER},
    {"duplicate", "Duplicate", PROJECTION_INTEGER},
    {"rejected", "Rejected", PROJECTION_INTEGER},
    {"holds", "Adds up", PROJECTION_FLAG},
    {"differences", "Differences", PROJECTION_INTEGER, .detail = true},
    {"batches_different", "Batches with differences", PROJECTION_INTEGER, .detail = true},
    {"facts", "Facts", PROJECTION_INTEGER},
    {"last_fact", "Last fact recorded", PROJECTION_INSTANT},
    {"lag_assessed", "Facts with a lag", PROJECTION_INTEGER, .detail = true},
    {"lag_median_hours", "Median lag, hours", PROJECTION_RATIO},
    {"gaps", "Gaps", PROJECTION_INTEGER},
    {"rejections", "Rejections recorded", PROJECTION_INTEGER, .detail = true},
    {"last_heard", "Last heard of", PROJECTION_INSTANT, .detail = true},
    {"heard_position", "At position", PROJECTION_INTEGER, .detail = true},
    {"days_silent", "Days since last heard of", PROJECTION_INTEGER},
    {"silent", "Silent", PROJECTION_FLAG},
};
static const struct projection_column batch_columns[] = {
    {"source", "Source", PROJECTION_ID},
    {"batch", "Batch", PROJECTION_ID, .detail = true},
    {"file", "File", PROJECTION_TEXT},
    {"recorded", "Recorded", PROJECTION_INSTANT},
    {"rows", "Rows in", PROJECTION_INTEGER},
    {"accepted", "Accepted", PROJECTION_INTEGER},
    {"duplicate", "Duplicate", PROJECTION_INTEGER},
    {"rejected", "Rejected", PROJECTION_INTEGER},
    {"listed", "Rejections recorded", PROJECTION_INTEGER},
    {"differences", "Differences", PROJECTION_INTEGER},
    {"holds", "Adds up", PROJECTION_FLAG},
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column code_columns[] = {
    {"source", "Source", PROJECTION_ID},
    {"code", "Why rejected", PROJECTION_TEXT},
    {"records", "Records", PROJECTION_INTEGER},
};
static const struct projection_column gap_columns[] = {
    {"source", "Source", PROJECTION_ID},    {"occurred", "Found", PROJECTION_TEXT},
    {"entity", "Of what", PROJECTION_TEXT}, {"records", "Records missing", PROJECTION_INTEGER},
    {"cause", "Cause", PROJECTION_TEXT},
};
static void answer_instant(struct projection_answer *answer, int64_t micros) {
    const struct ledger_moment moment = ledger_moment_instant(micros, 0);
    if (micros == INT64_MIN)
        projection_answer_none(answer);
    else
        projection_answer_moment(answer, &moment);
}

static void answer_silence(const struct sources *sources, struct projection_answer *answer,
                           const struct source *source) {
    answer_instant(answer, source->last_heard);
    if (source->last_heard == INT64_MIN) {
        projection_answer_none(answer);
        projection_answer_none(answer);
        projection_answer_flag(answer, true);
        return;
    }
    projection_answer_integer(answer, (int64_t)source->heard_position);
    int64_t days = sources->today - ledger_moment_instant(source->last_heard, 0).day;
    projection_answer_integer(answer, days);
    projection_answer_flag(answer, days > 0 && (uint64_t)days > sources->silent);
}

static void answer_source(struct sources *sources, struct projection_answer *answer,
                          size_t number) {
    struct source *source = &sources->list[number];
    int64_t twice = numbers_twice_median(&source->lags);
    projection_answer_text(answer, sources->ids.texts[number]);
    projection_answer_integer(answer, (int64_t)source->batches);
    projection_answer_integer(answer, (int64_t)source->rows);
    projection_answer_integer(answer, (int64_t)source->accepted);
    projection_answer_integer(answer, (int64_t)source->duplicate);
    projection_answer_integer(answer, (int64_t)source->rejected);
    if (source->batches)
        projection_answer_flag(answer, !source->broken);
    else
        projection_answer_none(answer);
    projection_answer_integer(answer, (int64_t)source->differences);
    projection_answer_integer(answer, (int64_t)source->batches_different);
    projection_answer_integer(answer, (int64_t)source->facts);
    answer_instant(answer, source->last_fact);
    projection_answer_integer(answer, (int64_t)source->lags.count);
    projection_answer_ratio(answer, twice, source->lags.count ? 7200 : 0);
    projection_answer_integer(answer, (int64_t)source->gaps);
    projection_answer_integer(answer, (int64_t)source->rejections);
    answer_silence(sources, answer, source);
}

static int by_recorded(const void *a, const void *b, void *context) {
    const struct sources *sources = context;
    const struct batch *left = a;
    const struct batch *right = b;
    int source = strcmp(sources->ids.texts[left->source], sources->ids.texts[right->source]);
    return source ? source : left->position > right->position ? -1 : 1;
}

static void answer_batches(struct sources *sources, struct projection_answer *answer,
                           uint64_t limit) {
    if (sources->batch_count)
        qsort_r(sources->batches, sources->batch_count, sizeof(struct batch), by_recorded, sources);
    projection_answer_table(answer, "batches", "Batches, newest first",
                            PROJECTION_COLUMNS(batch_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < sources->batch_count; i++) {
        const struct batch *batch = &sources->batches[i];
        projection_answer_text(answer, sources->ids.texts[batch->source]);
        projection_answer_text(answer, batch->row.batch);
        projection_answer_text(answer, batch->row.file);
        answer_instant(answer, batch->row.recorded_at);
        projection_answer_integer(answer, batch->row.rows);
        projection_answer_integer(answer, batch->row.accepted);
        projection_answer_integer(answer, batch->row.duplicate);
        projection_answer_integer(answer, batch->row.rejected);
        projection_answer_integer(answer, (int64_t)batch->listed);
        projection_answer_integer(answer, batch->row.differences);
        projection_answer_flag(answer, batch->holds);
        projection_answer_integer(answer, (int64_t)batch->position);
    }
}

static enum ledger_err answer_codes(struct sources *sources, struct projection_answer *answer) {
    size_t *order = ids_in_order(&sources->codes);
    if (!order)
        return projection_no_memory(sources->error);
    projection_answer_table(answer, "rejections", "Records rejected, by reason",
                            PROJECTION_COLUMNS(code_columns));
    for (size_t i = 0; i < sources->codes.count; i++) {
        const char *text = sources->codes.texts[order[i]];
        const char *code = strrchr(text, '\n');
        const char *source =
            ledger_arena_text(sources->arena, ledger_span_of(text, (size_t)(code - text)));
        if (!source)
            return projection_no_memory(sources->error);
        projection_answer_text(answer, source);
        projection_answer_text(answer, code + 1);
        projection_answer_integer(answer, (int64_t)sources->code_counts[order[i]]);
    }
    return LEDGER_E_OK;
}

static void answer_gaps(const struct sources *sources, struct projection_answer *answer,
                        uint64_t limit) {
    struct projection_key key = {0};
    struct projection_row row;
    struct ledger_span id;
    if (sources->only)
        key_text_cut(&key, sources->only);
    projection_answer_table(answer, "gaps", "Gaps", PROJECTION_COLUMNS(gap_columns));
    projection_answer_limit(answer, limit);
    struct projection_cursor *cursor = projection_scan(sources->view, GAPS, &key, true);
    while (projection_next(cursor, &row)) {
        const struct gap_row gap = gap_row_read(row.value);
        if (!projection_key_read_text(&row.key, &id))
            continue;
        projection_answer_text(answer, (const char *)id.data);
        projection_answer_moment(answer, &row.occurred);
        projection_answer_text(answer, gap.entity);
        if (gap.records)
            projection_answer_integer(answer, gap.records);
        else
            projection_answer_none(answer);
        projection_answer_text(answer, gap.cause);
    }
    projection_scan_end(cursor);
}

enum ledger_err sources_answer_tables(struct sources *sources, struct projection_answer *answer,
                                      uint64_t limit) {
    size_t *order = ids_in_order(&sources->ids);
    if (!order)
        return projection_no_memory(sources->error);
    projection_answer_table(answer, "sources", "Sources", PROJECTION_COLUMNS(source_columns));
    for (size_t i = 0; i < sources->ids.count; i++)
        answer_source(sources, answer, order[i]);
    answer_batches(sources, answer, limit);
    enum ledger_err err = answer_codes(sources, answer);
    answer_gaps(sources, answer, limit);
    return err;
}
