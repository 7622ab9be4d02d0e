// Typed tables, built value by value in the arena of the question.
#include "answer_internal.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ids.h"
#include "ratio.h"

struct projection_answer *projection_answer_new(struct ledger_arena *arena) {
    struct projection_answer *answer = ledger_arena_calloc(arena, sizeof *answer);
    if (answer)
        answer->arena = arena;
    return answer;
}

static void *take(struct projection_answer *answer, size_t size) {
    void *memory = ledger_arena_calloc(answer->arena, size);
    answer->failed |= !memory;
    return memory;
}

static char *copy(struct projection_answer *answer, const char *text) {
    char *made = ledger_arena_copy(answer->arena, text, strlen(text) + 1);
    answer->failed |= !made;
    return made;
}

static bool add_columns(struct projection_answer *answer, struct table *table, size_t count) {
    table->message.columns = take(answer, count * sizeof *table->message.columns);
    Ledger__V1__Column *columns = take(answer, count * sizeof *columns);
    if (answer->failed)
        return false;
    for (size_t i = 0; i < count; i++) {
        ledger__v1__column__init(&columns[i]);
        columns[i].name = copy(answer, table->columns[i].name);
        columns[i].title = copy(answer, table->columns[i].title);
        columns[i].has_kind = true;
        columns[i].kind = (Ledger__V1__ValueKind)table->columns[i].kind;
        columns[i].has_detail = columns[i].detail = table->columns[i].detail;
        table->message.columns[i] = &columns[i];
    }
    table->message.n_columns = count;
    return true;
}

void projection_answer_table(struct projection_answer *answer, const char *name, const char *title,
                             const struct projection_column *columns, size_t count) {
    struct table *table = answer->failed ? NULL : take(answer, sizeof *table);
    if (!table)
        return;
    ledger__v1__table__init(&table->message);
    table->columns = columns;
    table->message.name = copy(answer, name);
    table->message.title = copy(answer, title);
    if (!add_columns(answer, table, count) ||
        !projection_grow(answer->arena, &answer->tables, &answer->table_capacity,
                         answer->table_count, sizeof(struct table *))) {
        answer->failed = true;
        return;
    }
    answer->tables[answer->table_count++] = table;
}

static struct table *last_table(const struct projection_answer *answer) {
    return answer->failed || !answer->table_count ? NULL : answer->tables[answer->table_count - 1];
}

static Ledger__V1__Row *begin_row(struct projection_answer *answer, struct table *table) {
    size_t columns = table->message.n_columns;
    Ledger__V1__Row *row = take(answer, sizeof *row);
    if (!row || !projection_grow(answer->arena, &table->message.rows, &table->row_capacity,
                                 table->message.n_rows, sizeof(Ledger__V1__Row *))) {
        answer->failed = true;
        return NULL;
    }
    ledger__v1__row__init(row);
    row->values = take(answer, columns * sizeof *row->values);
    Ledger__V1__Value *values = take(answer, columns * sizeof *values);
    if (answer->failed)
        return NULL;
    for (size_t i = 0; i < columns; i++) {
        ledger__v1__value__init(&values[i]);
        row->values[i] = &values[i];
    }
    row->n_values = columns;
    table->message.rows[table->message.n_rows++] = row;
    return row;
}

// The place of the next value, and its column. NULL if it is not kept.
static Ledger__V1__Value *next_value(struct projection_answer *answer,
                                     const struct projection_column **column) {
    struct table *table = last_table(answer);
    if (!table)
        return NULL;
    size_t at = table->filled++;
    if (at == 0) {
        table->dropping = table->limit && table->message.n_rows >= table->limit;
        if (table->dropping)
            table->message.rows_left_off++;
        else if (!begin_row(answer, table))
            return NULL;
    }
    *column = &table->columns[at];
    if (table->filled == table->message.n_columns)
        table->filled = 0;
    return table->dropping ? NULL : table->message.rows[table->message.n_rows - 1]->values[at];
}

static void set_integer(Ledger__V1__Value *value, int64_t number) {
    value->has_integer = true;
    value->integer = number;
}

static void leave_empty(struct projection_answer *answer, const struct projection_column *column) {
    const struct table *table = last_table(answer);
    if (!answer->unwritten.count++) {
        answer->unwritten.table = table;
        answer->unwritten.row = table->message.n_rows - 1;
        answer->unwritten.column = (size_t)(column - table->columns);
    }
}

static void set_figure(struct projection_answer *answer, Ledger__V1__Value *value,
                       const struct projection_column *column, __int128 number) {
    if (number > INT64_MAX || number < INT64_MIN)
        leave_empty(answer, column);
    else
        set_integer(value, (int64_t)number);
}

void projection_answer_none(struct projection_answer *answer) {
    const struct projection_column *column;
    (void)next_value(answer, &column);
}

void projection_answer_text(struct projection_answer *answer, const char *text) {
    const struct projection_column *column;
    Ledger__V1__Value *value = next_value(answer, &column);
    if (!value)
        return;
    assert(column->kind == PROJECTION_TEXT || column->kind == PROJECTION_ID ||
           column->kind == PROJECTION_JSON);
    value->text = text ? copy(answer, text) : NULL;
}

void projection_answer_integer(struct projection_answer *answer, __int128 number) {
    const struct projection_column *column;
    Ledger__V1__Value *value = next_value(answer, &column);
    if (!value)
        return;
    assert(column->kind == PROJECTION_INTEGER || column->kind == PROJECTION_FLAG);
    set_figure(answer, value, column, number);
}

void projection_answer_flag(struct projection_answer *answer, bool flag) {
    projection_answer_integer(answer, flag);
}

static void answer_ratio(struct projection_answer *answer, struct projection_ratio ratio) {
    const struct projection_column *column;
    Ledger__V1__Value *value = next_value(answer, &column);
    int64_t scaled;
    if (!value)
        return;
    assert(column->kind == PROJECTION_RATIO);
    if (projection_ratio_round(ratio, &scaled))
        set_integer(value, scaled);
    else if (!ratio.none)
        leave_empty(answer, column);
}

void projection_answer_ratio(struct projection_answer *answer, __int128 numerator,
                             __int128 denominator) {
    answer_ratio(answer, projection_ratio_of(numerator, denominator));
}

void projection_answer_money_ratio(struct projection_answer *answer, __int128 minor,
                                   __int128 denominator, const char *currency) {
    __int128 unit = 1;
    for (int i = projection_currency_digits(currency); i > 0; i--)
        unit *= 10;
    answer_ratio(answer, projection_ratio_over(projection_ratio_of(minor, denominator),
                                               projection_ratio_of(unit, 1)));
}

void projection_answer_money(struct projection_answer *answer, __int128 minor,
                             const char *currency) {
    const struct projection_column *column;
    Ledger__V1__Value *value = next_value(answer, &column);
    if (!value)
        return;
    assert(column->kind == PROJECTION_MONEY);
    set_figure(answer, value, column, minor);
    value->text = currency ? copy(answer, currency) : NULL;
}

static void set_moment_text(struct projection_answer *answer, Ledger__V1__Value *value,
                            const struct ledger_moment *moment) {
    char date[LEDGER_DATE_TEXT_SIZE];
    char instant[LEDGER_INSTANT_TEXT_SIZE];
    const char *text = "unknown";
    if (moment->when == LEDGER_WHEN_DATE) {
        ledger_date_format(moment->day, date);
        text = date;
    } else if (moment->when == LEDGER_WHEN_INSTANT) {
        ledger_instant_format(moment->micros, moment->offset_minutes, instant);
        text = instant;
    }
    value->text = copy(answer, text);
}

void projection_answer_moment(struct projection_answer *answer,
                              const struct ledger_moment *moment) {
    const struct projection_column *column;
    Ledger__V1__Value *value = next_value(answer, &column);
    if (!value)
        return;
    assert(column->kind == PROJECTION_TEXT || column->kind == PROJECTION_DATE ||
           column->kind == PROJECTION_INSTANT);
    if (column->kind == PROJECTION_TEXT) {
        set_moment_text(answer, value, moment);
    } else if (column->kind == PROJECTION_DATE) {
        if (moment->when != LEDGER_WHEN_UNKNOWN)
            set_integer(value, moment->day);
    } else if (moment->when == LEDGER_WHEN_INSTANT) {
        set_integer(value, moment->micros);
        value->has_offset_minutes = true;
        value->offset_minutes = moment->offset_minutes;
    }
}

void projection_answer_day(struct projection_answer *answer, int32_t day) {
    const struct ledger_moment moment = ledger_moment_date(day);
    projection_answer_moment(answer, &moment);
}

void projection_answer_detail(struct projection_answer *answer, const char *column, bool detail) {
    struct table *table = last_table(answer);
    for (size_t i = 0; table && i < table->message.n_columns; i++)
        if (strcmp(table->columns[i].name, column) == 0)
            table->message.columns[i]->has_detail = table->message.columns[i]->detail = detail;
}

void projection_answer_limit(struct projection_answer *answer, uint64_t rows) {
    struct table *table = last_table(answer);
    if (table)
        table->limit = rows;
}

void projection_answer_left_off(struct projection_answer *answer, uint64_t rows) {
    struct table *table = last_table(answer);
    if (table)
        table->message.rows_left_off += rows;
}

enum ledger_err projection_no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for the answer");
}

void projection_answer_note(struct projection_answer *answer, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *note = copy(answer, text);
    if (!note || !projection_grow(answer->arena, &answer->notes, &answer->note_capacity,
                                  answer->note_count, sizeof(char *))) {
        answer->failed = true;
        return;
    }
    answer->notes[answer->note_count++] = note;
}

const char *projection_number(struct projection_answer *answer, uint64_t number) {
    char text[32]; // from the end
    size_t at = sizeof text - 1;
    text[at] = '\0';
    for (size_t digits = 0; digits == 0 || number; digits++, number /= 10) {
        if (digits && digits % 3 == 0)
            text[--at] = ',';
        text[--at] = (char)('0' + number % 10);
    }
    const char *made = copy(answer, text + at);
    return made ? made : "";
}

const char *projection_count(struct projection_answer *answer, uint64_t number, const char *one,
                             const char *many) {
    const char *text = ledger_arena_printf(
        answer->arena, "%s %s", projection_number(answer, number), number == 1 ? one : many);
    answer->failed |= !text;
    return text ? text : "";
}

void projection_answer_nothing_known(struct projection_answer *answer, const char *kind,
                                     const char *id) {
    projection_answer_note(answer, "Nothing is known of %s %.200s.", kind, id);
}
