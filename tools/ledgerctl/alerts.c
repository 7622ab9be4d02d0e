// ledgerctl alerts: every alert asked at once, of one position. The table in services/alerts says
// what each asks; an answer that is not as it says is an error, not an alert without cases.
#include "alerts.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "services.h"

static const struct ledger_option options[] = {
    {.name = "now",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct alerts_settings, now),
     .value = "DATE",
     .help = "the day that every query takes for now; this computer's if not given"},
    {.name = "days",
     .kind = LEDGER_OPTION_INTEGER,
     .offset = offsetof(struct alerts_settings, days),
     .min = 1,
     .max = 366,
     .value = "N",
     .help = "for asked_again, days between the answers (else 90); for birthday_near, days to "
             "look ahead (else 7)"},
    {.name = "list",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct alerts_settings, list),
     .value = "ALERT",
     .help = "also the cases of this alert"},
    {.name = "all",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct alerts_settings, all),
     .help = "also the cases of every alert"},
    COMMON_OPTIONS(struct alerts_settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl alerts",
    .usage = "[options]",
    .summary = "Asks for all alerts at once: how many cases each has, and where to look.",
    .details =
        "All are asked of one position, the last one when the command begins. Whether the stored\n"
        "facts verify is no alert here: see `ledgerctl verify`.\n"
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

// ---- asking

enum ledger_err alerts_no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "asking for alerts");
}

static enum ledger_err find_position(struct alerts_question *question, struct ledger_error *error) {
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

static enum ledger_err find_today(struct alerts_question *question, struct ledger_error *error) {
    char day[sizeof "2026-03-31"];
    time_t seconds = time(NULL);
    struct tm local;
    if (localtime_r(&seconds, &local) == NULL || strftime(day, sizeof day, "%Y-%m-%d", &local) == 0)
        return ledger_fail(error, LEDGER_E_USAGE, "now", "today is not known: name a DATE");
    question->now = ledger_arena_text(question->arena, ledger_span_text(day));
    return question->now != NULL ? LEDGER_E_OK : alerts_no_memory(error);
}

static void add_parameter(struct alerts_asked *asked, const char *name, const char *value) {
    Ledger__V1__Parameter *parameter = &asked->parameters[asked->count++];
    ledger__v1__parameter__init(parameter);
    parameter->name = (char *)name;
    parameter->value = (char *)value;
}

static const char *value_of(const struct alerts_question *question,
                            const struct alert_parameter *parameter) {
    if (strcmp(parameter->name, "days") == 0 && question->settings->days > 0)
        return ledger_arena_printf(question->arena, "%" PRId64, question->settings->days);
    return alert_parameter_value(parameter, question->now, question->arena);
}

static enum ledger_err prepare(const struct alerts_question *question, const struct alert *alert,
                               struct alerts_asked *asked, struct ledger_error *error) {
    const char *command = ledger_arena_printf(question->arena, "ledgerctl query %s %s",
                                              alert->projection, alert->query);
    for (size_t i = 0; i < ALERT_PARAMETERS_MAX && alert->parameters[i].name != NULL; i++) {
        const char *value = value_of(question, &alert->parameters[i]);
        if (value == NULL)
            return alerts_no_memory(error);
        add_parameter(asked, alert->parameters[i].name, value);
    }
    add_parameter(asked, "now", question->now);
    for (size_t i = 0; i < asked->count && command != NULL; i++)
        command = ledger_arena_printf(question->arena, "%s --%s %s", command,
                                      asked->parameters[i].name, asked->parameters[i].value);
    const char *position = ledger_arena_printf(question->arena, "%" PRIu64, question->position);
    if (command == NULL || position == NULL)
        return alerts_no_memory(error);
    add_parameter(asked, "wait-for", position);
    add_parameter(asked, "as-of-position", position);
    asked->command = command;
    return LEDGER_E_OK;
}

// Leaves of the reply the table of the cases, and of that the cases.
static enum ledger_err keep_cases(const struct alert *alert, struct alerts_asked *asked,
                                  Ledger__V1__QueryReply *reply, struct ledger_error *error) {
    Ledger__V1__Table *table;
    enum ledger_err err = alert_find_table(alert, reply, &table, error);
    if (err != LEDGER_E_OK)
        return err;
    size_t count = 0;
    for (size_t i = 0; i < table->n_rows; i++)
        if (alert_is_case(alert, table, table->rows[i]))
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
static const char *known_problem(const struct alerts_question *question, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (question->asked[i].problem != NULL &&
            strcmp(alerts[i].projection, alerts[at].projection) == 0)
            return question->asked[i].problem;
    return NULL;
}

static enum ledger_err ask(const struct alerts_question *question, size_t at,
                           struct ledger_error *error) {
    struct alerts_asked *asked = &question->asked[at];
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
    return asked->problem != NULL ? LEDGER_E_OK : alerts_no_memory(error);
}

// ---- the command

// An error has no place for the names of all.
static enum ledger_err check_list(const char *name, struct ledger_error *error) {
    if (name == NULL)
        return LEDGER_E_OK;
    for (size_t i = 0; i < ALERT_COUNT; i++)
        if (strcmp(alerts[i].name, name) == 0)
            return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_USAGE, "list",
                       "there is no alert %.60s; without --list every alert is named", name);
}

static enum ledger_err run(struct alerts_question *question, size_t *unknown,
                           struct ledger_error *error) {
    enum ledger_err err = check_list(question->settings->list, error);
    if (err == LEDGER_E_OK)
        err = find_position(question, error);
    question->now = question->settings->now;
    if (err == LEDGER_E_OK && question->now == NULL)
        err = find_today(question, error);
    question->asked = ledger_arena_calloc(question->arena, ALERT_COUNT * sizeof *question->asked);
    if (err == LEDGER_E_OK && question->asked == NULL)
        err = alerts_no_memory(error);
    for (size_t i = 0; i < ALERT_COUNT && err == LEDGER_E_OK; i++) {
        err = ask(question, i, error);
        *unknown += err == LEDGER_E_OK && question->asked[i].problem != NULL;
    }
    if (err != LEDGER_E_OK)
        return err;
    return question->settings->common.json ? alerts_print_json(question, error)
                                           : alerts_print(question, error);
}

int ledgerctl_alerts(int argc, char **argv) {
    struct alerts_settings settings = {0};
    struct ledger_error error = {0};
    struct alerts_question question = {.settings = &settings};
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
        err = question.arena != NULL ? run(&question, &unknown, &error) : alerts_no_memory(&error);
        ledger_arena_free(question.arena);
    }
    if (err != LEDGER_E_OK)
        return common_fail(argv[0], common_asks_json(argc, argv), &error);
    return unknown == 0 ? 0 : ledger_err_exit(LEDGER_E_NOT_FOUND);
}
