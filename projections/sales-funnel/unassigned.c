// Open deals that have no client.
#include "tally.h"

static const struct projection_column columns[] = {
    TALLY_COLUMNS,
    {"deals", "Deals", PROJECTION_INTEGER},
};

enum ledger_err unassigned_answer(struct projection_view *view,
                                  const struct projection_arguments *arguments,
                                  struct projection_answer *answer, struct ledger_error *error) {
    struct deals deals;
    struct tally tally = {.arena = projection_view_arena(view)};
    struct doubts doubts = {0};
    const struct deal *deal = NULL;
    enum ledger_err err = deals_begin(&deals, view, arguments, error);
    while (!err) {
        err = deals_next(&deals, &deal);
        if (err || !deal)
            break;
        if (deal->client || deal->status != DEAL_IS_OPEN)
            continue;
        if (doubts_add(&doubts, deal) && !tally_add(&tally, deal, "", 0))
            err = projection_no_memory(error);
    }
    if (err)
        return err;
    tally_sort(&tally, &deals);
    projection_answer_table(answer, "unassigned", "Open deals without a client",
                            PROJECTION_COLUMNS(columns));
    for (size_t i = 0; i < tally.count; i++) {
        tally_answer(answer, &deals, &tally.lines[i]);
        projection_answer_integer(answer, (int64_t)tally.lines[i].deals);
    }
    deals_notes(&deals, answer, &doubts);
    return LEDGER_E_OK;
}
