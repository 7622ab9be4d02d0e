// What became of one mailing, and the sums of several.
#ifndef MAILING_H
#define MAILING_H

#include "consents.h"
#include "flags.h"
#include "outreach.h"
#include "runtime/histories.h"

enum { RESPONSE_KINDS = 6 }; // by number of the fact's kind; 0 = not said

struct mailing_figures {
    uint64_t mailings;
    uint64_t sent;                          // as the sendings say
    uint64_t without_sent;                  // mailings of which that is not known
    uint64_t people[RESPONSE_KINDS];        // each once a kind and mailing
    uint64_t unnamed;                       // responses that name nobody: in none of these
    uint64_t consents[CONSENT_REFUSED + 1]; // of the people who are named, at the sending
};
void mailing_figures_add(struct mailing_figures *sum, const struct mailing_figures *figures);

struct mailing {
    const char *id;
    struct ledger_moment occurred;
    struct mailing_row row;
    struct mailing_figures figures;
};
// `history` is that of the mailing in MAILINGS; `wishes` is memory, {0} before the first.
LEDGER_MUST_CHECK enum ledger_err mailing_read(struct mailing *mailing,
                                               struct projection_view *view,
                                               const struct projection_history *history,
                                               struct wishes *wishes, struct flags *flags,
                                               struct ledger_error *error);

// The columns that figures fill.
#define MAILING_COLUMNS                                                                            \
    {"sent", "Sent to", PROJECTION_INTEGER}, {"delivered", "Delivered", PROJECTION_INTEGER},       \
        {"opened", "Opened", PROJECTION_INTEGER}, {"clicked", "Clicked", PROJECTION_INTEGER},      \
        {"bounced", "Bounced", PROJECTION_INTEGER},                                                \
        {"unsubscribed", "Unsubscribed", PROJECTION_INTEGER},                                      \
        {"delivered_rate", "Delivered of sent", PROJECTION_RATIO},                                 \
        {"bounced_rate", "Bounced of sent", PROJECTION_RATIO},                                     \
        {"opened_rate", "Opened of delivered", PROJECTION_RATIO},                                  \
        {"clicked_rate", "Clicked of delivered", PROJECTION_RATIO},                                \
        {"unsubscribed_rate", "Unsubscribed of delivered", PROJECTION_RATIO},                      \
        {"with_consent", "Sent to with consent", PROJECTION_INTEGER, .detail = true},              \
        {"without_consent", "Sent to against a refusal", PROJECTION_INTEGER},                      \
        {"consent_unknown", "Sent to, consent not known", PROJECTION_INTEGER}, {                   \
        "unnamed", "Responses that name nobody", PROJECTION_INTEGER, .detail = true                \
    }
void mailing_figures_answer(struct projection_answer *answer,
                            const struct mailing_figures *figures);

#endif
