// One survey: what was answered, by how many, who asked, and how many of those it was sent to.
#include <stdlib.h>
#include <string.h>

#include "flags.h"
#include "outreach.h"
#include "runtime/histories.h"
#include "sets.h"

struct question {
    const char *code;
    uint64_t answers, respondents, clients;
};
struct choice {
    const char *question, *answer;
    uint64_t count;
    size_t of; // number of the question
};
struct asker {
    const char *actor;
    uint64_t answers, clients;
};

struct survey {
    struct projection_view *view;
    struct ledger_error *error;
    struct projection_ids questions, choices, askers; // what is counted
    struct question *question_list;                   // by number
    struct choice *choice_list;
    struct asker *asker_list;
    size_t question_capacity, choice_capacity, asker_capacity;
    struct projection_ids seen; // respondents and clients, of the whole and of a part
    uint64_t answers, replaced, respondents, clients, anonymous, unknown_time;
    bool dated;
    int32_t first, last;
};

static const struct projection_column survey_columns[] = {
    {"survey", "Survey", PROJECTION_ID},
    {"questions", "Questions answered", PROJECTION_INTEGER},
    {"answers", "Answers", PROJECTION_INTEGER},
    {"replaced", "Answers replaced by a later one", PROJECTION_INTEGER},
    {"respondents", "People who answered", PROJECTION_INTEGER},
    {"clients", "Clients asked", PROJECTION_INTEGER},
    {"anonymous", "Answers that name nobody", PROJECTION_INTEGER},
    {"first", "First answer", PROJECTION_DATE},
    {"last", "Last answer", PROJECTION_DATE},
    {"mailings", "Mailings that carried it", PROJECTION_INTEGER},
    {"sent", "Sent to", PROJECTION_INTEGER},
    {"response_rate", "Answered of sent", PROJECTION_RATIO},
};
static const struct projection_column question_columns[] = {
    {"question", "Question", PROJECTION_TEXT},
    {"answers", "Answers", PROJECTION_INTEGER},
    {"respondents", "People who answered", PROJECTION_INTEGER},
    {"clients", "Clients", PROJECTION_INTEGER},
};
static const struct projection_column choice_columns[] = {
    {"question", "Question", PROJECTION_TEXT},
    {"answer", "Answer", PROJECTION_TEXT},
    {"count", "Given", PROJECTION_INTEGER},
    {"share", "Share of the question's answers", PROJECTION_RATIO},
};
static const struct projection_column asker_columns[] = {
    {"actor", "Asked by", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"answers", "Answers", PROJECTION_INTEGER},
    {"clients", "Clients asked", PROJECTION_INTEGER},
};

// ---- who answers
// The person, or else the client as one respondent; NULL = nobody is named.
static const char *respondent(struct projection_view *view, const struct answer_row *row) {
    return projection_view_client(view, row->person ? row->person : row->client);
}

// Counts `id` once a `part`. False when out of memory.
static bool count_once(struct survey *survey, uint64_t *count, const char *kind, const char *part,
                       const char *id) {
    size_t number;
    bool fresh;
    if (!id)
        return true;
    if (!set_add(&survey->seen, &number, &fresh, kind, part, id))
        return false;
    *count += fresh;
    return true;
}

// ---- counting
static bool count_parts(struct survey *survey, const struct answer_row *row, const char *who,
                        const char *client) {
    struct ledger_arena *arena = survey->seen.arena;
    size_t question, choice, asker;
    if (!set_add(&survey->questions, &question, NULL, row->question, NULL, NULL) ||
        !set_add(&survey->choices, &choice, NULL, row->question, row->answer, NULL) ||
        !set_add(&survey->askers, &asker, NULL, row->actor, NULL, NULL) ||
        !projection_grow(arena, &survey->question_list, &survey->question_capacity, question,
                         sizeof(struct question)) ||
        !projection_grow(arena, &survey->choice_list, &survey->choice_capacity, choice,
                         sizeof(struct choice)) ||
        !projection_grow(arena, &survey->asker_list, &survey->asker_capacity, asker,
                         sizeof(struct asker)))
        return false;
    struct question *of_question = &survey->question_list[question];
    struct choice *of_choice = &survey->choice_list[choice];
    struct asker *of_asker = &survey->asker_list[asker];
    of_question->code = of_choice->question = row->question;
    of_question->answers++;
    of_choice->answer = row->answer;
    of_choice->of = question;
    of_choice->count++;
    of_asker->actor = row->actor;
    of_asker->answers++;
    return count_once(survey, &of_question->respondents, "question's people", row->question, who) &&
           count_once(survey, &of_question->clients, "question's clients", row->question, client) &&
           count_once(survey, &of_asker->clients, "asker's clients", row->actor, client);
}

static bool count_answer(struct survey *survey, const struct projection_statement *at,
                         const struct answer_row *row) {
    const char *who = respondent(survey->view, row);
    const char *client = projection_view_client(survey->view, row->client);
    survey->answers++;
    survey->anonymous += !who;
    if (at->occurred.when == LEDGER_WHEN_UNKNOWN) {
        survey->unknown_time++;
    } else {
        if (!survey->dated || at->occurred.day < survey->first)
            survey->first = at->occurred.day;
        if (!survey->dated || at->occurred.day > survey->last)
            survey->last = at->occurred.day;
        survey->dated = true;
    }
    return count_once(survey, &survey->respondents, "people", NULL, who) &&
           count_once(survey, &survey->clients, "clients", NULL, client) &&
           count_parts(survey, row, who, client);
}

// From the last to the first: of one respondent's answers to one question, the last counts.
static bool count_all(struct survey *survey, const struct projection_history *history) {
    struct projection_ids answered = {.arena = survey->seen.arena};
    for (size_t i = history->count; i-- > 0;) {
        struct answer_row row;
        size_t number;
        bool fresh = true;
        outreach_row_read(ANSWER_ROW, history->list[i].value, &row);
        const char *who = respondent(survey->view, &row);
        if (who && !set_add(&answered, &number, &fresh, row.question, who, NULL))
            return false;
        survey->replaced += !fresh;
        if (fresh && !count_answer(survey, &history->list[i], &row))
            return false;
    }
    return true;
}

// ---- the mailings that carried it
struct carried {
    uint64_t mailings, sent;
};

static enum ledger_err add_mailings(struct survey *survey, struct projection_histories *from,
                                    struct projection_ids *counted, struct carried *carried) {
    const struct projection_history *history = NULL;
    enum ledger_err err = projection_histories_next(from, &history, survey->error);
    for (; !err && history; err = projection_histories_next(from, &history, survey->error)) {
        struct mailing_row row;
        size_t number;
        bool fresh;
        if (!set_add(counted, &number, &fresh, history->id, NULL, NULL))
            return projection_no_memory(survey->error);
        if (!fresh)
            continue;
        outreach_row_read(MAILING_ROW, history->list[0].value, &row);
        carried->mailings++;
        carried->sent += (uint64_t)row.recipients;
    }
    return err;
}

static enum ledger_err find_mailings(struct survey *survey, const char *id,
                                     struct carried *carried) {
    struct projection_ids counted = {.arena = survey->seen.arena};
    static const uint8_t indexes[] = {SURVEY_MAILINGS, CAMPAIGN_MAILINGS};
    struct projection_histories from;
    enum ledger_err err =
        projection_histories_one(&from, survey->view, MAILINGS, false, id, survey->error);
    if (!err)
        err = add_mailings(survey, &from, &counted, carried);
    for (size_t i = 0; i < sizeof indexes && !err; i++) {
        err = projection_histories_under(&from, survey->view, MAILINGS, false, indexes[i], &id, 1,
                                         survey->error);
        if (!err)
            err = add_mailings(survey, &from, &counted, carried);
    }
    return err;
}

// ---- the answer
static int by_count(const void *a, const void *b) {
    const struct choice *left = a;
    const struct choice *right = b;
    int question = projection_text_order(left->question, right->question);
    if (question)
        return question;
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return projection_text_order(left->answer, right->answer);
}

static void answer_survey(struct projection_answer *answer, const struct survey *survey,
                          const char *id, const struct carried *carried) {
    projection_answer_table(answer, "survey", "Survey", PROJECTION_COLUMNS(survey_columns));
    projection_answer_text(answer, id);
    projection_answer_integer(answer, (int64_t)survey->questions.count);
    projection_answer_integer(answer, (int64_t)survey->answers);
    projection_answer_integer(answer, (int64_t)survey->replaced);
    projection_answer_integer(answer, (int64_t)survey->respondents);
    projection_answer_integer(answer, (int64_t)survey->clients);
    projection_answer_integer(answer, (int64_t)survey->anonymous);
    for (int last = 0; last < 2; last++)
        if (survey->dated)
            projection_answer_day(answer, last ? survey->last : survey->first);
        else
            projection_answer_none(answer);
    projection_answer_integer(answer, (int64_t)carried->mailings);
    if (carried->mailings)
        projection_answer_integer(answer, (int64_t)carried->sent);
    else
        projection_answer_none(answer);
    projection_answer_ratio(answer, survey->respondents, carried->sent);
}

static void answer_parts(struct projection_answer *answer, struct survey *survey) {
    projection_answer_table(answer, "choices", "Answers given", PROJECTION_COLUMNS(choice_columns));
    if (survey->choices.count)
        qsort(survey->choice_list, survey->choices.count, sizeof(struct choice), by_count);
    for (size_t i = 0; i < survey->choices.count; i++) {
        const struct choice *choice = &survey->choice_list[i];
        projection_answer_text(answer, choice->question);
        projection_answer_text(answer, choice->answer);
        projection_answer_integer(answer, (int64_t)choice->count);
        projection_answer_ratio(answer, choice->count, survey->question_list[choice->of].answers);
    }
    projection_answer_table(answer, "questions", "Questions", PROJECTION_COLUMNS(question_columns));
    if (survey->questions.count)
        qsort(survey->question_list, survey->questions.count, sizeof(struct question),
              by_first_text);
    for (size_t i = 0; i < survey->questions.count; i++) {
        const struct question *question = &survey->question_list[i];
        projection_answer_text(answer, question->code);
        projection_answer_integer(answer, (int64_t)question->answers);
        projection_answer_integer(answer, (int64_t)question->respondents);
        projection_answer_integer(answer, (int64_t)question->clients);
    }
    projection_answer_table(answer, "asked_by", "Asked by", PROJECTION_COLUMNS(asker_columns));
    if (survey->askers.count)
        qsort(survey->asker_list, survey->askers.count, sizeof(struct asker), by_first_text);
    for (size_t i = 0; i < survey->askers.count; i++) {
        const struct asker *asker = &survey->asker_list[i];
        projection_answer_text(answer, asker->actor);
        projection_answer_text(answer, projection_name(survey->view, EMPLOYEES, asker->actor));
        projection_answer_integer(answer, (int64_t)asker->answers);
        projection_answer_integer(answer, (int64_t)asker->clients);
    }
}

enum ledger_err survey_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    const char *id = projection_argument(arguments, "survey");
    struct survey survey = {.view = view,
                            .error = error,
                            .questions = {.arena = arena},
                            .choices = {.arena = arena},
                            .askers = {.arena = arena},
                            .seen = {.arena = arena}};
    struct carried carried = {0};
    struct projection_histories histories;
    struct flags flags = {0};
    const struct projection_history *history = NULL;
    enum ledger_err err =
        projection_histories_one(&histories, view, SURVEY_ANSWERS, false, id, error);
    if (!err)
        err = projection_histories_next(&histories, &history, error);
    if (!err && history && !count_all(&survey, history))
        err = projection_no_memory(error);
    if (!err)
        err = find_mailings(&survey, id, &carried);
    if (err)
        return err;
    answer_survey(answer, &survey, id, &carried);
    answer_parts(answer, &survey);
    flags.counts[ANSWERED_MORE_THAN_SENT] = carried.mailings && survey.respondents > carried.sent;
    flags_answer(answer, &flags);
    if (survey.unknown_time)
        projection_answer_note(
            answer, "%s given at an unknown time.",
            projection_count(answer, survey.unknown_time, "answer was", "answers were"));
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
