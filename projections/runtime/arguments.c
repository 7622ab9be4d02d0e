// What was asked: parameters by name, held against the query's table and the common one.
#include "projection_internal.h"

#include "ledger/text.h"

const struct projection_parameter projection_common_parameters[] = {
    {"as-of-position", "POSITION", "as known at this position of the ledger; else at the latest"},
    {"as-of-recorded", "DATE|INSTANT",
     "as known at this time: at the last position recorded by then; a date means the end of that "
     "day in UTC"},
    {"as-of-occurred", "DATE|INSTANT",
     "only what had happened by then; a date takes in the whole of that local day"},
    {"now", "DATE|INSTANT", "the time that the answer takes for now; it is echoed"},
    {"wait-for", "POSITION", "wait until this position is taken in (at most 25 s)"},
    {0},
};

struct projection_arguments {
    Ledger__V1__Parameter **list;
    size_t count;
};

const char *projection_argument(const struct projection_arguments *arguments, const char *name) {
    for (size_t i = 0; i < arguments->count; i++)
        if (strcmp(arguments->list[i]->name, name) == 0)
            return arguments->list[i]->value;
    return NULL;
}

enum ledger_err projection_argument_day(const struct projection_arguments *arguments,
                                        const char *name, int32_t *day, bool *present,
                                        struct ledger_error *error) {
    const char *text = projection_argument(arguments, name);
    *present = text != NULL;
    if (!text || ledger_date_parse(ledger_span_text(text), day))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, name, "%.60s is no date (YYYY-MM-DD)", text);
}

enum ledger_err projection_argument_u64(const struct projection_arguments *arguments,
                                        const char *name, uint64_t *number, bool *present,
                                        struct ledger_error *error) {
    const char *text = projection_argument(arguments, name);
    *present = text != NULL;
    if (!text || ledger_u64_parse(ledger_span_text(text), number))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, name, "%.60s is no whole number", text);
}

enum ledger_err projection_argument_period(const struct projection_arguments *arguments,
                                           struct projection_period *period,
                                           struct ledger_error *error) {
    bool from, to;
    *period = (struct projection_period){INT32_MIN, INT32_MAX};
    enum ledger_err err = projection_argument_day(arguments, "from", &period->from, &from, error);
    if (!err)
        err = projection_argument_day(arguments, "to", &period->to, &to, error);
    return err;
}

bool projection_period_is_open(const struct projection_period *period) {
    return period->from == INT32_MIN && period->to == INT32_MAX;
}

bool projection_period_holds(const struct projection_period *period,
                             const struct ledger_moment *moment) {
    if (moment->when == LEDGER_WHEN_UNKNOWN)
        return projection_period_is_open(period);
    return period->from <= moment->day && moment->day <= period->to;
}

static enum ledger_err argument_moment(const struct projection_arguments *arguments,
                                       const char *name, struct ledger_moment *moment,
                                       const char **text, struct ledger_error *error) {
    *moment = ledger_moment_unknown();
    *text = projection_argument(arguments, name);
    if (!*text || ledger_moment_parse(ledger_span_text(*text), moment))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_TIME, name,
                       "%.60s is neither a date (YYYY-MM-DD) nor an instant "
                       "(YYYY-MM-DDThh:mm:ss+hh:mm)",
                       *text);
}

// ---- against the tables
static bool named_in(const struct projection_parameter *parameters, const char *name) {
    for (const struct projection_parameter *row = parameters; row && row->name; row++)
        if (strcmp(row->name, name) == 0)
            return true;
    return false;
}

static enum ledger_err check(const struct projection_query *query,
                             const struct projection_arguments *arguments,
                             struct ledger_error *error) {
    for (size_t i = 0; i < arguments->count; i++) {
        const Ledger__V1__Parameter *argument = arguments->list[i];
        if (!argument->name || !argument->value)
            return ledger_fail(error, LEDGER_E_MISSING_FIELD, "parameters",
                               "a parameter has a name and a value");
        if (!named_in(query->parameters, argument->name) &&
            !named_in(projection_common_parameters, argument->name))
            return ledger_fail(error, LEDGER_E_UNKNOWN_FIELD, argument->name,
                               "the query %s has no parameter of this name", query->name);
        for (size_t before = 0; before < i; before++)
            if (strcmp(arguments->list[before]->name, argument->name) == 0)
                return ledger_fail(error, LEDGER_E_INVALID_VALUE, argument->name,
                                   "the parameter is given twice");
    }
    for (const struct projection_parameter *row = query->parameters; row && row->name; row++)
        if (row->required && !projection_argument(arguments, row->name))
            return ledger_fail(error, LEDGER_E_MISSING_FIELD, row->name,
                               "the query %s must be told %s", query->name, row->help);
    return LEDGER_E_OK;
}

static const struct projection_query *find_query(const struct projection *projection,
                                                 const char *name) {
    if (!name)
        return &projection->queries[0];
    for (size_t i = 0; i < projection->query_count; i++)
        if (strcmp(projection->queries[i].name, name) == 0)
            return &projection->queries[i];
    return strcmp(name, projection_parked_query.name) == 0 ? &projection_parked_query : NULL;
}

static enum ledger_err read_common(struct projection_question *question,
                                   struct ledger_error *error) {
    const struct projection_arguments *arguments = question->arguments;
    struct ledger_moment recorded;
    const char *recorded_text;
    bool waits;
    enum ledger_err err = projection_argument_u64(arguments, "as-of-position", &question->position,
                                                  &question->has_position, error);
    if (!err)
        err = projection_argument_u64(arguments, "wait-for", &question->wait_for, &waits, error);
    if (!err)
        err = argument_moment(arguments, "as-of-recorded", &recorded, &recorded_text, error);
    if (!err)
        err = argument_moment(arguments, "as-of-occurred", &question->occurred,
                              &question->occurred_text, error);
    if (!err)
        err = argument_moment(arguments, "now", &question->now, &question->now_text, error);
    if (err)
        return err;
    question->has_recorded = recorded_text != NULL;
    question->recorded_at = recorded.micros;
    if (question->has_recorded && question->has_position)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "as-of-recorded",
                           "give as-of-position or as-of-recorded, not both");
    return LEDGER_E_OK;
}

enum ledger_err projection_question_read(const struct projection *projection,
                                         const Ledger__V1__QueryRequest *from,
                                         struct ledger_arena *arena,
                                         struct projection_question *question,
                                         struct ledger_error *error) {
    struct projection_arguments *arguments = ledger_arena_alloc(arena, sizeof *arguments);
    if (!arguments)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for the question");
    *arguments = (struct projection_arguments){from->parameters, from->n_parameters};
    *question = (struct projection_question){.query = find_query(projection, from->query),
                                             .arguments = arguments};
    if (!question->query)
        return ledger_fail(error, LEDGER_E_NOT_FOUND, "query", "%s has no query %.60s",
                           projection->name, from->query);
    enum ledger_err err = check(question->query, arguments, error);
    return err ? err : read_common(question, error);
}
