// A client's answer card: what it has told us already, so that nobody asks again.
#include <string.h>

#include "given.h"

static const struct projection_column last_columns[] = {
    {"question", "Question", PROJECTION_TEXT},
    {"answer", "Last answer", PROJECTION_TEXT},
    {"occurred", "When", PROJECTION_TEXT},
    {"told_to", "Told to", PROJECTION_ID},
    {"told_to_name", "Told to, name", PROJECTION_TEXT},
    {"survey", "Survey", PROJECTION_ID},
    {"person", "Answered by", PROJECTION_ID},
    {"times", "Times answered", PROJECTION_INTEGER},
    {"days_since", "Days since", PROJECTION_INTEGER},
};
static const struct projection_column earlier_columns[] = {
    {"question", "Question", PROJECTION_TEXT},
    {"answer", "Answer", PROJECTION_TEXT},
    {"occurred", "When", PROJECTION_TEXT},
    {"told_to", "Told to", PROJECTION_ID},
    {"told_to_name", "Told to, name", PROJECTION_TEXT},
    {"survey", "Survey", PROJECTION_ID},
    {"person", "Answered by", PROJECTION_ID},
};

// ---- the answer
static void answer_given(struct projection_view *view, struct projection_answer *answer,
                         const struct given *given) {
    projection_answer_text(answer, given->row.question);
    projection_answer_text(answer, given->row.answer);
    projection_answer_moment(answer, &given->at.occurred);
    projection_answer_text(answer, given->row.actor);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, given->row.actor));
    projection_answer_text(answer, given->row.survey);
    projection_answer_text(answer, given->row.person);
}

static void answer_last(struct projection_view *view, struct projection_answer *answer,
                        const struct givens *givens) {
    const struct ledger_moment today = projection_view_today(view);
    int64_t times = 0;
    projection_answer_table(answer, "answers", "Answers", PROJECTION_COLUMNS(last_columns));
    for (size_t i = 0; i < givens->count; i++) {
        const struct given *given = &givens->list[i];
        times = given_again(givens, i) ? times + 1 : 1;
        if (i + 1 < givens->count && given_again(givens, i + 1))
            continue;
        answer_given(view, answer, given);
        projection_answer_integer(answer, times);
        if (today.when != LEDGER_WHEN_UNKNOWN && given->at.occurred.when != LEDGER_WHEN_UNKNOWN)
            projection_answer_integer(answer, (int64_t)today.day - given->at.occurred.day);
        else
            projection_answer_none(answer);
    }
}

enum ledger_err answers_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    struct givens givens = {0};
    const char *earlier = projection_argument(arguments, "earlier");
    if (earlier && strcmp(earlier, "yes") != 0)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "earlier", "it is yes or left out");
    enum ledger_err err = givens_read(&givens, view, projection_argument(arguments, "client"),
                                      projection_argument(arguments, "question"), error);
    if (err)
        return err;
    answer_last(view, answer, &givens);
    if (givens.count)
        projection_answer_note_today(answer, view);
    if (earlier) {
        projection_answer_table(answer, "earlier", "Earlier answers",
                                PROJECTION_COLUMNS(earlier_columns));
        for (size_t i = 0; i + 1 < givens.count; i++)
            if (given_again(&givens, i + 1))
                answer_given(view, answer, &givens.list[i]);
    }
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
