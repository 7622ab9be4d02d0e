// How facts become rows: what every mapper needs.
#include "fold.h"

// ---- rows
void put_row(struct projection_rows *rows, enum trade_table table, const char *id,
             enum trade_shape shape, const void *row) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, id);
    trade_row_write(shape, row, value);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

void put_under(struct projection_rows *rows, enum trade_table table, const char *first,
               const char *second, enum trade_shape shape, const void *row) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, first);
    projection_key_text(&key, second);
    trade_row_write(shape, row, value);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

void put_link(struct projection_rows *rows, enum trade_table table, const char *first,
              const char *second) {
    struct projection_key key = {0};
    if (!first)
        return;
    projection_key_text(&key, first);
    projection_key_text(&key, second);
    projection_rows_put(rows, (uint8_t)table, &key, (struct ledger_span){0});
}

// ---- what facts say
const char *client_of(const struct projection_fact *fact, const char *client_id) {
    return client_id ? client_id : projection_subject(fact->record, "client");
}

enum ledger_err missing(struct ledger_error *error, const char *field, const char *text) {
    return ledger_fail(error, LEDGER_E_MISSING_FIELD, field, "%s", text);
}

const char *currency_of(const Ledger__V1__Money *money) {
    return money ? money->currency : NULL;
}

int64_t minor_of(const Ledger__V1__Money *money) {
    return money ? money->minor : 0;
}

bool day_of(const Ledger__V1__Date *date, const struct projection_fact *fact, int64_t *day) {
    *day = date ? date->days : fact->occurred.day;
    return date || fact->occurred.when != LEDGER_WHEN_UNKNOWN;
}

int64_t first_day(const Ledger__V1__Date *date, const struct projection_fact *fact) {
    int64_t day;
    return day_of(date, fact, &day) ? day : INT32_MIN;
}
