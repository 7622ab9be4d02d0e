// How many cases each alert has, where to look, and the cases.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "alerts.h"
#include "answer.h"
#include "display.h"
#include "format.h"
#include "table.h"

static bool is_listed(const struct alerts_settings *settings, size_t at) {
    return settings->all ||
           (settings->list != NULL && strcmp(settings->list, alerts[at].name) == 0);
}

// ---- for people

static void add_cases(struct table *table, const struct alerts_asked *asked) {
    struct ledger_buffer cases = {0};
    if (asked->problem != NULL)
        ledger_buffer_add_text(&cases, FORMAT_NONE);
    else
        format_integer(&cases, (int64_t)asked->cases);
    const char *text = ledger_buffer_text(&cases);
    table_cell(table, text != NULL ? text : FORMAT_NONE);
    ledger_buffer_fini(&cases);
}

// Which rows of the answer are the cases: a query may answer for several alerts.
static void print_condition(const struct alert *alert) {
    switch (alert->condition) {
    case ALERT_EVERY_ROW:
        printf(": %s\n", alert->table);
        return;
    case ALERT_TEXT_IS:
        printf(": %s with %s \"%s\"\n", alert->table, alert->column, alert->text);
        return;
    case ALERT_FLAG_SET:
        printf(": %s with %s\n", alert->table, alert->column);
        return;
    case ALERT_BELOW:
    case ALERT_AT_LEAST:
        break;
    }
    struct ledger_buffer number = {0};
    bool below = alert->condition == ALERT_BELOW;
    if (below)
        format_ratio(&number, alert->number);
    else
        format_integer(&number, alert->number);
    const char *text = ledger_buffer_text(&number);
    printf(": %s with %s %s %s\n", alert->table, alert->column, below ? "below" : "at least",
           text != NULL ? text : "");
    ledger_buffer_fini(&number);
}

// Whole lines, to be copied, also where a terminal wraps them. What has no cases needs no look.
static void print_commands(const struct alerts_question *question) {
    const char *heading = "Where to look";
    for (size_t i = 0; i < ALERT_COUNT; i++) {
        const struct alerts_asked *asked = &question->asked[i];
        if (asked->problem == NULL && asked->cases == 0)
            continue;
        if (heading != NULL)
            printf("\n%s%s%s\n", display_bold(), heading, display_plain());
        heading = NULL;
        if (asked->problem != NULL) {
            printf("%s: not known: %s\n", alerts[i].name, asked->problem);
            continue;
        }
        printf("%s", alerts[i].name);
        print_condition(&alerts[i]);
        printf("    %s\n", asked->command);
    }
}

static enum ledger_err print_overview(const struct alerts_question *question,
                                      struct ledger_error *error) {
    struct table *table = table_new();
    if (table == NULL)
        return alerts_no_memory(error);
    table_column(table, "Alert", TABLE_WORD);
    table_column(table, "Cases", TABLE_NUMBER);
    table_column(table, "What it means", TABLE_PROSE);
    for (size_t i = 0; i < ALERT_COUNT; i++) {
        const struct alerts_asked *asked = &question->asked[i];
        table_cell(table, alerts[i].name);
        add_cases(table, asked);
        table_cell(table, alerts[i].meaning);
    }
    enum ledger_err err = table_print(table, display_width_of_terminal());
    table_free(table);
    return err;
}

enum ledger_err alerts_print(const struct alerts_question *question, struct ledger_error *error) {
    enum ledger_err err = print_overview(question, error);
    if (err == LEDGER_E_OK)
        print_commands(question);
    for (size_t i = 0; i < ALERT_COUNT && err == LEDGER_E_OK; i++) {
        const struct alerts_asked *asked = &question->asked[i];
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
static json_t *json_of_cases(const struct alert *alert, const struct alerts_asked *asked) {
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

static json_t *json_of_alert(const struct alerts_question *question, size_t at) {
    const struct alert *alert = &alerts[at];
    const struct alerts_asked *asked = &question->asked[at];
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

enum ledger_err alerts_print_json(const struct alerts_question *question,
                                  struct ledger_error *error) {
    json_t *list = json_array();
    for (size_t i = 0; i < ALERT_COUNT; i++)
        if (json_array_append_new(list, json_of_alert(question, i)) != 0) {
            json_decref(list);
            return alerts_no_memory(error);
        }
    common_print_document(json_pack("{s:I,s:s,s:o}", "position", (json_int_t)question->position,
                                    "now", question->now, "alerts", list));
    return LEDGER_E_OK;
}
