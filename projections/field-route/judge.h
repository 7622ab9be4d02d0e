// The visits of a representative's day, held against the rules in force on that day.
#ifndef FIELD_ROUTE_JUDGE_H
#define FIELD_ROUTE_JUDGE_H

#include "days.h"
#include "standards.h"

enum standing {
    STANDS_VERIFIED, // a verdict says so; or no rule flags it and the check-in was near the client
    STANDS_FLAGGED,  // by a rule or a verdict, and no verdict decides
    STANDS_REJECTED, // a verdict says so
    STANDS_UNPROVEN, // nothing flags it, and how far from the client it was is not known
    STANDINGS
};
const char *standing_text(enum standing standing);

struct judge {
    struct standards standards;
    struct visit_case *cases; // of the day's visits
    size_t capacity;
    struct visit_day day;
    const struct norm *norms[VISIT_RULES]; // that set the limits; NULL = none does
    int64_t limits[VISIT_RULES];
};
// False when out of memory, both.
bool judge_begin(struct judge *judge, struct projection_view *view);
// Takes the visits of a day, which is not NO_DAY.
bool judge_day(struct judge *judge, const struct field_day *day);

struct judgement {
    enum standing standing;
    struct visit_flag flags[VISIT_RULES];
    size_t count;
};
// Of the visit with that number in the day that judge_day took.
struct judgement judge_visit(const struct judge *judge, const struct visit *visit, size_t index);

// The columns of a flag with its figures, and their values.
#define FLAG_COLUMNS                                                                               \
    {"rule", "Rule", PROJECTION_TEXT}, {"meaning", "Meaning", PROJECTION_TEXT, .detail = true},    \
        {"value", "Value", PROJECTION_RATIO}, {"limit", "Limit", PROJECTION_INTEGER},              \
        {"unit", "Unit", PROJECTION_TEXT}, {"limit_from", "Limit set by", PROJECTION_TEXT}, {      \
        "other_visit", "Other visit", PROJECTION_ID                                                \
    }
void flag_answer(struct projection_answer *answer, const struct visit_flag *flag,
                 const struct norm *norm);
// Who set a limit: the id of the norm ("a norm" if it has none), or "default".
const char *limit_source(const struct norm *norm);

#endif
