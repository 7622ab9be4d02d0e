// Facts on their way out, written in the order of recording. A fact may be stated long before it is
// recorded: it waits here, ready to be written. Nothing is checked on the way: a failure sticks and
// is told at the end.
#ifndef GENERATE_OUTBOX_H
#define GENERATE_OUTBOX_H

#include <jansson.h>
#include <stdio.h>

#include "ledger/error.h"
#include "packing.h"
#include "values.h"

enum { FACT_SUBJECTS = 4, EVENT_ID_SIZE = 37 };

struct fact {
    const char *type;
    const char *category, *id; // of the stream
    int64_t occurred;
    int64_t recorded;
    const char *actor;
    struct {
        const char *kind, *id, *role;
    } subjects[FACT_SUBJECTS]; // up to the first without a kind
    json_t *payload;           // consumed; NULL = out of memory
    const char *person;        // whose personal values these are
    json_t *values;            // consumed; counts if `person` is set
    const char *correlation;   // an event id's form; NULL = none
    const char *corrects, *reason;
    const char *territory;
};

struct waiting {
    int64_t recorded;
    uint64_t number;
    char *bytes;
    size_t size;
};

struct outbox {
    FILE *file;
    uint64_t seed, number; // of the last fact stated
    uint64_t written;
    uint64_t written_max; // 0 = all
    struct packing *packing;
    struct waiting *list;
    size_t count, capacity;
    bool no_memory;
    struct ledger_error error; // of packing, the first
};

bool outbox_is_full(const struct outbox *outbox);
// The event's id, if `event_id` is given.
void outbox_put(struct outbox *outbox, const struct fact *fact, char event_id[EVENT_ID_SIZE]);
// An id that no event has.
void outbox_id(const struct outbox *outbox, const char *what, uint64_t number,
               char id[EVENT_ID_SIZE]);
// Writes what is recorded before that moment.
void outbox_flush(struct outbox *outbox, int64_t before);
LEDGER_MUST_CHECK enum ledger_err outbox_end(struct outbox *outbox, struct ledger_error *error);
void outbox_free(struct outbox *outbox);

#endif
