// The projections whose models are measured. Their own headers cannot stand in one file: each names
// its tables as it likes, and two may have the same name.
#ifndef LEDGER_BENCH_REPLAY_PROJECTIONS_H
#define LEDGER_BENCH_REPLAY_PROJECTIONS_H

#include "runtime/projection.h"

extern const struct projection client_history, rep_activity, sales_funnel;

#endif
