// One visit from its facts.
//
// Who was there, and on which day, one fact says that is of both: so each visit is counted once,
// under the row of DAY_FACTS that this fact has. Checks that another made, or on another day, fit
// no figure of that day.
#include "visits.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/ids.h"
#include "runtime/order.h"

static bool is_exact(const struct visit_fact *fact) {
    return fact->begin.when == LEDGER_WHEN_INSTANT;
}

// ---- reading
static int by_time(const void *a, const void *b) {
    const struct visit_fact *left = a;
    const struct visit_fact *right = b;
    return projection_fact_order(&left->occurred, left->position, &right->occurred,
                                 right->position);
}

static bool list_facts(struct visit_reader *reader, struct visit *visit) {
    struct projection_key prefix = {0};
    struct projection_row row;
    projection_key_text(&prefix, visit->id);
    struct projection_cursor *cursor = projection_scan(reader->view, VISIT_FACTS, &prefix, false);
    bool room = true;
    while (room && projection_next(cursor, &row)) {
        room =
            projection_grow(projection_view_arena(reader->view), &reader->facts, &reader->capacity,
                            reader->kept + visit->count, sizeof(struct visit_fact));
        if (room)
            reader->facts[reader->kept + visit->count++] = visit_fact_read(&row);
    }
    projection_scan_end(cursor);
    if (!visit->count)
        return room;
    visit->facts = reader->facts + reader->kept;
    qsort(visit->facts, visit->count, sizeof(struct visit_fact), by_time);
    return room;
}

// When the list is moved to grow, what it held stays where it was: the arena frees nothing. So
// visits kept before go on pointing to good facts.
void visit_keep(struct visit_reader *reader, const struct visit *visit) {
    reader->kept += visit->count;
}

// ---- who, and of which client
static bool precedes(const struct visit_fact *a, const struct visit_fact *b) {
    return a->begin.micros < b->begin.micros ||
           (a->begin.micros == b->begin.micros && a->position < b->position);
}

// The first check of that kind by its own time, of whoever if `rep` is NULL.
static const struct visit_fact *first_check(const struct visit *visit, enum visit_fact_kind kind,
                                            const char *rep) {
    const struct visit_fact *first = NULL;
    for (size_t i = 0; i < visit->count; i++) {
        const struct visit_fact *fact = &visit->facts[i];
        if (fact->kind == kind && is_exact(fact) && (!rep || strcmp(fact->actor, rep) == 0) &&
            (!first || precedes(fact, first)))
            first = fact;
    }
    return first;
}

// A check without an exact time, of whoever if `rep` is NULL.
static const struct visit_fact *inexact_check(const struct visit *visit, const char *rep) {
    for (size_t i = 0; i < visit->count; i++) {
        const struct visit_fact *fact = &visit->facts[i];
        if ((fact->kind == VISIT_CHECKED_IN || fact->kind == VISIT_CHECKED_OUT) &&
            (!rep || strcmp(fact->actor, rep) == 0))
            return fact;
    }
    return NULL;
}

static void find_report(struct visit *visit) {
    for (size_t i = 0; i < visit->count; i++)
        if (visit->facts[i].kind == VISIT_REPORTED) {
            visit->contradictions.of[REPORTED_TWICE] += visit->report != NULL;
            if (!visit->report)
                visit->report = &visit->facts[i];
        }
}

static void find_rep(struct visit *visit) {
    const struct visit_fact *fact = visit->report;
    if (!fact)
        fact = first_check(visit, VISIT_CHECKED_IN, NULL);
    if (!fact)
        fact = first_check(visit, VISIT_CHECKED_OUT, NULL);
    if (!fact)
        fact = inexact_check(visit, NULL);
    for (size_t i = 0; i < visit->count && !fact; i++)
        if (visit->facts[i].kind == VISIT_PLANNED)
            fact = &visit->facts[i];
    visit->rep = fact ? fact->actor : PROJECTION_NOBODY;
}

static void find_own(struct visit *visit) {
    visit->own = first_check(visit, VISIT_CHECKED_IN, visit->rep);
    if (!visit->own && visit->report && day_of(&visit->report->begin) != NO_DAY)
        visit->own = visit->report;
    if (!visit->own)
        visit->own = first_check(visit, VISIT_CHECKED_OUT, visit->rep);
    if (!visit->own)
        visit->own = visit->report ? visit->report : inexact_check(visit, visit->rep);
    visit->day = visit->own ? day_of(&visit->own->begin) : NO_DAY;
    visit->contradictions.of[REPORT_ON_OTHER_DAY] += visit->own && visit->report &&
                                                     day_of(&visit->report->begin) != NO_DAY &&
                                                     day_of(&visit->report->begin) != visit->day;
}

static void find_client(struct projection_view *view, struct visit *visit) {
    const char *planned = NULL;
    for (size_t i = 0; i < visit->count; i++)
        if (visit->facts[i].client && visit->facts[i].kind == VISIT_PLANNED)
            planned = visit->facts[i].client;
        else if (visit->facts[i].client && !visit->client)
            visit->client = visit->facts[i].client;
    if (visit->report && visit->report->client)
        visit->client = visit->report->client;
    else if (planned)
        visit->client = planned;
    visit->contradictions.of[OTHER_CLIENT] +=
        planned && visit->client &&
        !projection_view_is_client(view, planned, projection_view_client(view, visit->client));
    if (visit->client)
        visit->client = projection_view_client(view, visit->client);
}

// ---- checks
// Whether the check is the representative's, with a time; else it is counted as what it is. One by
// nobody in particular is taken for the representative's.
static bool check_counts(struct visit *visit, const struct visit_fact *fact) {
    bool by_other =
        strcmp(fact->actor, visit->rep) != 0 && strcmp(fact->actor, PROJECTION_NOBODY) != 0;
    visit->contradictions.of[CHECK_BY_OTHER] += by_other;
    visit->contradictions.of[CHECK_WITHOUT_TIME] += !by_other && !is_exact(fact);
    return !by_other && is_exact(fact);
}

static void find_in(struct visit *visit) {
    for (size_t i = 0; i < visit->count; i++) {
        const struct visit_fact *fact = &visit->facts[i];
        if (fact->kind != VISIT_CHECKED_IN || !check_counts(visit, fact))
            continue;
        if (day_of(&fact->begin) != visit->day) {
            visit->contradictions.of[CHECK_ON_OTHER_DAY]++;
            continue;
        }
        visit->contradictions.of[CHECKED_IN_TWICE] += visit->in != NULL;
        if (!visit->in || precedes(fact, visit->in))
            visit->in = fact;
    }
}

static void find_out(struct visit *visit) {
    uint64_t *counts = visit->contradictions.of;
    for (size_t i = 0; i < visit->count; i++) {
        const struct visit_fact *fact = &visit->facts[i];
        if (fact->kind != VISIT_CHECKED_OUT || !check_counts(visit, fact))
            continue;
        int64_t since = visit->in ? fact->begin.micros - visit->in->begin.micros : 0;
        if (!visit->in) {
            counts[NO_CHECK_IN]++;
        } else if (since < 0) {
            counts[OUT_BEFORE_IN]++;
        } else if (since > LEDGER_MICROS_PER_DAY) {
            counts[OUT_TOO_LATE]++;
        } else {
            counts[CHECKED_OUT_TWICE] += visit->out != NULL;
            if (!visit->out || precedes(fact, visit->out))
                visit->out = fact;
        }
    }
    counts[NO_CHECK_OUT] += visit->in && !visit->out;
}

// ---- plan and verdict
static void follow_plan(struct visit *visit) {
    bool called_off = false;
    visit->when = ledger_moment_unknown();
    for (size_t i = 0; i < visit->count; i++) {
        const struct visit_fact *fact = &visit->facts[i];
        called_off |= fact->kind == VISIT_CANCELLED || fact->kind == VISIT_NOT_HELD;
        if (fact->kind == VISIT_CANCELLED)
            visit->plan = IS_CANCELLED;
        else if (fact->kind == VISIT_NOT_HELD)
            visit->plan = WAS_NOT_HELD;
        else if (fact->kind == VISIT_PLANNED || fact->kind == VISIT_RESCHEDULED) {
            visit->plan = IS_PLANNED;
            visit->when = fact->begin;
        } else if (fact->kind == VISIT_FLAGGED) {
            visit->flagged = fact;
        } else if (fact->kind == VISIT_VERIFIED || fact->kind == VISIT_REJECTED) {
            visit->verdict = fact;
        }
    }
    visit->contradictions.of[REPORTED_AND_CANCELLED] += called_off && visit->report;
}

bool visit_read(struct visit_reader *reader, const char *id, struct visit *visit) {
    *visit = (struct visit){.id = id, .rep = PROJECTION_NOBODY, .day = NO_DAY};
    if (!list_facts(reader, visit))
        return false;
    find_report(visit);
    find_rep(visit);
    find_own(visit);
    find_client(reader->view, visit);
    find_in(visit);
    find_out(visit);
    follow_plan(visit);
    if (visit->report && is_exact(visit->report))
        visit->contradictions.of[REPORT_ENDS_FIRST] +=
            visit->report->end.when == LEDGER_WHEN_INSTANT &&
            visit->report->end.micros < visit->report->begin.micros;
    return true;
}

// ---- times
// As reported, if both are exact and in order.
static bool is_reported_span(const struct visit *visit) {
    const struct visit_fact *report = visit->report;
    return report && is_exact(report) && report->end.when == LEDGER_WHEN_INSTANT &&
           report->begin.micros <= report->end.micros &&
           report->end.micros - report->begin.micros <= LEDGER_MICROS_PER_DAY &&
           day_of(&report->begin) == visit->day;
}

bool visit_begin(const struct visit *visit, struct ledger_moment *begin) {
    const struct visit_fact *fact = visit->in ? visit->in : visit->report;
    if (!fact || !is_exact(fact) || day_of(&fact->begin) != visit->day)
        return false;
    *begin = fact->begin;
    return true;
}

bool visit_end(const struct visit *visit, struct ledger_moment *end) {
    if (visit->out)
        *end = visit->out->begin;
    else if (!visit->in && is_reported_span(visit))
        *end = visit->report->end;
    else
        return false;
    return true;
}

struct visit_case visit_case_of(struct projection_view *view, const struct visit *visit) {
    struct ledger_moment begin, end;
    struct visit_case known = {.id = visit->id,
                               .reported = visit->report && visit->report->face_to_face,
                               .has_begin = visit_begin(visit, &begin),
                               .has_end = visit_end(visit, &end)};
    if (known.has_begin)
        known.begin = begin.micros;
    if (known.has_end)
        known.end = end.micros;
    if (visit->own)
        known.client = client_place(view, visit->client, &visit->own->begin);
    if (visit->in) {
        known.arrived = visit->in->place;
        known.accuracy_m = visit->in->has_accuracy ? visit->in->accuracy_m : 0;
        known.measured = visit->in->has_distance;
        known.measured_m = visit->in->distance_m;
        known.mock_checks += visit->in->mock;
    }
    if (visit->out) {
        known.left = visit->out->place;
        known.mock_checks += visit->out->mock;
    }
    if (visit->report) {
        known.assessed = visit->report->assessed;
        known.delay_seconds = visit->report->delay_seconds;
    }
    return known;
}
