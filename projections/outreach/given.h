// Answers that clients gave, by client and question, each in the order in which they count.
#ifndef GIVEN_H
#define GIVEN_H

#include "outreach.h"
#include "runtime/histories.h"

struct given {
    const char *client; // after merges
    struct projection_statement at;
    struct answer_row row;
};

struct givens {
    struct given *list;
    size_t count, capacity;
    uint64_t without_client; // not in the list
};

// Of one client, or of all (NULL). `question` may be NULL.
LEDGER_MUST_CHECK enum ledger_err givens_read(struct givens *givens, struct projection_view *view,
                                              const char *client, const char *question,
                                              struct ledger_error *error);
// Whether the answer is to the same client's same question as the one before it in the list.
bool given_again(const struct givens *givens, size_t i);

#endif
