// Who did what, when: every record as it was written, and what its bookkeeping shows of access,
// corrections, lateness, completeness and sources.
#ifndef AUDIT_TRAIL_H
#define AUDIT_TRAIL_H

#include "runtime/projection.h"

// In an index, a key ends with the record's position counted down (see newest.h).
enum audit_trail_table {
    WRITTEN = 1,         // key: position; value: see record_value_put in leaf.h
    BY_ACTOR,            // key: actor, position; value: enum written_kind
    BY_ON_BEHALF_OF,     // key: employee id, position; no value
    BY_PRINCIPAL,        // key: principal, position; no value
    BY_OBJECT,           // key: kind, id, position; no value. Amendments: the amended fact's too
    BY_TYPE,             // key: type, position; no value
    BY_FIELD,            // key: changed field, position; no value. Not what corrections change
    BY_TERRITORY,        // key: territory, position; no value
    BY_SOURCE,           // key: source system, position; value: struct source_row
    BY_CORRELATION,      // key: correlation id as text, position; no value
    BY_DAY,              // key: local day as written, position; value: enum written_kind
    AMENDMENTS,          // key: position of the root, position of the amendment; no value
    AMENDMENTS_BY_ACTOR, // key: who amended, or whose fact it was, then as above; no value
    ACCESS_CHANGES,      // key: subject; value: struct access_row
    ACCESSES,            // key: who; value: struct use_row
    ACCESSES_BY_OBJECT,  // key: object; value: who, then as above
    BATCHES,             // key: source; value: struct batch_row
    REJECTIONS,          // key: source; value: struct rejection_row
    GAPS,                // key: source; value: struct gap_row
    ENTITY_FACTS,        // key: kind, id; value: struct entity_row
    ENTITIES_BY_ACTOR,   // key: actor, kind, id; no value
    POLICIES,            // key: kind, field; value: struct policy_row
    PIPELINE_STAGES,     // key: pipeline; value: number of stages, then id, order and kind of each
    EMPLOYEES,           // key: employee id; value: name
};

enum written_kind {
    WRITTEN_FACT = 1,
    WRITTEN_CORRECTION,
    WRITTEN_RETRACTION,
    WRITTEN_BOOKKEEPING, // in BY_SOURCE alone: batches, rejections, gaps
};

// So many days can be asked for one by one.
enum { PERIOD_DAYS_MAX = 3660 };

// Texts that a payload may make longer than a key holds are cut in it; the row says the whole.
enum { KEY_TEXT_MAX = 128 };
void key_text_cut(struct projection_key *key, const char *text);
void key_position_down(struct projection_key *key, uint64_t position);

// ---- rows as map_written puts them (written.c)
enum ledger_err map_written(const Ledger__V1__Record *record, const Ledger__V1__Record *root,
                            struct projection_rows *rows, struct ledger_error *error);

struct source_row {
    bool has_lag; // the source says when it recorded it
    int64_t lag_seconds;
    int64_t recorded_at; // microseconds, UTC
    enum written_kind kind;
};
struct source_row source_row_read(struct ledger_span value);

// ---- rows of effective facts; NULL where the fact does not say
struct access_row {
    int64_t kind; // Facts__V1__AccessChanged__Kind
    const char *subject, *role, *scope, *filter, *actor;
};
struct access_row access_row_read(struct ledger_span value);

struct use_row {
    int64_t kind; // Facts__V1__DataAccessed__Kind
    const char *who, *actor, *object, *filter, *sha256;
    bool has_rows, has_position;
    int64_t rows, position;
};
struct use_row use_row_read(struct ledger_span value);

struct batch_row {
    const char *batch, *file;
    bool counted; // all four of these are stated
    int64_t rows, accepted, duplicate, rejected, differences;
    int64_t recorded_at;
};
struct batch_row batch_row_read(struct ledger_span value);

struct rejection_row {
    const char *batch, *code, *missing; // missing: one a line; NULL = none
};
struct rejection_row rejection_row_read(struct ledger_span value);

struct gap_row {
    const char *entity, *cause;
    int64_t records; // 0 = it is not known which
};
struct gap_row gap_row_read(struct ledger_span value);

// ---- the fold
enum { AUDIT_TRAIL_TYPES = 27 };
extern const enum ledger_fact audit_trail_types[AUDIT_TRAIL_TYPES];
enum ledger_err audit_trail_map(const struct projection_fact *fact, struct projection_rows *rows,
                                struct ledger_error *error);

extern const struct projection audit_trail;

typedef enum ledger_err audit_trail_query(struct projection_view *view,
                                          const struct projection_arguments *arguments,
                                          struct projection_answer *answer,
                                          struct ledger_error *error);
audit_trail_query search_answer, corrections_answer, late_answer, access_answer, sources_answer,
    quality_answer, taken_back_answer;

#endif
