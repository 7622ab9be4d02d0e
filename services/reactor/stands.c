// Whether a fact still stands. All that amends it is read, in the order in which it was recorded;
// of what else the stream holds nothing is kept.
#include <string.h>

#include "search.h"

enum { PAGE_EVENTS = 200 };

struct amendment {
    struct amendment *before;
    struct amendment *of; // NULL = the fact itself
    struct ledger_uuid id;
    bool retracts, taken_back;
};

struct chain {
    const ProtobufCBinaryData *root;
    struct amendment *last;
};

static bool names(const Ledger__V1__Event *event, const uint8_t *id, size_t size) {
    const ProtobufCBinaryData *named = &event->corrects_event_id;
    return named->len == size && memcmp(named->data, id, size) == 0;
}

// False when out of memory.
static bool add(struct chain *chain, const Ledger__V1__Event *event, struct ledger_arena *arena) {
    struct amendment *of = chain->last;
    while (of != NULL && !names(event, of->id.bytes, sizeof of->id.bytes))
        of = of->before;
    if (of == NULL && !names(event, chain->root->data, chain->root->len))
        return true;
    struct amendment *added = ledger_arena_alloc(arena, sizeof *added);
    if (added == NULL)
        return false;
    *added = (struct amendment){
        .before = chain->last, .of = of, .retracts = strcmp(event->type, "FactRetracted") == 0};
    memcpy(added->id.bytes, event->event_id.data, sizeof added->id.bytes);
    chain->last = added;
    return true;
}

// As projections judge: an amendment can only be taken back by a later one, so the last is in force
// and each earlier one is judged by those after it.
static bool is_retracted(const struct chain *chain) {
    for (struct amendment *one = chain->last; one != NULL; one = one->before) {
        if (one->taken_back)
            continue;
        if (!one->retracts || one->of == NULL)
            return one->retracts;
        one->of->taken_back = true;
    }
    return false;
}

// Amendments stand in the stream of what they amend.
enum ledger_err search_stands(const struct round *round, const Ledger__V1__Record *fact,
                              bool *stands, struct ledger_error *error) {
    const struct reactor *reactor = round->reactor;
    char *types[] = {text_of("FactCorrected"), text_of("FactRetracted")};
    struct chain chain = {.root = &fact->event->event_id};
    Ledger__V1__Filter filter = LEDGER__V1__FILTER__INIT;
    bool more = true;
    filter.stream = fact->event->stream;
    filter.n_types = sizeof types / sizeof types[0];
    filter.types = types;
    for (uint64_t from = fact->position + 1; more && from <= round->head;) {
        const struct read_ask ask = {&filter, from, PAGE_EVENTS, false};
        const Ledger__V1__ReadReply *page;
        ledger_arena_reset(reactor->amendments);
        enum ledger_err err = ask_records(reactor->peers, &ask, reactor->amendments, &page, error);
        if (err != LEDGER_E_OK)
            return err;
        for (size_t i = 0; i < page->n_records && page->records[i]->position <= round->head; i++)
            if (!add(&chain, page->records[i]->event, reactor->page))
                return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a search");
        from = page->examined + 1;
        more = page->more;
    }
    *stands = !is_retracted(&chain);
    return LEDGER_E_OK;
}
