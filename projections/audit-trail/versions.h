// Records as they were written, and what a fact was at any position: its versions.
#ifndef VERSIONS_H
#define VERSIONS_H

#include "audit_trail.h"

// The record at the position, without its personal parts, into the arena; *record is NULL if the
// model has none. Sees facts of any time.
LEDGER_MUST_CHECK enum ledger_err record_read(struct projection_view *view, uint64_t position,
                                              struct ledger_arena *arena,
                                              Ledger__V1__Record **record,
                                              struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err record_unpack(struct ledger_span value,
                                                struct ledger_arena *arena,
                                                Ledger__V1__Record **record,
                                                struct ledger_error *error);
// The row's value, which record_unpack and record_leaf take; empty if the model has none.
struct ledger_span record_value(struct projection_view *view, uint64_t position);
enum ledger_fact record_fact(const Ledger__V1__Record *record); // LEDGER_FACT_NONE if unknown
bool record_is_amendment(const Ledger__V1__Record *record);
const char *record_actor(const Ledger__V1__Record *record);

struct version {
    bool retracted;
    const ProtobufCMessage *payload; // NULL if it cannot be decoded, or is retracted
    struct ledger_moment occurred;
    uint64_t by; // position of the amendment that decides; 0 = as it was recorded
};
// The fact as it was known at the position, which is not after the view's.
LEDGER_MUST_CHECK enum ledger_err version_at(struct projection_view *view,
                                             const Ledger__V1__Record *root, uint64_t position,
                                             struct ledger_arena *arena, struct version *version,
                                             struct ledger_error *error);

#endif
