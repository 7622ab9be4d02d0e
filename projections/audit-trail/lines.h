// One record as a line of an answer: what it changed, and what became of it.
#ifndef LINES_H
#define LINES_H

#include "changes.h"

struct line {
    const Ledger__V1__Record *record;
    struct change_list changes;
    const char *status; // "as recorded", "corrected by #12", "correction of #3, in force" ...
    const char *object; // "client/42"; NULL = none
    uint64_t root;      // the fact that an amendment amends; 0 = it is none, or of none
};

// The record's line as of the view. Everything lives in `arena`.
LEDGER_MUST_CHECK enum ledger_err line_make(struct projection_view *view,
                                            const Ledger__V1__Record *record,
                                            struct ledger_arena *arena, struct line *line,
                                            struct ledger_error *error);
// The changes that an amendment brought, from the version known just before it.
LEDGER_MUST_CHECK enum ledger_err amendment_changes(struct projection_view *view,
                                                    const Ledger__V1__Record *root,
                                                    uint64_t amendment, struct change_list *changes,
                                                    struct ledger_error *error);
// The amendment in the chain of the root; NULL if it is not usable.
const struct projection_amendment *amendment_find(struct projection_view *view, uint64_t root,
                                                  uint64_t position);

#endif
