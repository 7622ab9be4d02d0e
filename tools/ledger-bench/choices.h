// Options that take one of two words, or "both".
#ifndef LEDGER_BENCH_CHOICES_H
#define LEDGER_BENCH_CHOICES_H

#include <stdbool.h>

#include "ledger/error.h"

extern const char *const transport_names[2]; // by enum service_transport
extern const char *const id_kinds[2];
enum { ID_ORDERED = 1 };

bool choice_holds(const char *value, const char *name);
// LEDGER_E_USAGE for another word.
LEDGER_MUST_CHECK enum ledger_err choice_check(const char *option, const char *value,
                                               const char *const names[2],
                                               struct ledger_error *error);

#endif
