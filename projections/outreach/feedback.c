// Praise and complaints, by topic and month.
#include <stdlib.h>
#include <string.h>

#include "outreach.h"
#include "runtime/histories.h"
#include "sets.h"
#include "words.h"

enum { SENTIMENTS = 4 }; // not said, positive, neutral, negative

struct item {
    struct projection_statement at;
    struct feedback_row row;
    const char *client; // after merges
};
struct line {
    const char *id;
    uint64_t counts[SENTIMENTS], all, clients;
};
struct lines {
    struct projection_ids ids, seen;
    struct line *list; // by number
    size_t capacity;
};

struct feedback {
    struct projection_view *view;
    struct ledger_error *error;
    const char *client, *topic; // as asked for; NULL = any
    struct projection_period period;
    struct item *list;
    size_t count, capacity;
    struct lines topics, months, totals;
};

#define COUNT_COLUMNS                                                                              \
    {"feedback", "Feedback", PROJECTION_INTEGER}, {"positive", "Praise", PROJECTION_INTEGER},      \
        {"neutral", "Neutral", PROJECTION_INTEGER}, {"negative", "Complaint", PROJECTION_INTEGER}, \
        {"not_said", "Neither is said", PROJECTION_INTEGER},                                       \
        {"negative_share", "Complaints of all", PROJECTION_RATIO}, {                               \
        "clients", "Clients", PROJECTION_INTEGER                                                   \
    }
static const struct projection_column topic_columns[] = {{"topic", "Topic", PROJECTION_TEXT},
                                                         COUNT_COLUMNS};
static const struct projection_column month_columns[] = {{"month", "Month", PROJECTION_TEXT},
                                                         COUNT_COLUMNS};
static const struct projection_column total_columns[] = {{"total", "Total", PROJECTION_TEXT},
                                                         COUNT_COLUMNS};
static const struct projection_column item_columns[] = {
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
    {"occurred", "When", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"person", "Person", PROJECTION_ID, .detail = true},
    {"topic", "Topic", PROJECTION_TEXT},
    {"sentiment", "Sentiment", PROJECTION_TEXT},
    {"channel", "Channel", PROJECTION_TEXT},
    {"told_to", "Told to", PROJECTION_ID},
    {"ref", "Where the words are kept", PROJECTION_TEXT, .detail = true},
};

// ---- counting
static bool count(struct lines *lines, const char *id, const struct item *item) {
    size_t number = projection_ids_add(&lines->ids, id ? id : "");
    size_t seen;
    bool fresh;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(lines->ids.arena, &lines->list, &lines->capacity, number,
                         sizeof(struct line)) ||
        !set_add(&lines->seen, &seen, &fresh, id, item->client, NULL))
        return false;
    struct line *line = &lines->list[number];
    line->id = lines->ids.texts[number];
    line->all++;
    line->clients += fresh;
    line->counts[sentiment_name(item->row.sentiment) ? item->row.sentiment : 0]++;
    return true;
}

static const char *month_of(struct ledger_arena *arena, const struct ledger_moment *moment) {
    return moment->when == LEDGER_WHEN_UNKNOWN
               ? "unknown"
               : projection_month_text(arena, projection_month_of(moment->day));
}

static enum ledger_err add(struct feedback *feedback, const struct projection_row *row) {
    struct ledger_arena *arena = projection_view_arena(feedback->view);
    struct item item = {.at = {row->position, row->occurred, row->value}};
    outreach_row_read(FEEDBACK_ROW, row->value, &item.row);
    if (!projection_period_holds(&feedback->period, &row->occurred) ||
        (feedback->topic && projection_text_order(feedback->topic, item.row.topic) != 0))
        return LEDGER_E_OK;
    item.client = projection_view_client(feedback->view, item.row.client);
    if (!projection_grow(arena, &feedback->list, &feedback->capacity, feedback->count,
                         sizeof item) ||
        !count(&feedback->topics, item.row.topic, &item) ||
        !count(&feedback->months, month_of(arena, &row->occurred), &item) ||
        !count(&feedback->totals, "all", &item))
        return projection_no_memory(feedback->error);
    feedback->list[feedback->count++] = item;
    return LEDGER_E_OK;
}

static enum ledger_err scan(struct feedback *feedback, const char *id) {
    struct projection_key prefix = {0};
    struct projection_row row;
    if (id)
        projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(feedback->view, FEEDBACK, &prefix, false);
    while (projection_next(cursor, &row)) {
        enum ledger_err err = add(feedback, &row);
        if (err)
            return err;
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static enum ledger_err read_all(struct feedback *feedback) {
    const char *const *ids;
    enum ledger_err err = LEDGER_E_OK;
    if (!feedback->client)
        return scan(feedback, NULL);
    size_t count = projection_view_client_ids(feedback->view, feedback->client, &ids);
    for (size_t i = 0; i < count && !err; i++)
        err = scan(feedback, ids[i]);
    return err;
}

// ---- the answer
static void answer_lines(struct projection_answer *answer, struct lines *lines) {
    if (lines->ids.count)
        qsort(lines->list, lines->ids.count, sizeof(struct line), by_first_text);
    for (size_t i = 0; i < lines->ids.count; i++) {
        const struct line *line = &lines->list[i];
        projection_answer_text(answer, *line->id ? line->id : NULL);
        projection_answer_integer(answer, (int64_t)line->all);
        for (size_t sentiment = 1; sentiment < SENTIMENTS; sentiment++)
            projection_answer_integer(answer, (int64_t)line->counts[sentiment]);
        projection_answer_integer(answer, (int64_t)line->counts[0]);
        projection_answer_ratio(answer, line->counts[SENTIMENTS - 1], line->all);
        projection_answer_integer(answer, (int64_t)line->clients);
    }
}

static void answer_items(struct feedback *feedback, struct projection_answer *answer,
                         uint64_t limit) {
    if (feedback->count)
        qsort(feedback->list, feedback->count, sizeof(struct item), projection_statement_order);
    projection_answer_table(answer, "list", "Feedback, latest first",
                            PROJECTION_COLUMNS(item_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = feedback->count; i-- > 0;) {
        const struct item *item = &feedback->list[i];
        projection_answer_integer(answer, (int64_t)item->at.position);
        projection_answer_moment(answer, &item->at.occurred);
        projection_answer_text(answer, item->client);
        projection_answer_text(answer, projection_name(feedback->view, CLIENTS, item->client));
        projection_answer_text(answer, item->row.person);
        projection_answer_text(answer, item->row.topic);
        projection_answer_text(answer, sentiment_name(item->row.sentiment));
        projection_answer_text(answer, channel_name(item->row.channel));
        projection_answer_text(answer, item->row.actor);
        projection_answer_text(answer, item->row.ref);
    }
}

enum ledger_err feedback_answer(struct projection_view *view,
                                const struct projection_arguments *arguments,
                                struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    const struct lines none = {.ids = {.arena = arena}, .seen = {.arena = arena}};
    struct feedback feedback = {.view = view,
                                .error = error,
                                .client = projection_argument(arguments, "client"),
                                .topic = projection_argument(arguments, "topic"),
                                .topics = none,
                                .months = none,
                                .totals = none};
    const char *list = projection_argument(arguments, "list");
    uint64_t limit = 0;
    if (list && strcmp(list, "yes") != 0)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "list", "it is yes or left out");
    enum ledger_err err = projection_argument_period(arguments, &feedback.period, error);
    if (!err)
        err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = read_all(&feedback);
    if (err)
        return err;
    projection_answer_table(answer, "topics", "By topic", PROJECTION_COLUMNS(topic_columns));
    projection_answer_limit(answer, limit);
    answer_lines(answer, &feedback.topics);
    projection_answer_table(answer, "months", "By month", PROJECTION_COLUMNS(month_columns));
    projection_answer_limit(answer, limit);
    answer_lines(answer, &feedback.months);
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    answer_lines(answer, &feedback.totals);
    if (list)
        answer_items(&feedback, answer, limit);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
