// What was asked: parameters by name, held against the query's table and the common one.
#include "projection_internal.h"

#include <stdio.h>

#include "ledger/facts.h"
#include "ledger/limits.h"
#include "ledger/text.h"

enum { MICROS_PER_SECOND = 1000000 };

const struct projection_parameter projection_common_parameters[] = {
    {"as-of-position", "POSITION",
     "as known at this position of the ledger; else at the latest (like every number, it may have "
     "commas: 36,627)"},
    {"as-of-recorded", "DATE|INSTANT",
     "as known at this time: at the last position recorded by then. A date means the end of that "
     "day in UTC, a time without a fraction the whole of that second; a space may stand for the T, "
     "and without an offset it is UTC"},
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

// Commas may stand between groups of three digits, as tables print them.
static bool read_number(const char *text, uint64_t *number) {
    char digits[32];
    size_t size = 0;
    size_t group = 0;
    bool grouped = false;
    for (; *text; text++) {
        if (*text == ',') {
            if (grouped ? group != 3 : group < 1 || group > 3)
                return false;
            grouped = true;
            group = 0;
        } else if (size == sizeof digits) {
            return false;
        } else {
            digits[size++] = *text;
            group++;
        }
    }
    return (!grouped || group == 3) && ledger_u64_parse(ledger_span_of(digits, size), number);
}

enum ledger_err projection_argument_u64(const struct projection_arguments *arguments,
                                        const char *name, uint64_t *number, bool *present,
                                        struct ledger_error *error) {
    const char *text = projection_argument(arguments, name);
    *present = text != NULL;
    if (!text || read_number(text, number))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, name, "%.60s is no whole number", text);
}

enum ledger_err projection_argument_type(const struct projection_arguments *arguments,
                                         const char *name, const char **type,
                                         struct ledger_error *error) {
    *type = projection_argument(arguments, name);
    struct ledger_span span = ledger_span_text(*type ? *type : "");
    if (!*type || ledger_fact_find(span) || ledger_fact_is_external(span))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_UNKNOWN_TYPE, name,
                       "\"%.60s\" is no registered type; ledgerctl types lists them", *type);
}

enum ledger_err projection_argument_period(const struct projection_arguments *arguments,
                                           struct projection_period *period,
                                           struct ledger_error *error) {
    bool from, to;
    *period = (struct projection_period){INT32_MIN, INT32_MAX};
    enum ledger_err err = projection_argument_day(arguments, "from", &period->from, &from, error);
    if (!err)
        err = projection_argument_day(arguments, "to", &period->to, &to, error);
    if (!err && period->from > period->to)
        err = ledger_fail(error, LEDGER_E_INVALID_VALUE, "from", "%s is later than to, %s",
                          projection_argument(arguments, "from"),
                          projection_argument(arguments, "to"));
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

// Recorded times are shown in UTC and, by some, to the second alone: what was copied from there
// takes in what it was copied from.
static enum ledger_err argument_recorded(const struct projection_arguments *arguments,
                                         struct ledger_moment *moment, const char **given,
                                         struct ledger_error *error) {
    const char *name = "as-of-recorded";
    const char *text = projection_argument(arguments, name);
    char in_utc[LEDGER_INSTANT_TEXT_SIZE];
    if (text && (size_t)snprintf(in_utc, sizeof in_utc, "%sZ", text) < sizeof in_utc &&
        ledger_moment_parse(ledger_span_text(in_utc), moment))
        *given = text;
    else {
        enum ledger_err err = argument_moment(arguments, name, moment, given, error);
        if (err)
            return err;
    }
    if (moment->when == LEDGER_WHEN_INSTANT && !strchr(text, '.'))
        moment->micros += MICROS_PER_SECOND - 1;
    return LEDGER_E_OK;
}

// ---- against the tables
static bool named_in(const struct projection_parameter *parameters, const char *name) {
    for (const struct projection_parameter *row = parameters; row && row->name; row++)
        if (strcmp(row->name, name) == 0)
            return true;
    return false;
}

static void list_names(const struct projection_parameter *parameters, char *list, size_t size) {
    size_t used = 0;
    list[0] = '\0';
    for (const struct projection_parameter *row = parameters; row && row->name; row++) {
        int added =
            snprintf(list + used, size - used, "%s%s", row == parameters ? "" : ", ", row->name);
        if (added < 0 || (size_t)added >= size - used)
            return;
        used += (size_t)added;
    }
}

static enum ledger_err unknown_parameter(const struct projection_query *query, const char *name,
                                         struct ledger_error *error) {
    char own[128];
    char common[96];
    list_names(query->parameters, own, sizeof own);
    list_names(projection_common_parameters, common, sizeof common);
    return ledger_fail(error, LEDGER_E_UNKNOWN_FIELD, name,
                       "the query %s has no parameter of this name; it takes %s%s%s", query->name,
                       own, own[0] ? ", and like every query " : "", common);
}

// What is longer is the id of no subject, actor or territory.
static enum ledger_err check_id(const struct projection_query *query,
                                const Ledger__V1__Parameter *argument, struct ledger_error *error) {
    const struct projection_parameter *row = query->parameters;
    while (row && row->name && strcmp(row->name, argument->name) != 0)
        row++;
    size_t size = strlen(argument->value);
    return row && row->name && strcmp(row->value, "ID") == 0 && size > LEDGER_ID_SIZE_MAX
               ? ledger_fail(error, LEDGER_E_INVALID_VALUE, argument->name,
                             "an id has at most %d bytes, and this one has %zu", LEDGER_ID_SIZE_MAX,
                             size)
               : LEDGER_E_OK;
}

static enum ledger_err check(const struct projection_query *query,
                             const struct projection_arguments *arguments,
                             struct ledger_error *error) {
    for (size_t i = 0; i < arguments->count; i++) {
        const Ledger__V1__Parameter *argument = arguments->list[i];
        if (!argument->name)
            return ledger_fail(error, LEDGER_E_MISSING_FIELD, "parameters",
                               "a parameter has a name and a value");
        if (!named_in(query->parameters, argument->name) &&
            !named_in(projection_common_parameters, argument->name))
            return unknown_parameter(query, argument->name, error);
        if (!argument->value || !*argument->value)
            return ledger_fail(error, LEDGER_E_INVALID_VALUE, argument->name, "needs a value");
        enum ledger_err err = check_id(query, argument, error);
        if (err)
            return err;
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

static const struct projection_query *const own_queries[] = {&projection_parked_query,
                                                             &projection_digest_query};

size_t projection_query_total(const struct projection *projection) {
    return projection->query_count + sizeof own_queries / sizeof own_queries[0];
}

const struct projection_query *projection_query_at(const struct projection *projection, size_t i) {
    return i < projection->query_count ? &projection->queries[i]
                                       : own_queries[i - projection->query_count];
}

static const struct projection_query *find_query(const struct projection *projection,
                                                 const char *name) {
    for (size_t i = 0; i < projection_query_total(projection); i++) {
        const struct projection_query *query = projection_query_at(projection, i);
        if (!name || strcmp(query->name, name) == 0)
            return query;
    }
    return NULL;
}

static enum ledger_err unknown_query(const struct projection *projection, const char *name,
                                     struct ledger_error *error) {
    struct ledger_buffer list = {0};
    for (size_t i = 0; i < projection_query_total(projection); i++)
        ledger_buffer_printf(&list, "%s%s", i ? ", " : "",
                             projection_query_at(projection, i)->name);
    const char *names = ledger_buffer_text(&list);
    enum ledger_err err =
        ledger_fail(error, LEDGER_E_INVALID_VALUE, "query", "%s has no query %.60s; it has %s",
                    projection->name, name, names ? names : "others");
    ledger_buffer_fini(&list);
    return err;
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
        err = argument_recorded(arguments, &recorded, &recorded_text, error);
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
        return unknown_query(projection, from->query, error);
    enum ledger_err err = check(question->query, arguments, error);
    return err ? err : read_common(question, error);
}
