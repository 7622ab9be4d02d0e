// Verifying the files of a ledger that is not running, in a process of its own: where the store's
// own pages are damaged, reading them may end it.
#ifndef LEDGERCTL_VERIFY_FILES_H
#define LEDGERCTL_VERIFY_FILES_H

#include "ledger/error.h"
#include "log/verify.h"

// A whole run. Before the process has started other threads. `progress` is called after each step,
// in the other process; may be NULL.
LEDGER_MUST_CHECK enum ledger_err
verify_files(const char *data, bool log_only, struct ledger_verify_report *report,
             void (*progress)(void *user, const struct ledger_verify_report *report), void *user,
             struct ledger_error *error);

#endif
