// The fact table: what each type is packed as, where it belongs and what it must name.
#ifndef LEDGER_FACTS_H
#define LEDGER_FACTS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "ledger/span.h"

// LEDGER_FACT_VisitReported and so on, in the order of fact_types.def.
enum ledger_fact {
#define LEDGER_FACT(type, symbol, category, subjects, fields) LEDGER_FACT_##type,
#define LEDGER_FACT_SUBJECT_OF(symbol, field, kind)
#include "ledger/fact_types.def"
#undef LEDGER_FACT
#undef LEDGER_FACT_SUBJECT_OF
    LEDGER_FACT_COUNT,
    LEDGER_FACT_NONE = -1,
};

struct ledger_fact_type {
    enum ledger_fact fact;
    const char *name; // as in Event.type
    const ProtobufCMessageDescriptor *payload;
    const char *category;        // of its stream; "*" = any
    const char *const *subjects; // kinds it must name; NULL-terminated
    const char *const *fields;   // payload fields it must have; NULL-terminated
};

// NULL if there is no such type. Any thread.
const struct ledger_fact_type *ledger_fact_find(struct ledger_span name);
const struct ledger_fact_type *ledger_fact_at(enum ledger_fact fact);

// "ext.<org>.<name>": stored undecoded.
bool ledger_fact_is_external(struct ledger_span name);

#endif
