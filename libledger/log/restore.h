// Restoring: records that were exported become a log again, block for block as it was. Its epoch
// grows, since positions that readers remember from beyond the copy mean nothing any more.
//
// All of it is made in DIR/restoring, looked at by verify, indexes included, and moved to its place
// when it is complete and right. Until then DIR is no ledger.
#ifndef LEDGER_LOG_RESTORE_H
#define LEDGER_LOG_RESTORE_H

#include <stdint.h>

#include "log.h"
#include "merkle.h"

#define RESTORING_NAME "restoring"

struct ledger_restore;

// `data` must not be there, or be empty; what a restore left that was killed is removed.
// LEDGER_E_LOCKED: another restore is under way.
LEDGER_MUST_CHECK enum ledger_err ledger_restore_new(const char *data,
                                                     const struct ledger_log_identity *identity,
                                                     struct ledger_restore **restore,
                                                     struct ledger_error *error);
// The next record, beginning with position 1. LEDGER_E_CORRUPT: it is none, or not the next.
LEDGER_MUST_CHECK enum ledger_err ledger_restore_add(struct ledger_restore *restore,
                                                     struct ledger_span record,
                                                     struct ledger_error *error);
// After the last: it must be at `last`, and all of them must have this Merkle root.
// LEDGER_E_CORRUPT: they do not, or verify finds a fault.
// Durability: the ledger is complete on the disk, and may be started.
LEDGER_MUST_CHECK enum ledger_err ledger_restore_end(struct ledger_restore *restore, uint64_t last,
                                                     const struct ledger_hash *root,
                                                     struct ledger_error *error);
// Removes what was made unless it has come to its end. NULL is allowed.
void ledger_restore_free(struct ledger_restore *restore);

#endif
