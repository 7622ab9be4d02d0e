// Whether reported visits can be believed: how many are, by representative, and what flags the
// rest.
#include <string.h>

#include "judge.h"
#include "runtime/ids.h"

#define COUNT_COLUMNS                                                                              \
    {"reported", "Visits reported", PROJECTION_INTEGER},                                           \
        {"verified", "Verified", PROJECTION_INTEGER},                                              \
        {"verified_share", "Share verified", PROJECTION_RATIO},                                    \
        {"flagged", "Flagged", PROJECTION_INTEGER}, {"rejected", "Rejected", PROJECTION_INTEGER},  \
        {"unproven", "Unproven", PROJECTION_INTEGER},                                              \
        {"too_short", "Too short", PROJECTION_INTEGER},                                            \
        {"too_far", "Too far", PROJECTION_INTEGER},                                                \
        {"overlapping", "Overlapping", PROJECTION_INTEGER},                                        \
        {"impossible_speed", "Impossible speed", PROJECTION_INTEGER},                              \
        {"mock_location", "Simulated place", PROJECTION_INTEGER},                                  \
        {"back_dated", "Entered late", PROJECTION_INTEGER},                                        \
        {"too_many", "Too many a day", PROJECTION_INTEGER},                                        \
        {"not_face_to_face", "Reported visits not face to face", PROJECTION_INTEGER,               \
         .detail = true},                                                                          \
    {                                                                                              \
        "visits_unknown_time", "Visits at an unknown time", PROJECTION_INTEGER, .detail = true     \
    }

static const struct projection_column rep_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    COUNT_COLUMNS,
};
static const struct projection_column total_columns[] = {
    {"reps", "Representatives", PROJECTION_INTEGER},
    COUNT_COLUMNS,
};
static const struct projection_column flag_columns[] = {
    {"visit", "Visit", PROJECTION_ID},
    {"day", "Day", PROJECTION_DATE},
    {"rep", "Representative", PROJECTION_ID},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"stands", "Stands as", PROJECTION_TEXT},
    FLAG_COLUMNS,
};
static const struct projection_column rule_columns[] = {
    {"rule", "Rule", PROJECTION_TEXT},
    {"meaning", "Meaning", PROJECTION_TEXT},
    {"visits", "Visits it flags", PROJECTION_INTEGER},
};

struct tally {
    const char *rep;
    uint64_t reported, standings[STANDINGS], rules[VISIT_RULES];
    uint64_t not_face_to_face, unknown_time;
};

struct flagged_visit {
    const char *visit, *rep, *client;
    int32_t day;
    enum standing standing;
    bool by_rule; // else by a verdict alone
    struct visit_flag flag;
    const struct norm *norm;
    const char *rule, *evidence; // of the verdict
};

struct verification {
    struct projection_view *view;
    struct judge judge;
    bool listing;
    struct tally *tallies;
    size_t tally_count, tally_capacity;
    struct flagged_visit *flagged;
    size_t flagged_count, flagged_capacity;
    struct contradiction_counts contradictions;
};

static struct tally *tally_of(struct verification *verification, const char *rep) {
    size_t count = verification->tally_count;
    if (count && strcmp(verification->tallies[count - 1].rep, rep) == 0)
        return &verification->tallies[count - 1];
    if (!projection_grow(projection_view_arena(verification->view), &verification->tallies,
                         &verification->tally_capacity, count, sizeof(struct tally)))
        return NULL;
    verification->tally_count++;
    verification->tallies[count] = (struct tally){.rep = rep};
    return &verification->tallies[count];
}

// ---- judging
static struct flagged_visit *list(struct verification *verification, const struct visit *visit,
                                  enum standing standing) {
    if (!projection_grow(projection_view_arena(verification->view), &verification->flagged,
                         &verification->flagged_capacity, verification->flagged_count,
                         sizeof(struct flagged_visit)))
        return NULL;
    struct flagged_visit *flagged = &verification->flagged[verification->flagged_count++];
    *flagged = (struct flagged_visit){.visit = visit->id,
                                      .rep = visit->rep,
                                      .client = visit->client,
                                      .day = visit->day,
                                      .standing = standing};
    return flagged;
}

static bool list_flags(struct verification *verification, const struct visit *visit,
                       const struct judgement *judgement) {
    for (size_t i = 0; i < judgement->count; i++) {
        struct flagged_visit *flagged = list(verification, visit, judgement->standing);
        if (!flagged)
            return false;
        flagged->by_rule = true;
        flagged->flag = judgement->flags[i];
        flagged->norm = verification->judge.norms[judgement->flags[i].rule];
    }
    if (judgement->count || !visit->flagged)
        return true;
    struct flagged_visit *flagged = list(verification, visit, judgement->standing);
    if (!flagged)
        return false;
    flagged->rule = visit->flagged->rule;
    flagged->evidence = visit->flagged->text;
    return true;
}

static bool add_visit(struct verification *verification, struct tally *tally,
                      const struct visit *visit, size_t index) {
    if (!visit->report)
        return true;
    if (!visit->report->face_to_face) {
        tally->not_face_to_face++;
        return true;
    }
    const struct judgement judgement = judge_visit(&verification->judge, visit, index);
    tally->reported++;
    tally->standings[judgement.standing]++;
    for (size_t i = 0; i < judgement.count; i++)
        tally->rules[judgement.flags[i].rule]++;
    return !verification->listing || list_flags(verification, visit, &judgement);
}

static bool add_day(struct verification *verification, const struct field_day *day) {
    struct tally *tally = NULL;
    contradictions_add(&verification->contradictions, &day->contradictions);
    for (size_t i = 0; i < day->visit_count && !tally; i++)
        if (day->visits[i].report && !(tally = tally_of(verification, day->rep)))
            return false;
    if (!tally)
        return true;
    if (day->day == NO_DAY) {
        tally->unknown_time += day->visit_count;
        return true;
    }
    if (!judge_day(&verification->judge, day))
        return false;
    for (size_t i = 0; i < day->visit_count; i++)
        if (!add_visit(verification, tally, &day->visits[i], i))
            return false;
    return true;
}

// ---- the answer
static void answer_tally(struct projection_answer *answer, const struct tally *tally) {
    projection_answer_integer(answer, (int64_t)tally->reported);
    projection_answer_integer(answer, (int64_t)tally->standings[STANDS_VERIFIED]);
    projection_answer_ratio(answer, tally->standings[STANDS_VERIFIED], tally->reported);
    projection_answer_integer(answer, (int64_t)tally->standings[STANDS_FLAGGED]);
    projection_answer_integer(answer, (int64_t)tally->standings[STANDS_REJECTED]);
    projection_answer_integer(answer, (int64_t)tally->standings[STANDS_UNPROVEN]);
    for (size_t i = 0; i < VISIT_RULES; i++)
        projection_answer_integer(answer, (int64_t)tally->rules[i]);
    projection_answer_integer(answer, (int64_t)tally->not_face_to_face);
    projection_answer_integer(answer, (int64_t)tally->unknown_time);
}

static void tally_add(struct tally *sum, const struct tally *tally) {
    sum->reported += tally->reported;
    for (size_t i = 0; i < STANDINGS; i++)
        sum->standings[i] += tally->standings[i];
    for (size_t i = 0; i < VISIT_RULES; i++)
        sum->rules[i] += tally->rules[i];
    sum->not_face_to_face += tally->not_face_to_face;
    sum->unknown_time += tally->unknown_time;
}

static void answer_tallies(struct projection_answer *answer,
                           const struct verification *verification, uint64_t limit) {
    struct tally total = {0};
    projection_answer_table(answer, "reps", "Representatives", PROJECTION_COLUMNS(rep_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < verification->tally_count; i++) {
        const struct tally *tally = &verification->tallies[i];
        projection_answer_text(answer, tally->rep);
        projection_answer_text(answer, projection_name(verification->view, EMPLOYEES, tally->rep));
        answer_tally(answer, tally);
        tally_add(&total, tally);
    }
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)verification->tally_count);
    answer_tally(answer, &total);
    projection_answer_table(answer, "rules", "Rules", PROJECTION_COLUMNS(rule_columns));
    for (size_t i = 0; i < VISIT_RULES; i++) {
        projection_answer_text(answer, visit_rules[i].code);
        projection_answer_text(answer, visit_rules[i].sentence);
        projection_answer_integer(answer, (int64_t)total.rules[i]);
    }
    if (total.not_face_to_face)
        projection_answer_note(answer, "%s not face to face, and not judged.",
                               projection_count(answer, total.not_face_to_face,
                                                "reported visit was", "reported visits were"));
    if (total.unknown_time)
        projection_answer_note(
            answer, "%s of an unknown time, and not judged.",
            projection_count(answer, total.unknown_time, "visit is", "visits are"));
}

static void answer_flagged(struct projection_answer *answer, struct projection_view *view,
                           const struct flagged_visit *flagged) {
    projection_answer_text(answer, flagged->visit);
    projection_answer_day(answer, flagged->day);
    projection_answer_text(answer, flagged->rep);
    projection_answer_text(answer, flagged->client);
    projection_answer_text(answer, projection_name(view, CLIENTS, flagged->client));
    projection_answer_text(answer, standing_text(flagged->standing));
    if (flagged->by_rule) {
        flag_answer(answer, &flagged->flag, flagged->norm);
        return;
    }
    projection_answer_text(answer, flagged->rule);
    projection_answer_text(answer, flagged->evidence);
    projection_answer_none(answer);
    projection_answer_none(answer);
    projection_answer_none(answer);
    projection_answer_text(answer, "verdict");
    projection_answer_none(answer);
}

static enum ledger_err read_listing(const struct projection_arguments *arguments, bool *listing,
                                    struct ledger_error *error) {
    const char *flagged = projection_argument(arguments, "flagged");
    *listing = flagged || projection_argument(arguments, "rep");
    if (!flagged || strcmp(flagged, "yes") == 0)
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, "flagged", "takes yes, not %.60s", flagged);
}

enum ledger_err verification_answer(struct projection_view *view,
                                    const struct projection_arguments *arguments,
                                    struct projection_answer *answer, struct ledger_error *error) {
    struct verification verification = {.view = view};
    struct projection_period period;
    const struct field_day *day = NULL;
    struct days days;
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_period(arguments, &period, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = read_listing(arguments, &verification.listing, error);
    if (!err && !judge_begin(&verification.judge, view))
        err = projection_no_memory(error);
    if (err)
        return err;
    days_begin(&days, view, projection_argument(arguments, "rep"), &period, false);
    do {
        if (!days_next(&days, &day) || (day && !add_day(&verification, day)))
            return projection_no_memory(error);
    } while (day);
    answer_tallies(answer, &verification, limit);
    if (verification.listing) {
        projection_answer_table(answer, "flagged", "Flagged visits",
                                PROJECTION_COLUMNS(flag_columns));
        projection_answer_limit(answer, limit);
        for (size_t i = 0; i < verification.flagged_count; i++)
            answer_flagged(answer, view, &verification.flagged[i]);
    }
    contradictions_answer(answer, &verification.contradictions);
    note_unknown_rep(view, arguments, answer);
    return LEDGER_E_OK;
}
