// Facts made ready to be written: as lines of JSON, or packed.
#ifndef GENERATE_PACKING_H
#define GENERATE_PACKING_H

#include <jansson.h>
#include <stddef.h>

#include "ledger/error.h"

enum packing_form {
    PACKING_LINES,  // of JSON
    PACKING_PACKED, // one behind the other they are a packed ledger.v1.Append
};

struct packing;
// NULL when out of memory.
struct packing *packing_new(enum packing_form form);
void packing_free(struct packing *packing); // NULL is allowed
// The bytes are the caller's to free.
LEDGER_MUST_CHECK enum ledger_err packing_make(struct packing *packing, const json_t *event,
                                               char **bytes, size_t *size,
                                               struct ledger_error *error);

#endif
