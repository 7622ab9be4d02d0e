#include <string.h>

#include "alerts.h"
#include "ledger/moment.h"

const char *alert_parameter_value(const struct alert_parameter *parameter, const char *now,
                                  struct ledger_arena *arena) {
    char text[LEDGER_DATE_TEXT_SIZE];
    int32_t day;
    if (strcmp(parameter->value, ALERT_TODAY) == 0)
        return now;
    if (strcmp(parameter->value, ALERT_YESTERDAY) != 0)
        return parameter->value;
    if (!ledger_date_parse(ledger_span_text(now), &day) || day <= LEDGER_DAY_MIN)
        return now; // the query says what is wrong with it
    ledger_date_format(day - 1, text);
    return ledger_arena_text(arena, ledger_span_text(text));
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

enum ledger_err alert_find_table(const struct alert *alert, const Ledger__V1__QueryReply *reply,
                                 Ledger__V1__Table **table, struct ledger_error *error) {
    *table = NULL;
    for (size_t i = 0; i < reply->n_tables && *table == NULL; i++)
        if (reply->tables[i]->name != NULL && strcmp(reply->tables[i]->name, alert->table) == 0)
            *table = reply->tables[i];
    enum ledger_err err = check(alert, *table, error);
    if (err == LEDGER_E_OK && (*table)->rows_left_off > 0)
        err = ledger_fail(error, LEDGER_E_INTERNAL, alert->name,
                          "`%s %s` has changed: its answer leaves rows off, which may be cases",
                          alert->projection, alert->query);
    return err;
}

bool alert_is_case(const struct alert *alert, const Ledger__V1__Table *table,
                   const Ledger__V1__Row *row) {
    if (alert->condition == ALERT_EVERY_ROW)
        return true;
    size_t column = (size_t)column_of(table, alert->column);
    const Ledger__V1__Value *value = column < row->n_values ? row->values[column] : NULL;
    if (value == NULL)
        return false;
    switch (alert->condition) {
    case ALERT_EVERY_ROW:
        break;
    case ALERT_TEXT_IS:
        return value->text != NULL && strcmp(value->text, alert->text) == 0;
    case ALERT_FLAG_SET:
        return value->has_integer && value->integer != 0;
    case ALERT_BELOW:
        return value->has_integer && value->integer < alert->number;
    case ALERT_AT_LEAST:
        return value->has_integer && value->integer >= alert->number;
    }
    return true;
}
