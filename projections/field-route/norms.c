// The norms that visits are held against: those in force, and how they came to be.
#include <string.h>

#include "standards.h"

static const struct projection_column limit_columns[] = {
    {"rule", "Rule", PROJECTION_TEXT},      {"meaning", "Meaning", PROJECTION_TEXT, .detail = true},
    {"metric", "Metric", PROJECTION_TEXT},  {"role", "Position", PROJECTION_TEXT},
    {"limit", "Limit", PROJECTION_INTEGER}, {"unit", "Unit", PROJECTION_TEXT},
    {"norm", "Norm", PROJECTION_ID},        {"from", "From", PROJECTION_DATE},
};
static const struct projection_column history_columns[] = {
    {"metric", "Metric", PROJECTION_TEXT},
    {"role", "Position", PROJECTION_TEXT},
    {"from", "From", PROJECTION_DATE},
    {"value", "Value", PROJECTION_INTEGER},
    {"per", "Per", PROJECTION_TEXT},
    {"norm", "Norm", PROJECTION_ID},
    {"set", "Set", PROJECTION_TEXT},
    {"in_force", "In force", PROJECTION_FLAG},
    {"position", "Position in the ledger", PROJECTION_INTEGER, .detail = true},
};

static void answer_from(struct projection_answer *answer, int32_t from) {
    if (from == NO_DAY)
        projection_answer_none(answer);
    else
        projection_answer_day(answer, from);
}

static void answer_limit(struct projection_answer *answer, const struct visit_rule_row *rule,
                         const char *role, const struct norm *norm) {
    projection_answer_text(answer, rule->code);
    projection_answer_text(answer, rule->sentence);
    projection_answer_text(answer, rule->metric);
    projection_answer_text(answer, role);
    projection_answer_integer(answer, norm ? norm->row.value : rule->limit);
    projection_answer_text(answer, rule->unit);
    projection_answer_text(answer, norm ? norm->row.id : NULL);
    answer_from(answer, norm ? norm->row.from : NO_DAY);
}

// A row for everyone, then one for each role that has a norm of its own in force.
static void answer_limits(struct projection_answer *answer, const struct standards *standards,
                          int32_t day) {
    projection_answer_table(answer, "limits", "Limits in force", PROJECTION_COLUMNS(limit_columns));
    for (size_t rule = 0; rule < VISIT_RULES; rule++) {
        const char *metric = visit_rules[rule].metric;
        answer_limit(answer, &visit_rules[rule], NULL,
                     standards_norm(standards, metric, NULL, day));
        for (size_t i = 0; i < standards->norm_count; i++) {
            const struct norm *norm = &standards->norms[i];
            if (strcmp(norm->metric, metric) == 0 && norm->row.role &&
                standards_norm(standards, metric, norm->row.role, day) == norm)
                answer_limit(answer, &visit_rules[rule], norm->row.role, norm);
        }
    }
}

static void answer_history(struct projection_answer *answer, const struct standards *standards,
                           int32_t day) {
    projection_answer_table(answer, "norms", "Norms as they were set",
                            PROJECTION_COLUMNS(history_columns));
    for (size_t i = 0; i < standards->norm_count; i++) {
        const struct norm *norm = &standards->norms[i];
        const struct norm *now = standards_norm(standards, norm->metric, norm->row.role, day);
        projection_answer_text(answer, norm->metric);
        projection_answer_text(answer, norm->row.role);
        answer_from(answer, norm->row.from);
        projection_answer_integer(answer, norm->row.value);
        projection_answer_text(answer, norm->row.per);
        projection_answer_text(answer, norm->row.id);
        projection_answer_moment(answer, &norm->occurred);
        projection_answer_flag(answer, now == norm);
        projection_answer_integer(answer, (int64_t)norm->position);
    }
}

// The day of the view: as asked, else now's, else the last on which a fact was recorded.
static int32_t view_day(struct projection_view *view, struct projection_answer *answer) {
    const struct ledger_moment *occurred = projection_view_occurred(view);
    const struct ledger_moment today = projection_view_today(view);
    if (occurred)
        return occurred->day;
    projection_answer_note_today(answer, view);
    return today.when != LEDGER_WHEN_UNKNOWN ? today.day : NO_DAY;
}

enum ledger_err norms_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    struct standards standards;
    (void)arguments;
    if (!standards_begin(&standards, view))
        return projection_no_memory(error);
    int32_t day = view_day(view, answer);
    answer_limits(answer, &standards, day);
    answer_history(answer, &standards, day);
    projection_answer_note(answer, "A limit without a norm is the one that holds where none is "
                                   "set.");
    return LEDGER_E_OK;
}
