#include "answer.h"
#include "format.h"
#include "ledger/moment.h"
#include "ledger/uuid.h"

static json_t *text_or_null(const char *text) {
    return text != NULL ? json_string(text) : json_null();
}

static json_t *json_of_date(int64_t days) {
    struct ledger_buffer buffer = {0};
    format_date(&buffer, days);
    const char *text = ledger_buffer_text(&buffer);
    json_t *json = text != NULL ? json_string(text) : NULL;
    ledger_buffer_fini(&buffer);
    return json;
}

static json_t *json_of_instant(const Ledger__V1__Value *value) {
    char text[LEDGER_INSTANT_TEXT_SIZE];
    ledger_instant_format(value->integer, value->offset_minutes, text);
    return json_string(text);
}

static json_t *json_of_document(const char *text) {
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    return json != NULL ? json : json_string(text);
}

static json_t *json_of_value(Ledger__V1__ValueKind kind, const Ledger__V1__Value *value) {
    if (format_is_none(kind, value))
        return json_null();
    switch (kind) {
    case LEDGER__V1__VALUE_KIND__INTEGER:
        return json_integer(value->integer);
    case LEDGER__V1__VALUE_KIND__RATIO:
        return json_real((double)value->integer / 10000.0);
    case LEDGER__V1__VALUE_KIND__MONEY:
        return json_pack("{s:I,s:o}", "minor", (json_int_t)value->integer, "currency",
                         text_or_null(value->text));
    case LEDGER__V1__VALUE_KIND__DATE:
        return json_of_date(value->integer);
    case LEDGER__V1__VALUE_KIND__INSTANT:
        return json_of_instant(value);
    case LEDGER__V1__VALUE_KIND__JSON:
        return json_of_document(value->text);
    case LEDGER__V1__VALUE_KIND__FLAG:
        return json_boolean(value->integer != 0);
    case LEDGER__V1__VALUE_KIND__VALUE_KIND_UNSPECIFIED:
    case LEDGER__V1__VALUE_KIND__TEXT:
    case LEDGER__V1__VALUE_KIND__ID:
    case _LEDGER__V1__VALUE_KIND_IS_INT_SIZE:
        break;
    }
    return json_string(value->text);
}

// json_object_set_new and its like take a NULL value as the failure it is: errors surface at the
// end, as a NULL document.

static json_t *json_of_row(const Ledger__V1__Table *table, const Ledger__V1__Row *row) {
    json_t *object = json_object();
    bool complete = object != NULL;
    for (size_t i = 0; i < table->n_columns && i < row->n_values && complete; i++) {
        const Ledger__V1__Column *column = table->columns[i];
        complete = json_object_set_new(object, column->name != NULL ? column->name : "",
                                       json_of_value(column->kind, row->values[i])) == 0;
    }
    if (complete)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *json_of_table(const Ledger__V1__Table *table) {
    json_t *rows = json_array();
    bool complete = rows != NULL;
    for (size_t i = 0; i < table->n_rows && complete; i++)
        complete = json_array_append_new(rows, json_of_row(table, table->rows[i])) == 0;
    if (complete)
        return rows;
    json_decref(rows);
    return NULL;
}

static bool add(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0;
}

static bool add_tables(json_t *object, const Ledger__V1__QueryReply *answer) {
    json_t *tables = json_object();
    json_t *left_off = json_object();
    bool complete = tables != NULL && left_off != NULL;
    for (size_t i = 0; i < answer->n_tables && complete; i++) {
        const Ledger__V1__Table *table = answer->tables[i];
        const char *name = table->name != NULL ? table->name : "";
        complete = add(tables, name, json_of_table(table));
        if (complete && table->rows_left_off > 0)
            complete = add(left_off, name, json_integer((json_int_t)table->rows_left_off));
    }
    bool any = complete && json_object_size(left_off) > 0;
    complete = complete && add(object, "tables", json_incref(tables)) &&
               (!any || add(object, "rowsLeftOff", json_incref(left_off)));
    json_decref(tables);
    json_decref(left_off);
    return complete;
}

static bool add_notes(json_t *object, const Ledger__V1__QueryReply *answer) {
    json_t *notes = json_array();
    if (!add(object, "notes", notes))
        return false;
    for (size_t i = 0; i < answer->n_notes; i++)
        if (json_array_append_new(notes, json_string(answer->notes[i])) != 0)
            return false;
    return true;
}

static bool add_ledger(json_t *object, const Ledger__V1__QueryReply *answer) {
    char text[LEDGER_UUID_TEXT_SIZE];
    struct ledger_uuid uuid;
    if (!answer->has_ledger_id || answer->ledger_id.len != sizeof uuid.bytes)
        return true;
    memcpy(uuid.bytes, answer->ledger_id.data, sizeof uuid.bytes);
    ledger_uuid_format(&uuid, text);
    return add(object, "ledgerId", json_string(text));
}

json_t *answer_to_json(const Ledger__V1__QueryReply *answer) {
    json_t *object = json_object();
    if (object != NULL && add(object, "projection", text_or_null(answer->projection)) &&
        add(object, "query", text_or_null(answer->query)) && add_ledger(object, answer) &&
        add(object, "position", json_integer((json_int_t)answer->position)) &&
        add(object, "settled", json_boolean(!answer->has_settled || answer->settled)) &&
        add(object, "asOfOccurred", text_or_null(answer->as_of_occurred)) &&
        add(object, "now", text_or_null(answer->now)) &&
        add(object, "foldVersion", json_integer(answer->fold_version)) &&
        add_tables(object, answer) && add_notes(object, answer))
        return object;
    json_decref(object);
    return NULL;
}
