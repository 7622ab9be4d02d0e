// What became of the deals that a campaign brought. A deal is folded as sales-funnel folds it, so
// that both say the same of it.
#ifndef OUTREACH_DEALS_H
#define OUTREACH_DEALS_H

#include "outreach.h"
#include "runtime/histories.h"

// Pure: the rows of a fact of a deal or a pipeline.
enum ledger_err deal_map(const struct projection_fact *fact, struct projection_rows *rows,
                         struct ledger_error *error);

struct deal_outcome {
    const char *source, *client; // NULL = not said; the client is after merges
    bool won;
    const char *currency; // of the amount; NULL = none is known
    int64_t minor;
    // As of an occurred time: nothing of the deal is known to have happened by then.
    bool left_out;
};
LEDGER_MUST_CHECK enum ledger_err deal_fold(struct projection_view *view,
                                            const struct projection_history *history,
                                            struct deal_outcome *deal, struct ledger_error *error);

#endif
