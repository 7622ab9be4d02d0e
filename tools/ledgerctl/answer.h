// A projection's answer, for programs and for people.
#ifndef LEDGERCTL_ANSWER_H
#define LEDGERCTL_ANSWER_H

#include <jansson.h>

#include "ledger/error.h"
#include "ledger/v1/query.pb-c.h"

// {"projection":…,"query":…,"position":…,"settled":…,"tables":{name:[{column:value}]},"notes":[…]}
// Money is {"minor":…,"currency":…}, a ratio a number with four decimals, none is null.
// NULL when out of memory.
json_t *answer_to_json(const Ledger__V1__QueryReply *answer);

// Tables fitted to the width; INT_MAX = all they hold, one line a row.
LEDGER_MUST_CHECK enum ledger_err answer_print(const Ledger__V1__QueryReply *answer, int width);

#endif
