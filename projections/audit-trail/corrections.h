// What is counted of corrections and retractions, for the tables of the query `corrections`.
#ifndef CORRECTIONS_H
#define CORRECTIONS_H

#include "figures.h"
#include "lines.h"

struct actor {
    uint64_t facts, amended;           // his own, and how many of them were ever amended
    uint64_t corrections, retractions; // of his facts, by whomever
    uint64_t by_himself, not_in_force; // of these
    uint64_t made_of_others;           // by him, of the facts of others
    struct numbers delays;             // of amendments of his facts, seconds
    uint64_t last_root;
};

struct pair {
    size_t by, of;
    uint64_t corrections, retractions;
};

struct register_line {
    const Ledger__V1__Record *record, *root;
    bool in_force;
    struct change_list changes;
};

struct corrections {
    struct projection_view *view;
    struct ledger_arena *arena;   // the view's
    struct ledger_arena *scratch; // of one amendment
    const char *only;             // this actor; NULL = all
    struct projection_period period;
    struct projection_ids ids;
    struct actor *actors; // by number
    size_t capacity;
    struct pair *pairs;
    size_t pair_count, pair_capacity;
    struct projection_ids fields;
    uint64_t *field_counts; // by number
    size_t field_capacity;
    struct register_line *lines; // if one actor is asked for
    size_t line_count, line_capacity;
    struct ledger_error *error;
};

// Seconds from the recording of the fact to that of its amendment.
static inline int64_t amendment_delay(const Ledger__V1__Record *record,
                                      const Ledger__V1__Record *root) {
    return (record->recorded_at - root->recorded_at) / 1000000;
}

// `limit`: rows of a list; 0 = all.
LEDGER_MUST_CHECK enum ledger_err
corrections_tables(struct corrections *all, struct projection_answer *answer, uint64_t limit);

#endif
