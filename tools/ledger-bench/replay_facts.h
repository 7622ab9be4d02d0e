// The facts of a ledger that models are made from: made up by ledger-generate, appended, and read
// again to count and to sample them.
#ifndef LEDGER_BENCH_REPLAY_FACTS_H
#define LEDGER_BENCH_REPLAY_FACTS_H

#include "ledger/view.h"
#include "runtime/projection.h"
#include "service.h"

// Appends, in its order, what
// `ledger-generate --events N --months 12 --from 2024-01-01 --seed S` makes.
LEDGER_MUST_CHECK enum ledger_err replay_facts_make(struct service *service, uint64_t events,
                                                    uint64_t seed, struct ledger_error *error);

// Those that the projection asks the ledger for, amendments and merges included.
LEDGER_MUST_CHECK enum ledger_err replay_facts_count(struct service *service,
                                                     const struct projection *projection,
                                                     uint64_t *count, struct ledger_error *error);

// Calls `see` for each fact of the type.
LEDGER_MUST_CHECK enum ledger_err
replay_facts_walk(struct service *service, enum ledger_fact type,
                  void (*see)(void *user, const struct ledger_event_view *event), void *user,
                  struct ledger_error *error);

#endif
