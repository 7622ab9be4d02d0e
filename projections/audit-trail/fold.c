// Effective facts become rows of what they are about: access, sources, policies, entities. What is
// put of each record as it was written, written.c says. A value is written and read back here, in
// the same order.
#include "entities.h"
#include "facts/v1/integration.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "fields.h"

static void put(struct projection_rows *rows, enum audit_trail_table table, const char *id,
                const struct ledger_buffer *value) {
    struct projection_key key = {0};
    key_text_cut(&key, id);
    projection_rows_put(rows, (uint8_t)table, &key, ledger_buffer_span(value));
}

// ---- access
static enum ledger_err map_access(const struct projection_fact *fact, struct projection_rows *rows,
                                  struct ledger_error *error) {
    const Facts__V1__AccessChanged *access = (const Facts__V1__AccessChanged *)fact->payload;
    struct ledger_buffer *value = projection_rows_value(rows);
    (void)error;
    projection_value_number(value, access->kind);
    projection_value_text(value, access->subject);
    projection_value_text(value, access->role);
    projection_value_text(value, access->scope);
    projection_value_text(value, access->filter);
    projection_value_text(value, projection_actor(fact));
    put(rows, ACCESS_CHANGES, access->subject, value);
    return LEDGER_E_OK;
}

struct access_row access_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct access_row row = {.kind = projection_read_number(&reader)};
    row.subject = projection_read_text(&reader);
    row.role = projection_read_text(&reader);
    row.scope = projection_read_text(&reader);
    row.filter = projection_read_text(&reader);
    row.actor = projection_read_text(&reader);
    return row;
}

static enum ledger_err map_use(const struct projection_fact *fact, struct projection_rows *rows,
                               struct ledger_error *error) {
    const Facts__V1__DataAccessed *use = (const Facts__V1__DataAccessed *)fact->payload;
    const char *who = use->subject && *use->subject ? use->subject : projection_actor(fact);
    struct ledger_arena *arena = use->has_sha256 ? ledger_arena_new(256) : NULL;
    const char *sha256 = arena ? bytes_text(arena, use->sha256.data, use->sha256.len) : NULL;
    bool failed = use->has_sha256 && !sha256;
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, use->kind);
    projection_value_text(value, who);
    projection_value_text(value, projection_actor(fact));
    projection_value_text(value, use->object);
    projection_value_text(value, use->filter);
    projection_value_text(value, sha256);
    projection_value_number(value, use->has_rows);
    projection_value_number(value, (int64_t)use->rows);
    projection_value_number(value, use->has_position);
    projection_value_number(value, (int64_t)use->position);
    put(rows, ACCESSES, who, value);
    put(rows, ACCESSES_BY_OBJECT, use->object, value);
    ledger_arena_free(arena);
    return failed ? projection_no_memory(error) : LEDGER_E_OK;
}

struct use_row use_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct use_row row = {.kind = projection_read_number(&reader)};
    row.who = projection_read_text(&reader);
    row.actor = projection_read_text(&reader);
    row.object = projection_read_text(&reader);
    row.filter = projection_read_text(&reader);
    row.sha256 = projection_read_text(&reader);
    row.has_rows = projection_read_number(&reader);
    row.rows = projection_read_number(&reader);
    row.has_position = projection_read_number(&reader);
    row.position = projection_read_number(&reader);
    return row;
}

// ---- sources
// The batch's own word, or the envelope's.
static const char *source_of(const struct projection_fact *fact, const char *stated) {
    const Ledger__V1__Source *source = fact->record->event->source;
    return stated && *stated ? stated : source ? source->system : NULL;
}

// The id as text, in an arena that the caller frees; *arena is NULL when out of memory.
static const char *batch_text(const ProtobufCBinaryData *id, struct ledger_arena **arena) {
    *arena = ledger_arena_new(256);
    return *arena ? bytes_text(*arena, id->data, id->len) : NULL;
}

static enum ledger_err map_batch(const struct projection_fact *fact, struct projection_rows *rows,
                                 struct ledger_error *error) {
    const Facts__V1__ImportBatchRecorded *batch =
        (const Facts__V1__ImportBatchRecorded *)fact->payload;
    struct ledger_arena *arena;
    const char *id = batch_text(&batch->batch_id, &arena);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, id);
    projection_value_text(value, batch->file_name);
    projection_value_number(value, batch->has_rows && batch->has_accepted && batch->has_duplicate &&
                                       batch->has_rejected);
    projection_value_number(value, (int64_t)batch->rows);
    projection_value_number(value, (int64_t)batch->accepted);
    projection_value_number(value, (int64_t)batch->duplicate);
    projection_value_number(value, (int64_t)batch->rejected);
    projection_value_number(value, (int64_t)batch->differences);
    projection_value_number(value, fact->record->recorded_at);
    put(rows, BATCHES, source_of(fact, batch->source), value);
    ledger_arena_free(arena);
    return id ? LEDGER_E_OK : projection_no_memory(error);
}

struct batch_row batch_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct batch_row row = {.batch = projection_read_text(&reader)};
    row.file = projection_read_text(&reader);
    row.counted = projection_read_number(&reader);
    row.rows = projection_read_number(&reader);
    row.accepted = projection_read_number(&reader);
    row.duplicate = projection_read_number(&reader);
    row.rejected = projection_read_number(&reader);
    row.differences = projection_read_number(&reader);
    row.recorded_at = projection_read_number(&reader);
    return row;
}

static enum ledger_err map_rejection(const struct projection_fact *fact,
                                     struct projection_rows *rows, struct ledger_error *error) {
    const Facts__V1__RecordRejected *rejected = (const Facts__V1__RecordRejected *)fact->payload;
    struct ledger_arena *arena;
    const char *id = batch_text(&rejected->batch_id, &arena);
    const char *missing = id && rejected->n_missing ? "" : NULL;
    for (size_t i = 0; i < rejected->n_missing && missing; i++)
        missing =
            ledger_arena_printf(arena, "%s%s%s", missing, i ? "\n" : "", rejected->missing[i]);
    bool failed = !id || (rejected->n_missing && !missing);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_text(value, id);
    projection_value_text(value, rejected->code);
    projection_value_text(value, missing);
    put(rows, REJECTIONS, source_of(fact, NULL), value);
    ledger_arena_free(arena);
    return failed ? projection_no_memory(error) : LEDGER_E_OK;
}

struct rejection_row rejection_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct rejection_row row = {.batch = projection_read_text(&reader)};
    row.code = projection_read_text(&reader);
    row.missing = projection_read_text(&reader);
    return row;
}

static enum ledger_err map_gap(const struct projection_fact *fact, struct projection_rows *rows,
                               struct ledger_error *error) {
    const Facts__V1__SourceGapDetected *gap = (const Facts__V1__SourceGapDetected *)fact->payload;
    struct ledger_buffer *value = projection_rows_value(rows);
    (void)error;
    projection_value_text(value, gap->entity);
    projection_value_text(value, gap->cause);
    projection_value_number(value, (int64_t)gap->n_record_ids);
    put(rows, GAPS, source_of(fact, gap->source), value);
    return LEDGER_E_OK;
}

struct gap_row gap_row_read(struct ledger_span value) {
    struct projection_reader reader = {value};
    struct gap_row row = {.entity = projection_read_text(&reader)};
    row.cause = projection_read_text(&reader);
    row.records = projection_read_number(&reader);
    return row;
}

// ---- names
static enum ledger_err map_hired(const struct projection_fact *fact, struct projection_rows *rows,
                                 struct ledger_error *error) {
    const Facts__V1__EmployeeHired *hired = (const Facts__V1__EmployeeHired *)fact->payload;
    const char *name =
        hired->team_name ? hired->team_name : projection_person_name(fact, hired->employee_id);
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    (void)error;
    projection_key_text(&key, hired->employee_id);
    projection_value_text(value, name);
    projection_rows_put(rows, EMPLOYEES, &key, ledger_buffer_span(value));
    return LEDGER_E_OK;
}

typedef enum ledger_err map_function(const struct projection_fact *fact,
                                     struct projection_rows *rows, struct ledger_error *error);
static const struct {
    enum ledger_fact fact;
    map_function *map;
} maps[] = {
    {LEDGER_FACT_AccessChanged, map_access},      {LEDGER_FACT_DataAccessed, map_use},
    {LEDGER_FACT_ImportBatchRecorded, map_batch}, {LEDGER_FACT_RecordRejected, map_rejection},
    {LEDGER_FACT_SourceGapDetected, map_gap},     {LEDGER_FACT_EmployeeHired, map_hired},
    {LEDGER_FACT_FieldPolicyDefined, map_policy}, {LEDGER_FACT_PipelineDefined, map_pipeline},
};

enum ledger_err audit_trail_map(const struct projection_fact *fact, struct projection_rows *rows,
                                struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    for (size_t i = 0; i < sizeof maps / sizeof maps[0] && !err; i++)
        if (maps[i].fact == fact->type->fact)
            err = maps[i].map(fact, rows, error);
    return err ? err : map_entity(fact, rows, error);
}

const enum ledger_fact audit_trail_types[AUDIT_TRAIL_TYPES] = {LEDGER_FACT_AccessChanged,
                                                               LEDGER_FACT_DataAccessed,
                                                               LEDGER_FACT_ImportBatchRecorded,
                                                               LEDGER_FACT_RecordRejected,
                                                               LEDGER_FACT_SourceGapDetected,
                                                               LEDGER_FACT_EmployeeHired,
                                                               LEDGER_FACT_FieldPolicyDefined,
                                                               LEDGER_FACT_PipelineDefined,
                                                               LEDGER_FACT_ClientRegistered,
                                                               LEDGER_FACT_ClientDetailsChanged,
                                                               LEDGER_FACT_ContactPersonSet,
                                                               LEDGER_FACT_ProductRegistered,
                                                               LEDGER_FACT_DealOpened,
                                                               LEDGER_FACT_DealStageChanged,
                                                               LEDGER_FACT_DealReopened,
                                                               LEDGER_FACT_DealTermsChanged,
                                                               LEDGER_FACT_DealReassigned,
                                                               LEDGER_FACT_DealWon,
                                                               LEDGER_FACT_DealLost,
                                                               LEDGER_FACT_VisitReported,
                                                               LEDGER_FACT_TaskCreated,
                                                               LEDGER_FACT_OrderPlaced,
                                                               LEDGER_FACT_InvoiceIssued,
                                                               LEDGER_FACT_PaymentReceived,
                                                               LEDGER_FACT_InteractionLogged,
                                                               LEDGER_FACT_EnquiryReceived,
                                                               LEDGER_FACT_TechnicalNeedRecorded};
