// What services say of themselves, printed for people.
#ifndef LEDGERCTL_STATUS_H
#define LEDGERCTL_STATUS_H

#include "common.h"

struct service_status {
    const char *name;
    const Ledger__V1__StatusReply *reply; // NULL: it does not answer, for this reason
    struct ledger_error error;
};

LEDGER_MUST_CHECK enum ledger_err status_print_all(const struct service_status *services,
                                                   size_t count);
LEDGER_MUST_CHECK enum ledger_err status_print_one(const struct service_status *service);

#endif
