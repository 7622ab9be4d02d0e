// Each record goes once into the model as it was written, and under what it can be looked for by.
#include <string.h>

#include "changes.h"
#include "leaf.h"

void key_text_cut(struct projection_key *key, const char *text) {
    char cut[KEY_TEXT_MAX + 1];
    size_t size = text ? strnlen(text, KEY_TEXT_MAX) : 0;
    if (size)
        memcpy(cut, text, size);
    cut[size] = '\0';
    projection_key_text(key, cut);
}

void key_position_down(struct projection_key *key, uint64_t position) {
    projection_key_u64(key, UINT64_MAX - position);
}

static enum written_kind kind_of(const Ledger__V1__Record *record) {
    enum ledger_fact fact = record_fact(record);
    return fact == LEDGER_FACT_FactCorrected   ? WRITTEN_CORRECTION
           : fact == LEDGER_FACT_FactRetracted ? WRITTEN_RETRACTION
                                               : WRITTEN_FACT;
}

// ---- the record itself
static bool put_record(const Ledger__V1__Record *record, struct projection_rows *rows) {
    struct projection_key key = {0};
    key_position_down(&key, record->position);
    struct ledger_buffer *value = projection_rows_value(rows);
    if (!record_value_put(record, projection_rows_record(rows), value))
        return false;
    projection_rows_put(rows, WRITTEN, &key, ledger_buffer_span(value));
    return true;
}

// ---- indexes
static void put_text(const Ledger__V1__Record *record, struct projection_rows *rows, uint8_t table,
                     const char *text, struct ledger_span value) {
    struct projection_key key = {0};
    if (!text || !*text)
        return;
    key_text_cut(&key, text);
    key_position_down(&key, record->position);
    projection_rows_put(rows, table, &key, value);
}

static bool names(const Ledger__V1__Event *event, size_t count, const Ledger__V1__Subject *wanted) {
    for (size_t i = 0; i < count; i++) {
        const Ledger__V1__Subject *subject = event->subjects[i];
        if (subject->kind && subject->id && strcmp(subject->kind, wanted->kind) == 0 &&
            strcmp(subject->id, wanted->id) == 0)
            return true;
    }
    return false;
}

// Under each object of `event` that neither an earlier one nor `before` names.
static void put_objects(const Ledger__V1__Record *record, const Ledger__V1__Event *event,
                        const Ledger__V1__Event *before, struct projection_rows *rows) {
    for (size_t i = 0; i < event->n_subjects; i++) {
        const Ledger__V1__Subject *subject = event->subjects[i];
        struct projection_key key = {0};
        if (!subject->kind || !subject->id || names(event, i, subject) ||
            (before && names(before, before->n_subjects, subject)))
            continue;
        projection_key_text(&key, subject->kind);
        projection_key_text(&key, subject->id);
        key_position_down(&key, record->position);
        projection_rows_put(rows, BY_OBJECT, &key, (struct ledger_span){0});
    }
}

static enum ledger_err put_fields(const Ledger__V1__Record *record, struct projection_rows *rows,
                                  struct ledger_error *error) {
    enum ledger_fact fact = record_fact(record);
    const ProtobufCBinaryData *payload = &record->event->payload;
    if (!changes_something(fact))
        return LEDGER_E_OK;
    struct ledger_arena *arena = ledger_arena_new(4096);
    const struct ledger_fact_type *type;
    struct ledger_error reason = {0};
    ProtobufCMessage *message;
    struct change_list changes = {.arena = arena};
    enum ledger_err err = arena ? ledger_payload_unpack(ledger_span_text(record->event->type),
                                                        ledger_span_of(payload->data, payload->len),
                                                        arena, &type, &message, &reason)
                                : LEDGER_E_NO_MEMORY;
    if (!err)
        changes_of_fact(&changes, fact, message);
    for (size_t i = 0; i < changes.count; i++)
        put_text(record, rows, BY_FIELD, changes.list[i].field, (struct ledger_span){0});
    ledger_arena_free(arena);
    return changes.failed || err == LEDGER_E_NO_MEMORY ? projection_no_memory(error) : LEDGER_E_OK;
}

static enum written_kind kind_in_source(const Ledger__V1__Record *record) {
    enum ledger_fact fact = record_fact(record);
    return fact == LEDGER_FACT_ImportBatchRecorded || fact == LEDGER_FACT_RecordRejected ||
                   fact == LEDGER_FACT_SourceGapDetected
               ? WRITTEN_BOOKKEEPING
               : kind_of(record);
}

static void put_source(const Ledger__V1__Record *record, struct projection_rows *rows) {
    const Ledger__V1__Source *source = record->event->source;
    if (!source)
        return;
    bool has_lag = source->recorded_at && source->recorded_at->has_micros;
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, has_lag);
    projection_value_number(
        value, has_lag ? (record->recorded_at - source->recorded_at->micros) / 1000000 : 0);
    projection_value_number(value, record->recorded_at);
    projection_value_number(value, kind_in_source(record));
    put_text(record, rows, BY_SOURCE, source->system, ledger_buffer_span(value));
}

struct source_row source_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct source_row row = {.has_lag = projection_read_number(&reader)};
    row.lag_seconds = projection_read_number(&reader);
    row.recorded_at = projection_read_number(&reader);
    row.kind = (enum written_kind)projection_read_number(&reader);
    return row;
}

static void put_day(const Ledger__V1__Record *record, struct projection_rows *rows) {
    struct ledger_moment occurred = ledger_moment_of(record->event->occurred);
    struct projection_key key = {0};
    if (occurred.when == LEDGER_WHEN_UNKNOWN)
        return;
    projection_key_day(&key, occurred.day);
    key_position_down(&key, record->position);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, kind_of(record));
    projection_rows_put(rows, BY_DAY, &key, ledger_buffer_span(value));
}

// ---- amendments
static void put_amendment_of(const char *actor, const Ledger__V1__Record *record, uint64_t root,
                             struct projection_rows *rows) {
    struct projection_key key = {0};
    if (actor)
        projection_key_text(&key, actor);
    projection_key_u64(&key, root);
    projection_key_u64(&key, record->position);
    projection_rows_put(rows, actor ? AMENDMENTS_BY_ACTOR : AMENDMENTS, &key,
                        (struct ledger_span){0});
}

static void put_amendment(const Ledger__V1__Record *record, const Ledger__V1__Record *root,
                          struct projection_rows *rows) {
    const char *by = record_actor(record);
    const char *of = record_actor(root);
    put_amendment_of(NULL, record, root->position, rows);
    put_amendment_of(by, record, root->position, rows);
    if (strcmp(by, of) != 0)
        put_amendment_of(of, record, root->position, rows);
}

enum ledger_err map_written(const Ledger__V1__Record *record, const Ledger__V1__Record *root,
                            struct projection_rows *rows, struct ledger_error *error) {
    const Ledger__V1__Event *event = record->event;
    const struct ledger_span nothing = {0};
    enum written_kind kind = kind_of(record);
    if (!put_record(record, rows))
        return projection_no_memory(error);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, kind);
    put_text(record, rows, BY_ACTOR, record_actor(record), ledger_buffer_span(value));
    put_text(record, rows, BY_ON_BEHALF_OF, event->on_behalf_of, nothing);
    put_text(record, rows, BY_PRINCIPAL, record->principal, nothing);
    put_text(record, rows, BY_TYPE, event->type, nothing);
    put_text(record, rows, BY_TERRITORY, event->territory, nothing);
    put_objects(record, event, NULL, rows);
    if (root)
        put_objects(record, root->event, event, rows);
    put_source(record, rows);
    if (event->has_correlation_id) {
        struct ledger_arena *arena = ledger_arena_new(256);
        const char *id =
            arena ? bytes_text(arena, event->correlation_id.data, event->correlation_id.len) : NULL;
        put_text(record, rows, BY_CORRELATION, id, nothing);
        ledger_arena_free(arena);
        if (!id)
            return projection_no_memory(error);
    }
    put_day(record, rows);
    if (kind != WRITTEN_FACT && root)
        put_amendment(record, root, rows);
    return put_fields(record, rows, error);
}
