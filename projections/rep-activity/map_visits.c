// Facts of visits as rows, and how those are read again: each value is written and read in the same
// order. The local day is the fact's own; the delay is worked out here, since it needs the
// envelope.
#include "rep_activity.h"

#include <string.h>

#include "facts/v1/communication.pb-c.h"
#include "facts/v1/visit.pb-c.h"
#include "runtime/amounts.h"

const char *client_of(const struct projection_fact *fact, const char *client_id) {
    return client_id ? client_id : projection_subject(fact->record, "client");
}

// ---- moments
static void value_moment(struct ledger_buffer *value, const struct ledger_moment *moment) {
    bool instant = moment->when == LEDGER_WHEN_INSTANT;
    projection_value_number(value, moment->when);
    projection_value_number(value, instant ? moment->micros : moment->day);
    projection_value_number(value, instant ? moment->offset_minutes : 0);
}

static struct ledger_moment read_moment(struct projection_reader *reader) {
    enum ledger_when when = (enum ledger_when)projection_read_number(reader);
    int64_t number = projection_read_number(reader);
    int32_t offset = (int32_t)projection_read_number(reader);
    if (when == LEDGER_WHEN_UNKNOWN)
        return ledger_moment_unknown();
    return when == LEDGER_WHEN_DATE ? ledger_moment_date((int32_t)number)
                                    : ledger_moment_instant(number, offset);
}

static struct ledger_moment moment_of(const Ledger__V1__Instant *instant,
                                      const Ledger__V1__Date *date) {
    if (instant)
        return ledger_moment_instant(instant->micros, instant->utc_offset_minutes);
    return date ? ledger_moment_date(date->days) : ledger_moment_unknown();
}

// ---- what happens to a visit
// What only a report has.
static void value_report(struct ledger_buffer *value, const Facts__V1__VisitReported *report) {
    projection_value_number(value, (int64_t)report->n_details);
    for (size_t i = 0; i < report->n_details; i++) {
        const Facts__V1__VisitReported__Detail *detail = report->details[i];
        projection_value_text(value, detail->product_id);
        projection_value_number(value, detail->has_order ? detail->order : (int64_t)i + 1);
    }
    projection_value_number(value, (int64_t)report->n_samples);
    for (size_t i = 0; i < report->n_samples; i++) {
        const Facts__V1__VisitReported__Sample *sample = report->samples[i];
        projection_value_text(value, sample->product_id);
        projection_value_text(value, sample->lot);
        projection_value_number(value, sample->qty);
    }
    projection_value_text(value, report->agreements);
    projection_value_text(value, report->next_step);
}

// `report` is NULL unless the fact is one.
static void put_visit_fact(struct projection_rows *rows, const char *visit_id,
                           const struct visit_fact *fact, const Facts__V1__VisitReported *report) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, visit_id);
    projection_value_number(value, fact->kind);
    projection_value_text(value, fact->rep);
    projection_value_text(value, fact->client);
    projection_value_text(value, fact->word);
    projection_value_text(value, fact->result);
    projection_value_text(value, fact->territory);
    projection_value_number(value, fact->channel);
    value_moment(value, &fact->start);
    if (report)
        value_report(value, report);
    projection_rows_put(rows, VISIT_FACTS, &key, ledger_buffer_span(value));
}

// False when out of memory.
static bool read_details(struct projection_reader *reader, struct ledger_arena *arena,
                         struct visit_fact *fact) {
    fact->detail_count = (size_t)projection_read_number(reader);
    if (!fact->detail_count)
        return true;
    fact->details = ledger_arena_calloc(arena, fact->detail_count * sizeof *fact->details);
    for (size_t i = 0; i < fact->detail_count && fact->details; i++) {
        fact->details[i].product = projection_read_text(reader);
        fact->details[i].order = projection_read_number(reader);
    }
    return fact->details;
}

static bool read_samples(struct projection_reader *reader, struct ledger_arena *arena,
                         struct visit_fact *fact) {
    fact->sample_count = (size_t)projection_read_number(reader);
    if (!fact->sample_count)
        return true;
    fact->samples = ledger_arena_calloc(arena, fact->sample_count * sizeof *fact->samples);
    for (size_t i = 0; i < fact->sample_count && fact->samples; i++) {
        fact->samples[i].product = projection_read_text(reader);
        fact->samples[i].lot = projection_read_text(reader);
        fact->samples[i].qty = projection_read_number(reader);
    }
    return fact->samples;
}

bool visit_fact_read(struct ledger_span value, struct ledger_arena *arena,
                     struct visit_fact *fact) {
    struct projection_reader reader = {value};
    *fact = (struct visit_fact){.kind = (enum visit_fact_kind)projection_read_number(&reader)};
    fact->rep = projection_read_text(&reader);
    fact->client = projection_read_text(&reader);
    fact->word = projection_read_text(&reader);
    fact->result = projection_read_text(&reader);
    fact->territory = projection_read_text(&reader);
    fact->channel = projection_read_number(&reader);
    fact->start = read_moment(&reader);
    if (!read_details(&reader, arena, fact) || !read_samples(&reader, arena, fact))
        return false;
    fact->agreements = projection_read_text(&reader);
    fact->next_step = projection_read_text(&reader);
    return true;
}

static enum ledger_err no_visit(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.visit_id",
                       "the fact names no visit");
}

static void put_tie(struct projection_rows *rows, const char *rep,
                    const struct ledger_moment *moment, const char *visit_id) {
    struct projection_key key = {0};
    projection_key_text(&key, rep);
    projection_key_day(&key, moment->when == LEDGER_WHEN_UNKNOWN ? INT32_MIN : moment->day);
    projection_key_text(&key, visit_id);
    projection_rows_put(rows, TIES, &key, (struct ledger_span){0});
}

static void put_move(struct projection_rows *rows, const struct ledger_moment *moment,
                     const char *visit_id) {
    struct projection_key key = {0};
    if (moment->when == LEDGER_WHEN_UNKNOWN)
        return;
    projection_key_day(&key, moment->day);
    projection_key_text(&key, visit_id);
    projection_rows_put(rows, MOVES, &key, (struct ledger_span){0});
}

static const char *territory_of(const struct projection_fact *fact) {
    return fact->record->event->territory;
}

enum ledger_err map_planned(const struct projection_fact *fact, struct projection_rows *rows,
                            struct ledger_error *error) {
    const Facts__V1__VisitPlanned *planned = (const Facts__V1__VisitPlanned *)fact->payload;
    const char *rep = planned->employee_id ? planned->employee_id : projection_actor(fact);
    if (!planned->visit_id)
        return no_visit(error);
    const struct ledger_moment start = moment_of(planned->start, planned->date);
    put_visit_fact(rows, planned->visit_id,
                   &(struct visit_fact){.kind = VISIT_PLANNED,
                                        .rep = rep,
                                        .client = client_of(fact, planned->client_id),
                                        .word = planned->kind,
                                        .territory = territory_of(fact),
                                        .channel = planned->channel ? planned->channel
                                                                    : FACTS__V1__CHANNEL__MEETING,
                                        .start = start},
                   NULL);
    put_tie(rows, rep, &start, planned->visit_id);
    return LEDGER_E_OK;
}

enum ledger_err map_rescheduled(const struct projection_fact *fact, struct projection_rows *rows,
                                struct ledger_error *error) {
    const Facts__V1__VisitRescheduled *moved = (const Facts__V1__VisitRescheduled *)fact->payload;
    if (!moved->visit_id)
        return no_visit(error);
    const struct ledger_moment start = moment_of(moved->new_start, moved->new_date);
    put_visit_fact(rows, moved->visit_id,
                   &(struct visit_fact){.kind = VISIT_RESCHEDULED,
                                        .rep = projection_actor(fact),
                                        .word = moved->reason,
                                        .start = start},
                   NULL);
    put_tie(rows, projection_actor(fact), &start, moved->visit_id);
    put_move(rows, &start, moved->visit_id);
    return LEDGER_E_OK;
}

enum ledger_err map_cancelled(const struct projection_fact *fact, struct projection_rows *rows,
                              struct ledger_error *error) {
    const Facts__V1__VisitCancelled *cancelled = (const Facts__V1__VisitCancelled *)fact->payload;
    bool not_held = cancelled->kind == FACTS__V1__VISIT_CANCELLED__KIND__NOT_HELD;
    if (!cancelled->visit_id)
        return no_visit(error);
    put_visit_fact(rows, cancelled->visit_id,
                   &(struct visit_fact){.kind = not_held ? VISIT_NOT_HELD : VISIT_CANCELLED,
                                        .rep = projection_actor(fact),
                                        .word = cancelled->reason},
                   NULL);
    put_tie(rows, projection_actor(fact), &fact->occurred, cancelled->visit_id);
    return LEDGER_E_OK;
}

// ---- reports
static int64_t seconds_of(const Facts__V1__VisitReported *visit) {
    if (!visit->started || !visit->ended || visit->ended->micros < visit->started->micros)
        return 0;
    return (visit->ended->micros - visit->started->micros) / 1000000;
}

static void put_visit_row(const struct projection_fact *fact, const Facts__V1__VisitReported *visit,
                          const char *client, int64_t channel, struct projection_rows *rows) {
    struct projection_key key = {0};
    int64_t delay = 0;
    bool assessed = projection_entry_delay(fact, &delay);
    projection_key_text(&key, projection_actor(fact));
    projection_key_text(&key, client);
    projection_key_day(&key, fact->occurred.day);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, visit->visit_id);
    projection_value_text(value, visit->kind);
    projection_value_text(value, visit->result_code);
    projection_value_number(value, assessed);
    projection_value_number(value, delay);
    projection_value_number(value, channel);
    projection_value_number(value, seconds_of(visit));
    projection_rows_put(rows, VISITS, &key, ledger_buffer_span(value));
}

struct visit_row visit_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct visit_row row;
    row.visit_id = projection_read_text(&reader);
    row.kind = projection_read_text(&reader);
    row.result = projection_read_text(&reader);
    row.assessed = projection_read_number(&reader);
    row.delay_seconds = projection_read_number(&reader);
    row.channel = projection_read_number(&reader);
    row.seconds = projection_read_number(&reader);
    return row;
}

enum ledger_err map_visit(const struct projection_fact *fact, struct projection_rows *rows,
                          struct ledger_error *error) {
    const Facts__V1__VisitReported *visit = (const Facts__V1__VisitReported *)fact->payload;
    struct visit_fact report = {.kind = VISIT_REPORTED,
                                .rep = projection_actor(fact),
                                .client = client_of(fact, visit->client_id),
                                .word = visit->kind,
                                .result = visit->result_code,
                                .territory = territory_of(fact),
                                .channel =
                                    visit->channel ? visit->channel : FACTS__V1__CHANNEL__MEETING};
    if (!visit->visit_id)
        return no_visit(error);
    if (!report.client)
        return ledger_fail(error, LEDGER_E_MISSING_SUBJECT, "subjects", "the visit has no client");
    for (size_t i = 0; i < visit->n_samples; i++) {
        enum ledger_err err =
            projection_check_packs(visit->samples[i]->qty, "payload.samples.qty", error);
        if (err)
            return err;
    }
    put_visit_row(fact, visit, report.client, report.channel, rows);
    put_visit_fact(rows, visit->visit_id, &report, visit);
    put_tie(rows, report.rep, &fact->occurred, visit->visit_id);
    struct projection_key key = {0};
    projection_key_text(&key, report.client);
    projection_rows_put(rows, CLIENT_VISITS, &key, (struct ledger_span){0});
    return LEDGER_E_OK;
}

// ---- two on one visit
static void put_joint(struct projection_rows *rows, const char *employee, const char *visit_id,
                      const struct joint_row *row, const Facts__V1__JointVisitRecorded *joint) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, employee);
    projection_key_text(&key, visit_id);
    projection_value_text(value, row->rep);
    projection_value_text(value, row->companion);
    projection_value_text(value, row->actor);
    projection_value_number(value, row->role);
    projection_value_number(value, (int64_t)joint->n_scores);
    for (size_t i = 0; i < joint->n_scores; i++) {
        projection_value_text(value, joint->scores[i]->criterion);
        projection_value_number(value, joint->scores[i]->score);
    }
    projection_rows_put(rows, JOINTS, &key, ledger_buffer_span(value));
}

bool joint_row_read(struct ledger_span value, struct ledger_arena *arena, struct joint_row *row) {
    struct projection_reader reader = {value};
    *row = (struct joint_row){0};
    row->rep = projection_read_text(&reader);
    row->companion = projection_read_text(&reader);
    row->actor = projection_read_text(&reader);
    row->role = (enum joint_role)projection_read_number(&reader);
    row->score_count = (size_t)projection_read_number(&reader);
    if (!row->score_count)
        return true;
    row->scores = ledger_arena_calloc(arena, row->score_count * sizeof *row->scores);
    for (size_t i = 0; i < row->score_count && row->scores; i++) {
        row->scores[i].criterion = projection_read_text(&reader);
        row->scores[i].score = projection_read_number(&reader);
    }
    return row->scores;
}

enum ledger_err map_joint(const struct projection_fact *fact, struct projection_rows *rows,
                          struct ledger_error *error) {
    const Facts__V1__JointVisitRecorded *joint =
        (const Facts__V1__JointVisitRecorded *)fact->payload;
    const char *rep = joint->rep_id ? joint->rep_id : projection_actor(fact);
    struct joint_row row = {.rep = rep,
                            .companion = joint->companion_id,
                            .actor = projection_actor(fact),
                            .role = (enum joint_role)joint->role};
    if (!joint->visit_id || !joint->companion_id)
        return no_visit(error);
    put_joint(rows, rep, joint->visit_id, &row, joint);
    if (strcmp(rep, joint->companion_id) != 0)
        put_joint(rows, joint->companion_id, joint->visit_id, &row, joint);
    return LEDGER_E_OK;
}
