// A projection's program on an empty model, from its start to the head of the ledger; and the
// questions it is then asked.
#ifndef LEDGER_BENCH_REPLAY_MODEL_H
#define LEDGER_BENCH_REPLAY_MODEL_H

#include "replay_questions.h"
#include "service.h"

struct replayed {
    double seconds; // from the start of the program until the head is on its disk
    double cpu_s, ledgerd_cpu_s;
    long own_kb, own_most_kb;
    uint64_t model_bytes, rows, parked;
};

struct replay_model;

// Made under a name of its own in the ledger's data directory.
LEDGER_MUST_CHECK enum ledger_err replay_model_make(const struct replay_kind *kind,
                                                    struct service *service, uint64_t head,
                                                    struct replayed *replayed,
                                                    struct replay_model **model,
                                                    struct ledger_error *error);
// Ends the program and removes the model, unless it is to be `kept`.
void replay_model_end(struct replay_model *model, bool kept);

// Waits until the model has put its rows in order, which it does at leisure; for a bounded time.
LEDGER_MUST_CHECK enum ledger_err replay_model_rest(struct replay_model *model, double *seconds,
                                                    struct ledger_error *error);
// One question, answered at the head; how many rows the first table of the answer has.
LEDGER_MUST_CHECK enum ledger_err replay_model_ask(struct replay_model *model,
                                                   const Ledger__V1__QueryRequest *question,
                                                   size_t *rows, struct ledger_error *error);

#endif
