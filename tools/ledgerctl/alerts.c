// ledgerctl alerts: every alert asked at once, of one position. The table in alerts_table.c says
// what each asks; an answer that is not as it says is an error, not an alert without cases.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "alerts_table.h"
#include "answer.h"
#include "commands.h"
#include "display.h"
#include "format.h"
#include "services.h"
#include "table.h"

struct settings {
    struct common common;
    const char *now;
    int64_t days;
    const char *list;
    bool all;
};

static const struct ledger_option options[] = {
    {.name = "now",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, now),
     .value = "DATE",
     .help = "the day that every query takes for now; this computer's if not given"},
    {.name = "days",
     .kind = LEDGER_OPTION_INTEGER,
     .offset = offsetof(struct settings, days),
     .min = 1,
     .max = 366,
     .value = "N",
     .help = "for asked_again, days between the answers (else 90); for birthday_near, days to "
             "look ahead (else 7)"},
    {.name = "list",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, list),
     .value = "ALERT",
     .help = "also the cases of this alert"},
    {.name = "all",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, all),
     .help = "also the cases of every alert"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl alerts",
    .usage = "[options]",
    .summary = "Asks for all alerts at once: how many cases each has, and where to look.",
    .details =
        "All are asked of one position, the last one when the command begins. A client that was\n"
        "not visited for too long is no alert here: that query needs a representative\n"
        "(`ledgerctl query rep-activity coverage --rep REP`). For the stored facts themselves\n"
        "see `ledgerctl verify`.\n"
        "\n"
        "Exit status: 0, with cases or without; 1 if some alerts are not known, since their\n"
        "projection is not running or does not answer in time; 70 if an answer lacks what an\n"
        "alert looks at.\n"
        "\n"
        "Examples:\n"
        "  ledgerctl alerts\n"
        "  ledgerctl alerts --list task_overdue\n"
        "  ledgerctl alerts --now 2026-03-31 --all --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

struct asked {
    Ledger__V1__Parameter parameters[ALERT_PARAMETERS_MAX + 3]; // and now, wait-for, as-of-position
    size_t count;
    const char *command;                 // the same question for people
    const char *problem;                 // why it is not known; NULL = it is
    const Ledger__V1__QueryReply *reply; // with one table, of the cases alone
    uint64_t cases;
};

struct question {
    const struct settings *settings;
    struct ledger_arena *arena;
    const char *now;
    uint64_t position;
    struct asked *asked; // one for each alert
};

// ---- asking

static enum ledger_err out_of_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "asking for alerts");
}

static enum ledger_err find_position(struct question *question, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest body = LEDGER__V1__STATUS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    request.body_case = LEDGER__V1__REQUEST__BODY_STATUS;
    request.status = &body;
    enum ledger_err err =
        services_ask(&question->settings->common, "read", &request, question->arena, &reply, error);
    if (err == LEDGER_E_OK)
        question->position = reply->status->head;
    return err;
}

static enum ledger_err find_today(struct question *question, struct ledger_error *error) {
    char day[sizeof "2026-03-31"];
    time_t seconds = time(NULL);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL || strftime(day, sizeof day, "%Y-%m-%d", &local) == 0)
        return ledger_fail(error, LEDGER_E_USAGE, "now", "today is not known: name a DATE");
    question->now = ledger_arena_text(question->arena, ledger_span_text(day));
    return question->now != NULL ? LEDGER_E_OK : out_of_memory(error);
}

static void add_parameter(struct asked *asked, const char *name, const char *value) {
    Ledger__V1__Parameter *parameter = &asked->parameters[asked->count++];
    ledger__v1__parameter__init(parameter);
    parameter->name = (char *)name;
    parameter->value = (char *)value;
}

static const char *value_of(const struct question *question,
                            const struct alert_parameter *parameter) {
    if (strcmp(parameter->value, ALERT_TODAY) == 0)
        return question->now;
    if (strcmp(parameter->name, "days") == 0 && question->settings->days > 0)
        return ledger_arena_printf(question->arena, "%" PRId64, question->settings->days);
    return parameter->value;
}

static enum ledger_err prepare(const struct question *question, const struct alert *alert,
                               struct asked *asked, struct ledger_error *error) {
    const char *command = ledger_arena_printf(question->arena, "ledgerctl query %s %s",
                                              alert->projection, alert->query);
    for (size_t i = 0; i < ALERT_PARAMETERS_MAX && alert->parameters[i].name != NULL; i++) {
        const char *value = value_of(question, &alert->parameters[i]);
        if (value == NULL)
            return out_of_memory(error);
        add_parameter(asked, alert->parameters[i].name, value);
    }
    add_parameter(asked, "now", question->now);
    for (size_t i = 0; i < asked->count && command != NULL; i++)
        command = ledger_arena_printf(question->arena, "%s --%s %s", command,
                                      asked->parameters[i].name, asked->parameters[i].value);
    const char *position = ledger_arena_printf(question->arena, "%" PRIu64, question->position);
    if (command == NULL || position == NULL)
        return out_of_memory(error);
    add_parameter(asked, "wait-for", position);
    add_parameter(asked, "as-of-position", position);
    asked->command = command;
    return LEDGER_E_OK;
}

// ---- which rows are cases

enum { NO_COLUMN = -1 };

static int column_of(const Ledger__V1__Table *table, const char *name) {
    for (size_t i = 0; i < table->n_columns; i++)
        if (table->columns[i]->name != NULL && strcmp(table->columns[i]->name, name) == 0)
            return (int)i;
    return NO_COLUMN;
}

static bool fits(enum alert_condition condition, Ledger__V1__ValueKind kind) {
    switch (condition) {
    case ALERT_EVERY_ROW:
        return true;
    case ALERT_TEXT_IS:
        return kind == LEDGER__V1__VALUE_KIND__TEXT;
    case ALERT_FLAG_SET:
        return kind == LEDGER__V1__VALUE_KIND__FLAG;
    case ALERT_BELOW:
        return kind == LEDGER__V1__VALUE_KIND__RATIO;
    case ALERT_AT_LEAST:
        return kind == LEDGER__V1__VALUE_KIND__INTEGER;
    }
    return false;
}

static enum ledger_err changed(const struct alert *alert, const char *what, const char *name,
                               struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_INTERNAL, alert->name,
                       "`%s %s` has changed: its answer has no %s \"%s\" as this alert needs it",
                       alert->projection, alert->query, what, name);
}

static enum ledger_err check(const struct alert *alert, const Ledger__V1__Table *table,
                             struct ledger_error *error) {
    if (table == NULL)
        return changed(alert, "table", alert->table, error);
    for (size_t i = 0; i < ALERT_KEYS; i++)
        if (alert->keys[i] != NULL && column_of(table, alert->keys[i]) == NO_COLUMN)
            return changed(alert, "column", alert->keys[i], error);
    if (alert->condition == ALERT_EVERY_ROW)
        return LEDGER_E_OK;
    int column = column_of(table, alert->column);
    return column != NO_COLUMN && fits(alert->condition, table->columns[column]->kind)
               ? LEDGER_E_OK
               : changed(alert, "column", alert->column, error);
}

static bool is_case(const struct alert *alert, const Ledger__V1__Table *table,
                    const Ledger__V1__Row *row) {
    if (alert->condition == ALERT_EVERY_ROW)
        return true;
    size_t column = (size_t)column_of(table, alert->column);
    if (column >= row->n_values ||
        format_is_none(table->columns[column]->kind, row->values[column]))
        return false;
    const Ledger__V1__Value *value = row->values[column];
    switch (alert->condition) {
    case ALERT_EVERY_ROW:
        break;
    case ALERT_TEXT_IS:
        return strcmp(value->text, alert->text) == 0;
    case ALERT_FLAG_SET:
        return value->integer != 0;
    case ALERT_BELOW:
        return value->integer < alert->number;
    case ALERT_AT_LEAST:
        return value->integer >= alert->number;
    }
    return true;
}

// Leaves of the reply the table of the cases, and of that the cases.
static enum ledger_err keep_cases(const struct alert *alert, struct asked *asked,
                                  Ledger__V1__QueryReply *reply, struct ledger_error *error) {
    Ledger__V1__Table *table = NULL;
    for (size_t i = 0; i < reply->n_tables && table == NULL; i++)
        if (reply->tables[i]->name != NULL && strcmp(reply->tables[i]->name, alert->table) == 0)
            table = reply->tables[i];
    enum ledger_err err = check(alert, table, error);
    if (err != LEDGER_E_OK)
        return err;
    if (table->rows_left_off > 0)
        return ledger_fail(error, LEDGER_E_INTERNAL, alert->name,
                           "`%s %s` has changed: its answer leaves rows off, which may be cases",
                           alert->projection, alert->query);
    size_t count = 0;
    for (size_t i = 0; i < table->n_rows; i++)
        if (is_case(alert, table, table->rows[i]))
            table->rows[count++] = table->rows[i];
    table->n_rows = count;
    reply->tables[0] = table;
    reply->n_tables = 1;
    asked->reply = reply;
    asked->cases = count;
    return LEDGER_E_OK;
}

// ---- all of them

// Not asked again: the first that does not answer may have taken all the patience there is.
static const char *known_problem(const struct question *question, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (question->asked[i].problem != NULL &&
            strcmp(alerts[i].projection, alerts[at].projection) == 0)
            return question->asked[i].problem;
    return NULL;
}

static enum ledger_err ask(const struct question *question, size_t at, struct ledger_error *error) {
    struct asked *asked = &question->asked[at];
    Ledger__V1__Parameter *list[ALERT_PARAMETERS_MAX + 3];
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__QueryRequest body = LEDGER__V1__QUERY_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    enum ledger_err err = prepare(question, &alerts[at], asked, error);
    if (err != LEDGER_E_OK)
        return err;
    asked->problem = known_problem(question, at);
    if (asked->problem != NULL)
        return LEDGER_E_OK;
    for (size_t i = 0; i < asked->count; i++)
        list[i] = &asked->parameters[i];
    body.query = (char *)alerts[at].query;
    body.n_parameters = asked->count;
    body.parameters = list;
    request.body_case = LEDGER__V1__REQUEST__BODY_QUERY;
    request.query = &body;
    err = services_ask(&question->settings->common, alerts[at].projection, &request,
                       question->arena, &reply, error);
    if (err == LEDGER_E_OK)
        return keep_cases(&alerts[at], asked, reply->query, error);
    if (err != LEDGER_E_UNAVAILABLE && err != LEDGER_E_TIMEOUT)
        return err;
    asked->problem =
        ledger_arena_printf(question->arena, "%s %s", alerts[at].projection,
                            err == LEDGER_E_TIMEOUT ? "does not answer in time" : "is not running");
    return asked->problem != NULL ? LEDGER_E_OK : out_of_memory(error);
}

static bool is_listed(const struct settings *settings, size_t at) {
    return settings->all ||
           (settings->list != NULL && strcmp(settings->list, alerts[at].name) == 0);
}

// ---- for people

static enum ledger_err print_overview(const struct question *question, struct ledger_error *error) {
    struct table *table = table_new();
    if (table == NULL)
        return out_of_memory(error);
    table_column(table, "Alert", TABLE_WORD);
    table_column(table, "Cases", TABLE_NUMBER);
    table_column(table, "Where to look", TABLE_WORD);
    for (size_t i = 0; i < alert_count; i++) {
        const struct asked *asked = &question->asked[i];
        const char *cases = asked->problem != NULL
                                ? FORMAT_NONE
                                : ledger_arena_printf(question->arena, "%" PRIu64, asked->cases);
        const char *where =
            asked->problem != NULL
                ? ledger_arena_printf(question->arena, "not known: %s", asked->problem)
                : asked->command;
        if (cases == NULL || where == NULL) {
            table_free(table);
            return out_of_memory(error);
        }
        table_cell(table, alerts[i].name);
        table_cell(table, cases);
        table_cell(table, where);
    }
    enum ledger_err err = table_print(table, display_width_of_terminal());
    table_free(table);
    return err;
}

static enum ledger_err print(const struct question *question, struct ledger_error *error) {
    enum ledger_err err = print_overview(question, error);
    for (size_t i = 0; i < alert_count && err == LEDGER_E_OK; i++) {
        const struct asked *asked = &question->asked[i];
        if (!is_listed(question->settings, i))
            continue;
        printf("\n%s%s%s: %s\n", display_bold(), alerts[i].name, display_plain(),
               alerts[i].meaning);
        if (asked->problem != NULL)
            printf("not known: %s\n", asked->problem);
        else
            err = answer_print(asked->reply, display_width_of_terminal());
    }
    return err;
}

// ---- for programs

// {"owner":…,"client":…,"id":…,"day":…,"row":{…}} for each row of {"tables":{table:[…]}}
static json_t *json_of_cases(const struct alert *alert, const struct asked *asked) {
    json_t *answer = answer_to_json(asked->reply);
    json_t *list = json_array();
    json_t *rows = json_object_get(json_object_get(answer, "tables"), alert->table);
    bool complete = rows != NULL && list != NULL;
    for (size_t i = 0; i < json_array_size(rows) && complete; i++) {
        json_t *row = json_array_get(rows, i);
        json_t *one = json_pack("{s:O}", "row", row);
        for (size_t j = 0; j < ALERT_KEYS && complete; j++) {
            json_t *value =
                alert->keys[j] != NULL ? json_object_get(row, alert->keys[j]) : json_null();
            complete = json_object_set(one, alert_key_names[j], value) == 0;
        }
        complete = json_array_append_new(list, one) == 0 && complete;
    }
    json_decref(answer);
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *json_of_alert(const struct question *question, size_t at) {
    const struct alert *alert = &alerts[at];
    const struct asked *asked = &question->asked[at];
    json_t *cases = asked->problem != NULL ? json_null() : json_integer((json_int_t)asked->cases);
    json_t *json =
        json_pack("{s:s,s:s,s:s,s:o,s:s?}", "alert", alert->name, "meaning", alert->meaning,
                  "query", asked->command, "cases", cases, "problem", asked->problem);
    if (json == NULL || asked->problem != NULL || !is_listed(question->settings, at) ||
        json_object_set_new(json, "list", json_of_cases(alert, asked)) == 0)
        return json;
    json_decref(json);
    return NULL;
}

static enum ledger_err print_json(const struct question *question, struct ledger_error *error) {
    json_t *list = json_array();
    for (size_t i = 0; i < alert_count; i++)
        if (json_array_append_new(list, json_of_alert(question, i)) != 0) {
            json_decref(list);
            return out_of_memory(error);
        }
    common_print_document(json_pack("{s:I,s:s,s:o}", "position", (json_int_t)question->position,
                                    "now", question->now, "alerts", list));
    return LEDGER_E_OK;
}

// ---- the command

static enum ledger_err check_list(const char *name, struct ledger_error *error) {
    struct ledger_buffer names = {0};
    for (size_t i = 0; i < alert_count; i++) {
        if (name == NULL || strcmp(alerts[i].name, name) == 0) {
            ledger_buffer_fini(&names);
            return LEDGER_E_OK;
        }
        ledger_buffer_printf(&names, " %s", alerts[i].name);
    }
    const char *text = ledger_buffer_text(&names);
    enum ledger_err err = text != NULL ? ledger_fail(error, LEDGER_E_USAGE, "list",
                                                     "no such alert; there are:%s", text)
                                       : out_of_memory(error);
    ledger_buffer_fini(&names);
    return err;
}

static enum ledger_err run(struct question *question, size_t *unknown, struct ledger_error *error) {
    enum ledger_err err = check_list(question->settings->list, error);
    if (err == LEDGER_E_OK)
        err = find_position(question, error);
    question->now = question->settings->now;
    if (err == LEDGER_E_OK && question->now == NULL)
        err = find_today(question, error);
    question->asked = ledger_arena_calloc(question->arena, alert_count * sizeof *question->asked);
    if (err == LEDGER_E_OK && question->asked == NULL)
        err = out_of_memory(error);
    for (size_t i = 0; i < alert_count && err == LEDGER_E_OK; i++) {
        err = ask(question, i, error);
        *unknown += err == LEDGER_E_OK && question->asked[i].problem != NULL;
    }
    if (err != LEDGER_E_OK)
        return err;
    return question->settings->common.json ? print_json(question, error) : print(question, error);
}

int ledgerctl_alerts(int argc, char **argv) {
    struct settings settings = {0};
    struct ledger_error error = {0};
    struct question question = {.settings = &settings};
    size_t unknown = 0;
    int rest;
    bool done;
    enum ledger_err err =
        ledger_config_flags(&program, argc - 1, argv + 1, &settings, &rest, &done, &error);
    if (err == LEDGER_E_OK && done)
        return 0;
    if (err == LEDGER_E_OK && rest > 0)
        err = ledger_fail(&error, LEDGER_E_USAGE, NULL, "unexpected argument: %s", argv[1]);
    if (err == LEDGER_E_OK) {
        question.arena = ledger_arena_new(0);
        err = question.arena != NULL ? run(&question, &unknown, &error) : out_of_memory(&error);
        ledger_arena_free(question.arena);
    }
    if (err != LEDGER_E_OK)
        return common_fail(argv[0], common_asks_json(argc, argv), &error);
    return unknown == 0 ? 0 : ledger_err_exit(LEDGER_E_NOT_FOUND);
}
