#include "figures.h"

#define MICROS_PER_MINUTE INT64_C(60000000)

// ---- the plan
static void measure_plan(const struct field_day *day, struct day_figures *figures) {
    const struct place *before = NULL;
    figures->planned = day->planned;
    figures->stops = day->stop_count;
    for (size_t i = 0; i < day->stop_count; i++) {
        const struct stop *stop = &day->stops[i];
        figures->kept += stop->visit != NULL;
        figures->unplaced += !stop->place.known;
        if (!stop->place.known)
            continue;
        if (before)
            figures->planned_metres += geo_metres(before, &stop->place);
        before = &stop->place;
    }
}

// The longest run of stops that were visited in the order of the plan: of the stops' numbers, in
// the order of the visits, the longest that rises. `ends[n]` is the smallest number that such a run
// of n + 1 ends with. Visits without an exact time are in no order.
static bool measure_order(const struct field_day *day, struct ledger_arena *arena,
                          struct day_figures *figures) {
    size_t *ends = ledger_arena_alloc(arena, (day->visit_count + 1) * sizeof *ends);
    struct ledger_moment begin;
    size_t longest = 0;
    for (size_t i = 0; i < day->visit_count && ends; i++) {
        size_t stop = day->visits[i].stop;
        if (!stop || !visit_begin(&day->visits[i], &begin))
            continue;
        size_t low = 0;
        size_t high = longest;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (ends[middle] < stop)
                low = middle + 1;
            else
                high = middle;
        }
        ends[low] = stop;
        longest += low == longest;
    }
    figures->in_order = longest;
    return ends;
}

// ---- time
// Visits come in the order in which they began. Where they overlap, the time counts once.
static void measure_time(const struct field_day *day, struct day_figures *figures) {
    int64_t first = 0, last = 0;
    bool began = false;
    for (size_t i = 0; i < day->visit_count; i++) {
        const struct visit *visit = &day->visits[i];
        figures->visits += visit->in || visit->report;
        if (!visit->in)
            continue;
        int64_t begin = visit->in->begin.micros;
        if (!began)
            first = begin;
        began = true;
        if (!visit->out)
            continue;
        int64_t end = visit->out->begin.micros;
        int64_t since = figures->has_field && last > begin ? last : begin;
        if (end > since)
            figures->face_micros += end - since;
        if (!figures->has_field || end > last)
            last = end;
        figures->has_field = true;
    }
    if (figures->has_field)
        figures->field_micros = last - first;
}

static void measure_odometer(const struct field_day *day, struct day_figures *figures) {
    figures->has_odometer = day->start.has_odometer && day->end.has_odometer &&
                            !day->contradictions.of[ENDED_BEFORE_START] &&
                            !day->contradictions.of[ODOMETER_BACKWARDS];
    if (figures->has_odometer)
        figures->odometer_km = day->end.odometer_km - day->start.odometer_km;
}

bool day_figures(const struct field_day *day, struct ledger_arena *arena,
                 struct day_figures *figures) {
    *figures = (struct day_figures){.samples = day->track.count,
                                    .accepted = day->track.fates[POINT_ACCEPTED],
                                    .metres = day->track.metres};
    measure_plan(day, figures);
    measure_time(day, figures);
    measure_odometer(day, figures);
    return measure_order(day, arena, figures);
}

void day_figures_add(struct day_figures *sum, const struct day_figures *figures) {
    sum->samples += figures->samples;
    sum->accepted += figures->accepted;
    sum->metres += figures->metres;
    sum->planned |= figures->planned;
    sum->planned_metres += figures->planned_metres;
    sum->stops += figures->stops;
    sum->kept += figures->kept;
    sum->in_order += figures->in_order;
    sum->unplaced += figures->unplaced;
    sum->has_odometer |= figures->has_odometer;
    sum->odometer_km += figures->odometer_km;
    sum->visits += figures->visits;
    sum->has_field |= figures->has_field;
    sum->field_micros += figures->field_micros;
    sum->face_micros += figures->face_micros;
}

// ---- the answer
static void answer_count(struct projection_answer *answer, bool known, int64_t number) {
    if (known)
        projection_answer_integer(answer, number);
    else
        projection_answer_none(answer);
}

void day_figures_answer(struct projection_answer *answer, const struct day_figures *figures) {
    int64_t minute = figures->has_field ? MICROS_PER_MINUTE : 0;
    projection_answer_ratio(answer, figures->metres, figures->accepted ? 1000 : 0);
    projection_answer_ratio(answer, figures->planned_metres, figures->planned ? 1000 : 0);
    answer_count(answer, figures->has_odometer, figures->odometer_km);
    answer_count(answer, figures->planned, (int64_t)figures->stops);
    answer_count(answer, figures->planned, (int64_t)figures->kept);
    projection_answer_ratio(answer, figures->kept, figures->stops);
    projection_answer_ratio(answer, figures->in_order, figures->stops);
    projection_answer_integer(answer, (int64_t)figures->visits);
    projection_answer_ratio(answer, figures->field_micros, minute);
    projection_answer_ratio(answer, figures->face_micros, minute);
    projection_answer_ratio(answer, figures->field_micros - figures->face_micros,
                            figures->has_field ? figures->field_micros : 0);
    projection_answer_integer(answer, (int64_t)figures->samples);
    projection_answer_integer(answer, (int64_t)figures->accepted);
    answer_count(answer, figures->planned, (int64_t)figures->unplaced);
}
