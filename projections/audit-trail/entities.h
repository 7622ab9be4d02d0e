// Things whose records are judged for completeness: which facts state them, and which fields each
// fact fills or clears.
#ifndef ENTITIES_H
#define ENTITIES_H

#include "audit_trail.h"

enum entity_role {
    ENTITY_STATED = 1, // the fact states it
    ENTITY_CHANGED,    // fields are set or cleared
    ENTITY_MOVED,      // to a stage
    ENTITY_WON,
    ENTITY_LOST,
};

struct entity_row {
    enum entity_role role;
    const char *actor, *subkind, *stage, *pipeline; // NULL where the fact does not say
    bool assessed;                                  // the delay is known
    int64_t delay_seconds;
    int64_t payload_fields; // how many the fact fills
    int64_t filled, cleared;
    struct projection_reader names; // that many of the one, then of the other
};
enum ledger_err map_entity(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error);
struct entity_row entity_row_read(struct ledger_span value);
bool entity_kind_known(const char *kind);

struct policy_row {
    const char *kind, *field, *policy, *stage, *waiver;
    int64_t version;
};
enum ledger_err map_policy(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error);
struct policy_row policy_row_read(struct ledger_span value);

// The stages of a pipeline, for which of them come after which.
enum ledger_err map_pipeline(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error);
// Whether a deal that is in `stage` (or is won or lost) has come to `required`.
bool stage_reaches(struct projection_view *view, const char *pipeline,
                   const struct entity_row *entered, const char *required);

#endif
