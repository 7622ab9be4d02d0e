// The parts of a client's card: what each of its ids has under a key of its own.
#ifndef DIRECTORY_CARD_H
#define DIRECTORY_CARD_H

#include "holdings.h"

// One standing row; `rest` is its key without the id it stands under.
struct card_entry {
    struct ledger_span rest, value;
    struct dated dated;
    size_t id; // number of the id
};
struct card_list {
    struct card_entry *entries;
    size_t count, capacity;
};

struct card {
    struct projection_view *view;
    struct standpoint stand;
    const char *const *ids; // of the client
    size_t id_count;
    struct projection_ids people; // contact persons not removed, then the client's own ids
    struct ledger_error *error;
};
// The standing rows of a table under each of the ids. If `latest`, of those with the same rest the
// latest alone.
LEDGER_MUST_CHECK enum ledger_err card_read(struct card *card, uint8_t table,
                                            const char *const *ids, size_t count, bool latest,
                                            struct card_list *list);

// Each answers one table. Contact persons come first: the rest go through the people they find.
LEDGER_MUST_CHECK enum ledger_err card_persons(struct card *card, struct projection_answer *answer);
LEDGER_MUST_CHECK enum ledger_err card_consents(struct card *card,
                                                struct projection_answer *answer);
LEDGER_MUST_CHECK enum ledger_err card_preferences(struct card *card,
                                                   struct projection_answer *answer);
LEDGER_MUST_CHECK enum ledger_err card_needs(struct card *card, struct projection_answer *answer);
LEDGER_MUST_CHECK enum ledger_err card_external_ids(struct card *card,
                                                    struct projection_answer *answer);

#endif
