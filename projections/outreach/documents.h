// Documents made from the ledger's data: what of them becomes rows, and each with the status that
// it has.
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include "facts/v1/document.pb-c.h"
#include "flags.h"
#include "outreach.h"

enum ledger_err document_map(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error);

// The statuses of the facts, and before them, under 0, "issued".
enum { DOCUMENT_STATUSES = FACTS__V1__DOCUMENT_STATUS_CHANGED__STATUS__VOIDED + 1 };
extern const char *const document_status_texts[DOCUMENT_STATUSES];

struct document {
    const char *id;
    bool is_issued;
    struct document_row row; // as issued
    const char *client;      // after merges
    struct ledger_moment issued, since;
    uint64_t position; // of the fact that issued it; else of the first status
    size_t status;
    uint64_t changes;
    struct flags flags;
};

struct documents {
    // What is asked for.
    struct projection_view *view;
    struct ledger_arena *arena;
    const char *client, *template, *deal; // NULL = all
    size_t status;                        // DOCUMENT_STATUSES = all
    struct projection_period period;
    struct ledger_error *error;
    // What is found.
    struct document *list;
    size_t count, capacity;
    struct flags flags;
};
LEDGER_MUST_CHECK enum ledger_err documents_read(struct documents *documents);

#endif
