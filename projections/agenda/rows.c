// Rows as bytes: each value is written and read in the same order.
#include "fold.h"

#include <string.h>

// ---- moments
static void value_moment(struct ledger_buffer *value, const struct ledger_moment *moment) {
    projection_value_number(value, moment->when);
    if (moment->when == LEDGER_WHEN_UNKNOWN)
        return;
    bool instant = moment->when == LEDGER_WHEN_INSTANT;
    projection_value_number(value, instant ? moment->micros : moment->day);
    projection_value_number(value, instant ? moment->offset_minutes : 0);
}

struct ledger_moment moment_read(struct projection_reader *reader) {
    enum ledger_when when = (enum ledger_when)projection_read_number(reader);
    if (when == LEDGER_WHEN_UNKNOWN)
        return ledger_moment_unknown();
    int64_t number = projection_read_number(reader);
    int32_t offset = (int32_t)projection_read_number(reader);
    return when == LEDGER_WHEN_DATE ? ledger_moment_date((int32_t)number)
                                    : ledger_moment_instant(number, offset);
}

// ---- tasks
void put_task_fact(struct projection_rows *rows, const char *task, const struct task_fact *fact) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, task);
    projection_value_number(value, fact->kind);
    projection_value_number(value, fact->task_kind);
    projection_value_text(value, fact->actor);
    projection_value_text(value, fact->client);
    projection_value_text(value, fact->deal);
    projection_value_text(value, fact->employee);
    projection_value_text(value, fact->from_employee);
    projection_value_text(value, fact->text);
    projection_value_text(value, fact->detail);
    value_moment(value, &fact->due);
    value_moment(value, &fact->old_due);
    value_moment(value, &fact->remind_at);
    value_moment(value, &fact->at);
    projection_value_number(value, fact->has_progress);
    projection_value_number(value, fact->progress);
    projection_value_number(value, fact->recorded_at);
    projection_rows_put(rows, TASK_FACTS, &key, ledger_buffer_span(value));
}

struct task_fact task_fact_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct task_fact fact;
    fact.kind = (enum task_fact_kind)projection_read_number(&reader);
    fact.task_kind = (enum task_kind)projection_read_number(&reader);
    fact.actor = projection_read_text(&reader);
    fact.client = projection_read_text(&reader);
    fact.deal = projection_read_text(&reader);
    fact.employee = projection_read_text(&reader);
    fact.from_employee = projection_read_text(&reader);
    fact.text = projection_read_text(&reader);
    fact.detail = projection_read_text(&reader);
    fact.due = moment_read(&reader);
    fact.old_due = moment_read(&reader);
    fact.remind_at = moment_read(&reader);
    fact.at = moment_read(&reader);
    fact.has_progress = projection_read_number(&reader);
    fact.progress = projection_read_number(&reader);
    fact.recorded_at = projection_read_number(&reader);
    return fact;
}

// ---- visits and contacts
void put_visit_fact(struct projection_rows *rows, const char *visit,
                    const struct visit_fact *fact) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, visit);
    projection_value_number(value, fact->kind);
    projection_value_text(value, fact->client);
    projection_value_text(value, fact->person);
    projection_value_text(value, fact->employee);
    projection_value_text(value, fact->text);
    value_moment(value, &fact->start);
    projection_rows_put(rows, VISIT_FACTS, &key, ledger_buffer_span(value));
}

struct visit_fact visit_fact_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct visit_fact fact;
    fact.kind = (enum visit_fact_kind)projection_read_number(&reader);
    fact.client = projection_read_text(&reader);
    fact.person = projection_read_text(&reader);
    fact.employee = projection_read_text(&reader);
    fact.text = projection_read_text(&reader);
    fact.start = moment_read(&reader);
    return fact;
}

void put_contact(struct projection_rows *rows, const char *client,
                 const struct ledger_moment *moment) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, client);
    value_moment(value, moment);
    projection_rows_put(rows, CONTACTS, &key, ledger_buffer_span(value));
}

void put_calendar(struct projection_rows *rows, const struct ledger_moment *moment,
                  enum calendar_kind kind, const char *id) {
    struct projection_key key = {0};
    if (moment->when == LEDGER_WHEN_UNKNOWN)
        return;
    projection_key_day(&key, moment->day);
    projection_key_day(&key, (int32_t)kind);
    projection_key_text(&key, id);
    projection_rows_put(rows, CALENDAR, &key, (struct ledger_span){0});
}

// ---- clients and people
void put_owner(struct projection_rows *rows, const char *client, const struct owner_row *owner) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, client);
    projection_value_text(value, owner->employee);
    projection_value_number(value, owner->has_from);
    projection_value_number(value, owner->from);
    projection_rows_put(rows, OWNERS, &key, ledger_buffer_span(value));
    if (!owner->employee)
        return;
    struct projection_key owned = {0};
    projection_key_text(&owned, owner->employee);
    projection_key_text(&owned, client);
    projection_rows_put(rows, OWNED, &owned, (struct ledger_span){0});
}

struct owner_row owner_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct owner_row row;
    row.employee = projection_read_text(&reader);
    row.has_from = projection_read_number(&reader);
    row.from = (int32_t)projection_read_number(&reader);
    return row;
}

void put_person(struct projection_rows *rows, const char *person, const char *client,
                const struct person_row *row) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, person);
    projection_key_text(&key, client);
    projection_value_text(value, row->name);
    projection_value_number(value, row->removed);
    projection_rows_put(rows, CONTACT_PEOPLE, &key, ledger_buffer_span(value));
}

struct person_row person_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct person_row row;
    row.name = projection_read_text(&reader);
    row.removed = projection_read_number(&reader);
    return row;
}

void put_personal(struct projection_rows *rows, const char *person,
                  const struct personal_row *row) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, person);
    projection_value_number(value, row->topic);
    projection_value_text(value, row->code);
    projection_value_text(value, row->client);
    projection_value_number(value, row->birthday);
    projection_value_number(value, row->has_valid_until);
    projection_value_number(value, row->valid_until);
    projection_rows_put(rows, PERSONAL_FACTS, &key, ledger_buffer_span(value));
}

struct personal_row personal_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct personal_row row;
    row.topic = projection_read_number(&reader);
    row.code = projection_read_text(&reader);
    row.client = projection_read_text(&reader);
    row.birthday = (int32_t)projection_read_number(&reader);
    row.has_valid_until = projection_read_number(&reader);
    row.valid_until = (int32_t)projection_read_number(&reader);
    return row;
}

bool birthday_key(const char *text, int32_t *key) {
    char date[] = "2000-MM-DD"; // a leap year
    int32_t days;
    int year, month, day;
    size_t size = strlen(text);
    if (size == 7 && memcmp(text, "--", 2) == 0)
        memcpy(date + 4, text + 1, 6);
    else if (size == 10 && ledger_date_parse(ledger_span_text(text), &days))
        memcpy(date, text, 10);
    else
        return false;
    if (!ledger_date_parse(ledger_span_text(date), &days))
        return false;
    ledger_civil_from_days(days, &year, &month, &day);
    *key = 100 * month + day;
    return true;
}

// ---- one text or number under an id
void put_text(struct projection_rows *rows, enum agenda_table table, const char *id,
              const char *text) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, id);
    projection_value_text(value, text);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

void put_number(struct projection_rows *rows, enum agenda_table table, const char *id,
                int64_t number) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, id);
    projection_value_number(value, number);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}
