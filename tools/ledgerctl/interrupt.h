// Ctrl-C for a command that waits: the call under way ends, and the command with it.
#ifndef LEDGERCTL_INTERRUPT_H
#define LEDGERCTL_INTERRUPT_H

#include <stdbool.h>

#include "ledger/client.h"

// Takes SIGINT and SIGTERM from now on. Before any other thread starts.
LEDGER_MUST_CHECK enum ledger_err interrupt_init(struct ledger_error *error);
// Whose calls a signal ends; NULL before it is closed.
void interrupt_client(struct ledger_client *client);
bool interrupt_happened(void);

#endif
