// What services say of themselves, printed for people.
#ifndef LEDGERCTL_STATUS_H
#define LEDGERCTL_STATUS_H

#include "common.h"
#include "ledger/span.h"

struct service_status {
    const char *name;
    const Ledger__V1__StatusReply *reply; // NULL: it does not answer, for this reason
    struct ledger_error error;
    uint64_t behind;                    // of the reactor's answer: facts recorded since
    const Ledger__V1__Cursor *furthest; // ledgerd's cursor furthest behind; NULL = none is
};

enum { STATUS_MICROS_PER_SECOND = 1000000 };
// As people say it: "40 s", "3 min", "2 days".
void status_add_duration(struct ledger_buffer *buffer, int64_t seconds);
int64_t status_seconds_since(int64_t micros);

LEDGER_MUST_CHECK enum ledger_err status_print_all(const struct service_status *services,
                                                   size_t count);
LEDGER_MUST_CHECK enum ledger_err status_print_one(const struct service_status *service);

#endif
