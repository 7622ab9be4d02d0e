#include "judge.h"

#include <string.h>

#include "runtime/ids.h"

const char *standing_text(enum standing standing) {
    static const char *const texts[STANDINGS] = {[STANDS_VERIFIED] = "verified",
                                                 [STANDS_FLAGGED] = "flagged",
                                                 [STANDS_REJECTED] = "rejected",
                                                 [STANDS_UNPROVEN] = "unproven"};
    return texts[standing];
}

bool judge_begin(struct judge *judge, struct projection_view *view) {
    *judge = (struct judge){0};
    return standards_begin(&judge->standards, view);
}

bool judge_day(struct judge *judge, const struct field_day *day) {
    struct projection_view *view = judge->standards.view;
    for (size_t i = 0; i < day->visit_count; i++) {
        if (!projection_grow(projection_view_arena(view), &judge->cases, &judge->capacity, i,
                             sizeof(struct visit_case)))
            return false;
        judge->cases[i] = visit_case_of(view, &day->visits[i]);
    }
    judge->day = (struct visit_day){judge->cases, day->visit_count,
                                    strcmp(day->rep, PROJECTION_NOBODY) != 0 &&
                                        !employee_is_team(view, day->rep)};
    return standards_limits(&judge->standards, day->rep, day->day, judge->norms, judge->limits);
}

struct judgement judge_visit(const struct judge *judge, const struct visit *visit, size_t index) {
    struct judgement judgement = {0};
    int64_t metres;
    judgement.count = visit_judge(&judge->day, index, judge->limits, judgement.flags);
    if (visit->verdict)
        judgement.standing =
            visit->verdict->kind == VISIT_VERIFIED ? STANDS_VERIFIED : STANDS_REJECTED;
    else if (judgement.count || visit->flagged)
        judgement.standing = STANDS_FLAGGED;
    else
        judgement.standing =
            visit_distance(&judge->day.visits[index], &metres) ? STANDS_VERIFIED : STANDS_UNPROVEN;
    return judgement;
}

const char *limit_source(const struct norm *norm) {
    if (!norm)
        return "default";
    return norm->row.id ? norm->row.id : "a norm";
}

void flag_answer(struct projection_answer *answer, const struct visit_flag *flag,
                 const struct norm *norm) {
    const struct visit_rule_row *rule = &visit_rules[flag->rule];
    projection_answer_text(answer, rule->code);
    projection_answer_text(answer, rule->sentence);
    projection_answer_ratio(answer, flag->numerator, flag->denominator);
    projection_answer_integer(answer, flag->limit);
    projection_answer_text(answer, rule->unit);
    projection_answer_text(answer, limit_source(norm));
    projection_answer_text(answer, flag->other);
}
