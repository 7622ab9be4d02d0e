#include "visit.h"

enum { ACCURACY_M = 10, DETAILS = 2, AMENDED_AFTER_DAYS_MAX = 3 };

void visit_id_of(struct world *world, char id[ID_SIZE]) {
    (void)snprintf(id, ID_SIZE, "visit-%07llu", (unsigned long long)++world->visit_count);
}

static struct fact fact_of(const struct world *world, const struct visit *visit, const char *type,
                           int64_t occurred, int64_t delay) {
    const struct rep *rep = &world->reps[visit->rep];
    return (struct fact){.type = type,
                         .category = "visit",
                         .id = visit->id,
                         .occurred = occurred,
                         .recorded = visit->synced ? visit->synced : occurred + delay,
                         .actor = rep->id,
                         .subjects = {{"visit", visit->id, NULL},
                                      {"client", world->clients[visit->client].id, NULL}},
                         .territory = rep->territory};
}

static void put_checks(struct world *world, const struct visit *visit) {
    struct fact in = fact_of(world, visit, "VisitCheckedIn", visit->begin, 5);
    in.payload = json_pack("{s:s,s:o,s:o,s:i,s:b}", "visitId", visit->id, "at",
                           value_instant(visit->begin), "geo", value_point(visit->place),
                           "accuracyM", ACCURACY_M, "mock", visit->invention == MOCK);
    outbox_put(&world->outbox, &in, NULL);
    struct fact out = fact_of(world, visit, "VisitCheckedOut", visit->end, 5);
    out.payload =
        json_pack("{s:s,s:o,s:o,s:i,s:b}", "visitId", visit->id, "at", value_instant(visit->end),
                  "geo", value_point(visit->place), "accuracyM", ACCURACY_M, "mock", 0);
    outbox_put(&world->outbox, &out, NULL);
}

// ---- the report
static json_t *details_of(struct world *world) {
    static const char *const reactions[] = {"interested", "neutral", "declined"};
    json_t *list = json_array();
    uint64_t first = chance_below(&world->chance, PRODUCTS);
    for (int i = 0; i < DETAILS; i++)
        value_add(&list, json_pack("{s:s,s:i,s:s}", "productId",
                                   product_ids[(first + (uint64_t)i) % PRODUCTS], "order", i + 1,
                                   "reaction", reactions[chance_below(&world->chance, 3)]));
    return list;
}

static json_t *report_of(struct world *world, const struct visit *visit) {
    static const char *const results[] = {"talked", "agreed", "no-decision"};
    return json_pack("{s:s,s:s,s:s,s:o,s:o,s:s,s:o}", "visitId", visit->id, "clientId",
                     world->clients[visit->client].id, "channel", "MEETING", "started",
                     value_instant(visit->begin), "ended", value_instant(visit->end), "resultCode",
                     results[chance_below(&world->chance, 3)], "details", details_of(world));
}

// A correction and a retraction come a few days later, from whoever reported.
static void put_amendment(struct world *world, const struct visit *visit, const char *event,
                          int64_t at, json_t *payload, const char *type, const char *reason) {
    struct fact fact = fact_of(world, visit, type, at, 0);
    fact.recorded = at;
    fact.payload = payload;
    fact.corrects = event;
    fact.reason = reason;
    outbox_put(&world->outbox, &fact, NULL);
}

// Consumes the report.
static void put_correction(struct world *world, const struct visit *visit, const char *event,
                           int64_t at, json_t *report) {
    value_put(&report, "resultCode", json_string("corrected"));
    put_amendment(world, visit, event, at,
                  json_pack("{s:s,s:o}", "type", "VisitReported", "payload", report),
                  "FactCorrected", "the result was entered wrongly");
    truth_list(&world->truth, "visits_corrected", NULL, visit->id);
}

static void put_retraction(struct world *world, const struct visit *visit, const char *event,
                           int64_t at) {
    put_amendment(world, visit, event, at, json_object(), "FactRetracted",
                  "the visit was reported by mistake");
    truth_list(&world->truth, "visits_retracted", NULL, visit->id);
}

static void put_truth(struct world *world, const struct visit *visit) {
    static const char *const rules[INVENTIONS] = {[TOO_SHORT] = "too_short",
                                                  [TOO_FAR] = "too_far",
                                                  [OVERLAPPING] = "overlapping",
                                                  [IMPOSSIBLE_SPEED] = "impossible_speed",
                                                  [MOCK] = "mock_location"};
    struct truth *truth = &world->truth;
    truth_count(truth, "visits_by_rep", world->reps[visit->rep].id, 1);
    if (visit->invention != HONEST)
        truth_list(truth, "visits_flagged", rules[visit->invention], visit->id);
    if (!visit->synced)
        return;
    json_t *month = value_month(day_of(visit->begin));
    truth_list(truth, "visits_flagged", "back_dated", visit->id);
    truth_list(truth, "visits_late", json_string_value(month), visit->id);
    json_decref(month);
}

void visit_put(struct world *world, const struct visit *visit) {
    char event[EVENT_ID_SIZE];
    int64_t delay = visit->end - visit->begin + chance_between(&world->chance, 120, 1800);
    struct fact fact = fact_of(world, visit, "VisitReported", visit->begin, delay);
    json_t *report = report_of(world, visit);
    put_checks(world, visit);
    fact.payload = json_incref(report);
    outbox_put(&world->outbox, &fact, event);
    const int64_t amended = at_time(
        day_of(fact.recorded) + (int)chance_between(&world->chance, 1, AMENDED_AFTER_DAYS_MAX), 8,
        30);
    bool plain = visit->invention == HONEST && !visit->joint && !visit->synced &&
                 world_runs_at(world, amended);
    uint64_t roll = chance_below(&world->chance, 100);
    if (plain && roll == 0) {
        put_retraction(world, visit, event, amended);
    } else {
        put_truth(world, visit);
        if (plain && roll < 3)
            put_correction(world, visit, event, amended, json_incref(report));
    }
    json_decref(report);
}

// ---- two on one visit: both record it, or only one of them does
void visit_put_joint(struct world *world, const struct visit *visit) {
    const struct rep *rep = &world->reps[visit->rep];
    const char *manager = manager_of(world, rep);
    int who = (int)(world->joint_count++ % 3); // 0: both, 1: the companion, 2: the representative
    for (int i = 1; i <= 2; i++) {
        if (who != 0 && who != i)
            continue;
        struct fact fact = fact_of(world, visit, "JointVisitRecorded", visit->begin, 0);
        fact.recorded = at_time(world->today, 19, i);
        fact.actor = i == 1 ? manager : rep->id;
        fact.payload = json_pack("{s:s,s:s,s:s,s:s}", "visitId", visit->id, "repId", rep->id,
                                 "companionId", manager, "role", "COACH");
        if (i == 1)
            value_put(&fact.payload, "scores",
                      json_pack("[{s:s,s:i}]", "criterion", "opening", "score",
                                (int)chance_between(&world->chance, 1, 5)));
        outbox_put(&world->outbox, &fact, NULL);
    }
    truth_list(&world->truth, who == 0 ? "joint_by_both" : "joint_by_one", NULL, visit->id);
}
