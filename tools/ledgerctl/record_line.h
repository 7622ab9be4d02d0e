// One fact on one line.
#ifndef LEDGERCTL_RECORD_LINE_H
#define LEDGERCTL_RECORD_LINE_H

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/v1/event.pb-c.h"

// As JSON, or as columns for people, cut to the terminal's width.
LEDGER_MUST_CHECK enum ledger_err record_print(const Ledger__V1__Record *record, bool json,
                                               struct ledger_arena *arena,
                                               struct ledger_error *error);
// The columns' titles.
void record_print_header(void);

#endif
