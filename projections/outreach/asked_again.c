// Questions that a client had answered not long before it was asked again.
#include <string.h>

#include "given.h"
#include "sets.h"

enum { DAYS_DEFAULT = 90 };

static const struct projection_column again_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"question", "Question", PROJECTION_TEXT},
    {"answered", "Answered", PROJECTION_TEXT},
    {"told_to", "Told to", PROJECTION_ID},
    {"survey", "Survey", PROJECTION_ID},
    {"again", "Asked again", PROJECTION_TEXT},
    {"again_by", "Asked again by", PROJECTION_ID},
    {"again_by_name", "Asked again by, name", PROJECTION_TEXT},
    {"again_survey", "Survey again", PROJECTION_ID},
    {"days", "Days between", PROJECTION_INTEGER},
    {"same_person", "Same person answered", PROJECTION_FLAG},
    {"same_answer", "Same answer", PROJECTION_FLAG},
};
static const struct projection_column total_columns[] = {
    {"answers", "Answers", PROJECTION_INTEGER},
    {"asked_again", "Asked again", PROJECTION_INTEGER},
    {"clients", "Clients asked again", PROJECTION_INTEGER},
    {"share", "Asked again of answers", PROJECTION_RATIO},
    {"unknown_time", "Answers at an unknown time", PROJECTION_INTEGER},
};

struct again {
    struct projection_view *view;
    struct projection_period period;
    uint64_t days;
    uint64_t answers, asked_again, clients, unknown_time;
    const char *last_client;
};

static void answer_pair(struct again *again, struct projection_answer *answer,
                        const struct given *first, const struct given *second) {
    projection_answer_text(answer, second->client);
    projection_answer_text(answer, projection_name(again->view, CLIENTS, second->client));
    projection_answer_text(answer, second->row.question);
    projection_answer_moment(answer, &first->at.occurred);
    projection_answer_text(answer, first->row.actor);
    projection_answer_text(answer, first->row.survey);
    projection_answer_moment(answer, &second->at.occurred);
    projection_answer_text(answer, second->row.actor);
    projection_answer_text(answer, projection_name(again->view, EMPLOYEES, second->row.actor));
    projection_answer_text(answer, second->row.survey);
    projection_answer_integer(answer, (int64_t)second->at.occurred.day - first->at.occurred.day);
    if (first->row.person && second->row.person)
        projection_answer_flag(answer, strcmp(first->row.person, second->row.person) == 0);
    else
        projection_answer_none(answer);
    projection_answer_flag(answer,
                           projection_text_order(first->row.answer, second->row.answer) == 0);
}

static void look(struct again *again, struct projection_answer *answer, const struct givens *givens,
                 size_t i) {
    const struct given *second = &givens->list[i];
    if (!projection_period_holds(&again->period, &second->at.occurred))
        return;
    again->answers++;
    if (second->at.occurred.when == LEDGER_WHEN_UNKNOWN) {
        again->unknown_time++;
        return;
    }
    const struct given *first = given_again(givens, i) ? &givens->list[i - 1] : NULL;
    if (!first || first->at.occurred.when == LEDGER_WHEN_UNKNOWN ||
        (int64_t)second->at.occurred.day - first->at.occurred.day > (int64_t)again->days)
        return;
    answer_pair(again, answer, first, second);
    again->asked_again++;
    again->clients += projection_text_order(again->last_client, second->client) != 0;
    again->last_client = second->client;
}

enum ledger_err asked_again_answer(struct projection_view *view,
                                   const struct projection_arguments *arguments,
                                   struct projection_answer *answer, struct ledger_error *error) {
    struct givens givens = {0};
    struct again again = {.view = view, .days = DAYS_DEFAULT};
    uint64_t limit = 0, days = 0;
    bool given_days = false;
    enum ledger_err err = projection_argument_period(arguments, &again.period, error);
    if (!err)
        err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = projection_argument_u64(arguments, "days", &days, &given_days, error);
    if (!err)
        err = givens_read(&givens, view, projection_argument(arguments, "client"), NULL, error);
    if (err)
        return err;
    if (given_days)
        again.days = days < INT32_MAX ? days : INT32_MAX;
    projection_answer_table(answer, "asked_again", "Asked again",
                            PROJECTION_COLUMNS(again_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < givens.count; i++)
        look(&again, answer, &givens, i);
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)again.answers);
    projection_answer_integer(answer, (int64_t)again.asked_again);
    projection_answer_integer(answer, (int64_t)again.clients);
    projection_answer_ratio(answer, again.asked_again, again.answers);
    projection_answer_integer(answer, (int64_t)again.unknown_time);
    projection_answer_note(answer, "Asked again: within %s of the answer before.",
                           projection_count(answer, again.days, "day", "days"));
    if (givens.without_client)
        projection_answer_note(
            answer, "%s no client and cannot be assessed.",
            projection_count(answer, givens.without_client, "answer names", "answers name"));
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
