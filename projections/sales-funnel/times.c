// How long deals take: in each stage, from opening to close, from the enquiry to the opening; and
// which stand longer in a stage than its norm.
//
// Up to which day unfinished stays count may be known only when all deals are read. So they are
// kept as days before day 0, and the day is added in the answer.
#include <stdlib.h>
#include <string.h>

#include "days.h"
#include "enquiries.h"
#include "sums.h"

static const struct projection_column stage_columns[] = {
    {"pipeline", "Pipeline", PROJECTION_ID},
    {"stage", "Stage", PROJECTION_ID},
    {"stage_name", "Stage's name", PROJECTION_TEXT},
    {"left", "Deals that left it", PROJECTION_INTEGER},
    {"mean_days", "Their days there, mean", PROJECTION_RATIO},
    {"median_days", "Their days there, median", PROJECTION_RATIO},
    {"still_there", "Deals still there", PROJECTION_INTEGER},
    {"mean_days_so_far", "Their days so far, mean", PROJECTION_RATIO},
    {"median_days_so_far", "Their days so far, median", PROJECTION_RATIO},
    {"not_assessed", "Not assessed: unknown time", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column cycle_columns[] = {
    {"what", "What", PROJECTION_TEXT},
    {"deals", "Deals", PROJECTION_INTEGER},
    {"mean_days", "Mean, days", PROJECTION_RATIO},
    {"median_days", "Median, days", PROJECTION_RATIO},
    {"not_assessed", "Not assessed", PROJECTION_INTEGER},
};
static const struct projection_column stale_columns[] = {
    {"deal", "Deal", PROJECTION_ID},
    {"client", "Client", PROJECTION_ID},
    {"owner", "Owner", PROJECTION_ID},
    {"pipeline", "Pipeline", PROJECTION_ID},
    {"stage", "Stage", PROJECTION_ID},
    {"since", "In it since", PROJECTION_DATE},
    {"days", "Days", PROJECTION_INTEGER},
    {"norm_days", "Norm, days", PROJECTION_INTEGER},
    {"days_over", "Days over the norm", PROJECTION_INTEGER},
};

struct stage_time {
    struct days left, still; // `still` before day 0
    uint64_t unknown;
};

struct standing {
    const char *deal, *client, *owner;
    size_t pipeline;
    const char *stage;
    int32_t since;
    int64_t days, norm; // filled in for the answer
};

enum { WON_CYCLE, LOST_CYCLE, ENQUIRY_LAG, CYCLES };
static const char *const cycle_names[CYCLES] = {"opened to won", "opened to lost",
                                                "enquiry to opened"};

struct times {
    struct projection_view *view;
    struct ledger_arena *arena;
    struct doubts doubts;
    struct sums stages;       // numbers pipeline and stage
    struct stage_time *times; // by that number
    size_t capacity;
    struct days cycles[CYCLES];
    uint64_t unknown[CYCLES];
    uint64_t before_enquiry;
    struct standing *standing;
    size_t standing_count, standing_capacity;
};

static struct stage_time *time_of(struct times *times, const struct pipeline *pipeline,
                                  const struct stage *stage) {
    const struct sum *sum = sums_of(&times->stages, pipeline->id, stage->id, NULL);
    size_t number = sum ? (size_t)(sum - times->stages.list) : 0;
    return sum && projection_grow(times->arena, &times->times, &times->capacity, number,
                                  sizeof(struct stage_time))
               ? &times->times[number]
               : NULL;
}

static bool is_open_stage(const struct stage *stage) {
    return stage->kind == STAGE_OPEN || stage->kind == STAGE_UNDEFINED;
}

// All stays of the deal in the stage of its entry `first`.
static bool add_stage(struct times *times, const struct deals *deals, const struct deal *deal,
                      size_t first) {
    const struct stage_entry *of = &deal->entries[first];
    const struct pipeline *pipeline = &deals->pipelines.list[of->pipeline];
    struct stage_time *time = time_of(times, pipeline, &pipeline->stages[of->stage]);
    int64_t sum = 0;
    bool known = true;
    bool still = false;
    for (size_t i = first; i < deal->entry_count; i++) {
        const struct stage_entry *entry = &deal->entries[i];
        int64_t days = 0;
        if (entry->aside || entry->pipeline != of->pipeline || entry->stage != of->stage)
            continue;
        still |= !entry->is_left;
        if (entry->is_left)
            known &= stage_entry_days(entry, &days);
        else
            known &= entry->entered.when != LEDGER_WHEN_UNKNOWN;
        sum += entry->is_left ? days : -(int64_t)entry->entered.day;
    }
    if (!time)
        return false;
    time->unknown += !known;
    return !known || days_add(times->arena, still ? &time->still : &time->left, sum);
}

static bool add_stages(struct times *times, const struct deals *deals, const struct deal *deal) {
    for (size_t i = 0; i < deal->entry_count; i++) {
        const struct stage_entry *entry = &deal->entries[i];
        const struct stage *stage = &deals->pipelines.list[entry->pipeline].stages[entry->stage];
        if (!entry->aside && !entry->again && is_open_stage(stage) &&
            !add_stage(times, deals, deal, i))
            return false;
    }
    return true;
}

static bool add_cycle(struct times *times, const struct deal *deal) {
    size_t cycle = deal->status == DEAL_IS_WON ? WON_CYCLE : LOST_CYCLE;
    int64_t days;
    if (deal->status == DEAL_IS_OPEN)
        return true;
    bool known = deal_cycle_days(deal, &days);
    times->unknown[cycle] += !known;
    return !known || days_add(times->arena, &times->cycles[cycle], days);
}

static bool add_lag(struct times *times, const struct deal *deal) {
    struct ledger_moment received;
    int64_t micros;
    if (!deal->enquiry)
        return true;
    enum enquiry_lag lag = enquiry_received(times->view, deal->enquiry, &received)
                               ? enquiry_lag(&received, &deal->opened, &micros)
                               : LAG_UNKNOWN;
    times->unknown[ENQUIRY_LAG] += lag != LAG_KNOWN;
    times->before_enquiry += lag == LAG_NEGATIVE;
    return lag != LAG_KNOWN || days_add(times->arena, &times->cycles[ENQUIRY_LAG], micros);
}

static bool add_standing(struct times *times, const struct deals *deals, const struct deal *deal) {
    if (deal->status != DEAL_IS_OPEN || deal->standing == SIZE_MAX)
        return true;
    const struct stage_entry *entry = &deal->entries[deal->standing];
    if (entry->entered.when == LEDGER_WHEN_UNKNOWN)
        return true;
    if (!projection_grow(times->arena, &times->standing, &times->standing_capacity,
                         times->standing_count, sizeof(struct standing)))
        return false;
    times->standing[times->standing_count++] =
        (struct standing){.deal = deal->id,
                          .client = deal_client(deals, deal),
                          .owner = deal->owner,
                          .pipeline = entry->pipeline,
                          .stage = deals->pipelines.list[entry->pipeline].stages[entry->stage].id,
                          .since = entry->entered.day};
    return true;
}

static bool add(void *user, struct deals *deals, const struct deal *deal) {
    struct times *times = user;
    return !doubts_add(&times->doubts, deal) ||
           (add_stages(times, deals, deal) && add_cycle(times, deal) && add_lag(times, deal) &&
            add_standing(times, deals, deal));
}

// ---- the answer
static void answer_stage(struct projection_answer *answer, const struct pipeline *pipeline,
                         const struct stage *stage, struct stage_time *time, int32_t today) {
    projection_answer_text(answer, sum_text(pipeline->id));
    projection_answer_text(answer, stage->id);
    projection_answer_text(answer, stage->name);
    projection_answer_integer(answer, (int64_t)time->left.count);
    days_answer(answer, &time->left, 0, 1);
    projection_answer_integer(answer, (int64_t)time->still.count);
    days_answer(answer, &time->still, today, 1);
    projection_answer_integer(answer, (int64_t)time->unknown);
}

static bool answer_stages(struct projection_answer *answer, struct times *times,
                          const struct deals *deals, const char *only, int32_t today) {
    const struct pipeline **pipelines = pipelines_sorted(&deals->pipelines);
    projection_answer_table(answer, "stages", "Days in each stage",
                            PROJECTION_COLUMNS(stage_columns));
    for (size_t i = 0; pipelines && i < deals->pipelines.ids.count; i++)
        for (size_t j = 0; j < pipelines[i]->count; j++) {
            const struct stage *stage = &pipelines[i]->stages[j];
            if (!is_open_stage(stage) || (only && strcmp(pipelines[i]->id, only) != 0))
                continue;
            struct stage_time *time = time_of(times, pipelines[i], stage);
            if (!time)
                return false;
            answer_stage(answer, pipelines[i], stage, time, today);
        }
    return pipelines;
}

static void answer_cycles(struct projection_answer *answer, struct times *times) {
    projection_answer_table(answer, "cycles", "Days from one to the other",
                            PROJECTION_COLUMNS(cycle_columns));
    for (size_t i = 0; i < CYCLES; i++) {
        projection_answer_text(answer, cycle_names[i]);
        projection_answer_integer(answer, (int64_t)times->cycles[i].count);
        days_answer(answer, &times->cycles[i], 0, i == ENQUIRY_LAG ? LEDGER_MICROS_PER_DAY : 1);
        projection_answer_integer(answer, (int64_t)times->unknown[i]);
    }
    if (times->before_enquiry)
        projection_answer_note(answer, "%s before the enquiry that it names: not assessed.",
                               projection_count(answer, times->before_enquiry, "deal was opened",
                                                "deals were each opened"));
}

static int by_days_over(const void *a, const void *b) {
    const struct standing *left = a;
    const struct standing *right = b;
    int64_t left_over = left->days - left->norm;
    int64_t right_over = right->days - right->norm;
    if (left_over != right_over)
        return left_over > right_over ? -1 : 1;
    return strcmp(left->deal, right->deal);
}

// Keeps those that are over the norm in force on that day.
static size_t keep_stale(struct times *times, const struct deals *deals, int32_t today) {
    const struct ledger_moment moment = ledger_moment_date(today);
    size_t kept = 0;
    for (size_t i = 0; i < times->standing_count; i++) {
        struct standing *standing = &times->standing[i];
        const struct stage_definition *stage = definition_stage(
            pipeline_definition(&deals->pipelines.list[standing->pipeline], &moment),
            standing->stage);
        standing->days = (int64_t)today - standing->since;
        standing->norm = stage ? stage->norm_days : -1;
        if (standing->norm >= 0 && standing->days > standing->norm)
            times->standing[kept++] = *standing;
    }
    if (kept)
        qsort(times->standing, kept, sizeof(struct standing), by_days_over);
    return kept;
}

static void answer_stale(struct projection_answer *answer, struct times *times,
                         const struct deals *deals, int32_t today, uint64_t limit) {
    size_t count = keep_stale(times, deals, today);
    projection_answer_table(answer, "stale", "Open deals longer in their stage than its norm",
                            PROJECTION_COLUMNS(stale_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < count; i++) {
        const struct standing *standing = &times->standing[i];
        projection_answer_text(answer, standing->deal);
        projection_answer_text(answer, standing->client);
        projection_answer_text(answer, standing->owner);
        projection_answer_text(answer, sum_text(deals->pipelines.list[standing->pipeline].id));
        projection_answer_text(answer, standing->stage);
        projection_answer_day(answer, standing->since);
        projection_answer_integer(answer, standing->days);
        projection_answer_integer(answer, standing->norm);
        projection_answer_integer(answer, standing->days - standing->norm);
    }
}

enum ledger_err times_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct deals deals;
    struct times times = {.view = view, .arena = arena, .stages = SUMS_IN(arena)};
    uint64_t limit = 0;
    bool limited;
    const struct ledger_moment today = projection_view_today(view);
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    if (!err)
        err = deals_each(&deals, add, &times);
    if (err)
        return err;
    if (!answer_stages(answer, &times, &deals, projection_argument(arguments, "pipeline"),
                       today.day))
        return projection_no_memory(error);
    answer_cycles(answer, &times);
    answer_stale(answer, &times, &deals, today.day, limit);
    projection_answer_note_today(answer, view);
    deals_notes(&deals, answer, &times.doubts);
    return LEDGER_E_OK;
}
