// Rows of WRITTEN: the record without its personal parts, and what its leaf in the Merkle tree of
// the ledger is. A record that has none stands as it is stored, and its leaf can be had from it;
// of the others the leaf is kept beside the rest.
#ifndef LEAF_H
#define LEAF_H

#include "audit_trail.h"

enum { LEAF_SIZE = 32 };

// `stored`: the packed record. False when out of memory.
bool record_value_put(const Ledger__V1__Record *record, struct ledger_span stored,
                      struct ledger_buffer *value);
// The packed record in the row's value.
struct ledger_span record_value_bytes(struct ledger_span value);
// RFC 6962: SHA-256 of a zero byte and the record as it is stored. False when out of memory.
bool record_leaf(struct ledger_span value, uint8_t leaf[LEAF_SIZE]);

#endif
