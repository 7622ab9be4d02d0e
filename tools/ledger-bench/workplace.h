// Where the ledgers that are measured lie, and what serves them.
#ifndef LEDGER_BENCH_WORKPLACE_H
#define LEDGER_BENCH_WORKPLACE_H

#include <stdbool.h>

#include "ledger/error.h"

enum { WORKPLACE_PATH_SIZE = 400 };

struct workplace {
    char ledgerd[WORKPLACE_PATH_SIZE];
    char folder[WORKPLACE_PATH_SIZE]; // made, and removed
};

// `ledgerd` NULL: the one beside this program. `base` NULL: the temporary folder.
LEDGER_MUST_CHECK enum ledger_err workplace_make(struct workplace *place, const char *ledgerd,
                                                 const char *base, struct ledger_error *error);
// `keep`: says where it is, and leaves it.
void workplace_leave(const struct workplace *place, bool keep);

#endif
