#include "replay_facts.h"

#include "ledger/reader.h"

enum { PAGE_EVENTS = 16384, PAGE_BYTES = 4 << 20 };

struct walk {
    void (*see)(void *user, const struct ledger_event_view *event); // NULL: only counted
    void *user;
    uint64_t count;
};

static enum ledger_err see_records(const struct walk *walk, struct ledger_span records,
                                   struct ledger_arena *arena, struct ledger_error *error) {
    struct ledger_span bytes;
    while (ledger_page_next(&records, &bytes)) {
        struct ledger_record_view record;
        ledger_arena_reset(arena);
        enum ledger_err err = ledger_record_view_read(bytes, arena, &record);
        if (err != LEDGER_E_OK)
            return ledger_fail(error, err, NULL, "a record of the ledger");
        walk->see(walk->user, &record.event);
    }
    return LEDGER_E_OK;
}

static enum ledger_err read_all(struct ledger_reader *reader, struct walk *walk,
                                struct ledger_error *error) {
    struct ledger_arena *arena = ledger_arena_new(0);
    struct ledger_reader_page page = {.more = true};
    enum ledger_err err = arena != NULL
                              ? LEDGER_E_OK
                              : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading the ledger");
    while (err == LEDGER_E_OK && page.more) {
        err = ledger_reader_next(reader, 0, &page, error);
        if (err == LEDGER_E_OK)
            walk->count += page.record_count;
        if (err == LEDGER_E_OK && walk->see != NULL)
            err = see_records(walk, page.records, arena, error);
    }
    ledger_arena_free(arena);
    return err;
}

static enum ledger_err walk_types(struct service *service, const bool wanted[LEDGER_FACT_COUNT],
                                  struct walk *walk, struct ledger_error *error) {
    char *types[LEDGER_FACT_COUNT];
    Ledger__V1__Filter filter = LEDGER__V1__FILTER__INIT;
    struct ledger_reader *reader;
    filter.types = types;
    for (int fact = 0; fact < LEDGER_FACT_COUNT; fact++)
        if (wanted[fact])
            types[filter.n_types++] =
                (char *)(uintptr_t)ledger_fact_at((enum ledger_fact)fact)->name;
    const struct ledger_reader_options options = {.url = service_read_url(service),
                                                  .filter = filter.n_types != 0 ? &filter : NULL,
                                                  .max_events = PAGE_EVENTS,
                                                  .max_bytes = PAGE_BYTES};
    enum ledger_err err = ledger_reader_open(&options, &reader, error);
    if (err != LEDGER_E_OK)
        return err;
    err = read_all(reader, walk, error);
    ledger_reader_close(reader);
    return err;
}

// As projections/runtime/follow.c asks: everything, if the projection maps what is written.
enum ledger_err replay_facts_count(struct service *service, const struct projection *projection,
                                   uint64_t *count, struct ledger_error *error) {
    bool wanted[LEDGER_FACT_COUNT] = {false};
    struct walk walk = {0};
    if (projection->map_written == NULL && projection->types != NULL) {
        wanted[LEDGER_FACT_FactCorrected] = wanted[LEDGER_FACT_FactRetracted] = true;
        wanted[LEDGER_FACT_ClientsMerged] = wanted[LEDGER_FACT_MergeReversed] = true;
        for (size_t i = 0; i < projection->type_count; i++)
            wanted[projection->types[i]] = true;
    }
    enum ledger_err err = walk_types(service, wanted, &walk, error);
    *count = walk.count;
    return err;
}

enum ledger_err replay_facts_walk(struct service *service, enum ledger_fact type,
                                  void (*see)(void *user, const struct ledger_event_view *event),
                                  void *user, struct ledger_error *error) {
    bool wanted[LEDGER_FACT_COUNT] = {false};
    struct walk walk = {.see = see, .user = user};
    wanted[type] = true;
    return walk_types(service, wanted, &walk, error);
}
