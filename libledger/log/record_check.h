// Is a record what the ledger writes? For records that come back: from the disk, from an export.
#ifndef LEDGER_LOG_RECORD_CHECK_H
#define LEDGER_LOG_RECORD_CHECK_H

#include "ledger/arena.h"
#include "ledger/envelope.h"
#include "ledger/error.h"
#include "ledger/event.h"

// Splits it and decodes its event and personal parts. Everything is there that an event must have,
// within its limits, and the record is as ledger_record_write writes it. Types and payloads are not
// looked at: they were when the event was taken in. The parts borrow from the record and the arena.
// LEDGER_E_CORRUPT, LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err record_check(struct ledger_span record,
                                               struct ledger_arena *arena,
                                               struct ledger_record_parts *parts,
                                               struct ledger_envelope *envelope);

#endif
