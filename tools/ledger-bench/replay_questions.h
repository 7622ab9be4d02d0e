// The models that are measured, and what each is asked: about one thing, taken by chance from the
// facts of the ledger.
#ifndef LEDGER_BENCH_REPLAY_QUESTIONS_H
#define LEDGER_BENCH_REPLAY_QUESTIONS_H

#include "ledger/view.h"
#include "runtime/projection.h"
#include "samples.h"
#include "service.h"

enum { REPLAY_PARAMETERS_MAX = 3, REPLAY_VALUE_SIZE = 132 };

struct replay_parameters {
    struct {
        const char *name;
        char value[REPLAY_VALUE_SIZE];
    } list[REPLAY_PARAMETERS_MAX];
    size_t count;
};

struct replay_question {
    const char *name;      // of its row
    const char *query;     // of the projection
    enum ledger_fact fact; // a fact of this type says what to ask about
    void (*about)(const struct ledger_event_view *event, struct replay_parameters *parameters);
};

struct replay_kind {
    const char *name;
    const struct projection *projection;
    const struct replay_question *questions;
    size_t question_count;
};
extern const struct replay_kind replay_kinds[];
extern const size_t replay_kind_count;

// `names`: with commas; NULL: all.
bool replay_kind_chosen(const struct replay_kind *kind, const char *names);
// LEDGER_E_USAGE for a name that there is not.
LEDGER_MUST_CHECK enum ledger_err replay_kinds_check(const char *names, struct ledger_error *error);

struct asked {
    struct samples samples; // the caller's to free
    double seconds;
    uint64_t rows; // of all answers
    size_t empty;  // answers
};

// Asks `count` times, or as often as there is time for; the same seed and ledger ask the same.
struct replay_model;
LEDGER_MUST_CHECK enum ledger_err replay_questions_ask(const struct replay_question *question,
                                                       struct service *service, uint64_t seed,
                                                       size_t count, struct replay_model *model,
                                                       struct asked *asked,
                                                       struct ledger_error *error);

#endif
