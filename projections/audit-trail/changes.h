// What a fact changes: which field, from what, to what.
#ifndef CHANGES_H
#define CHANGES_H

#include "fields.h"
#include "ledger/event.h"
#include "versions.h"

struct change {
    const char *field;
    const char *from, *to; // NULL = nothing there, or not said
};

struct change_list {
    struct ledger_arena *arena;
    struct change *list;
    size_t count, capacity;
    bool failed; // out of memory
};

// Whether facts of this type change something that was there before.
bool changes_something(enum ledger_fact fact);
// What the fact says itself: the stage, the owner, the due day, the terms, a detail of a client.
void changes_of_fact(struct change_list *changes, enum ledger_fact fact,
                     const ProtobufCMessage *payload);
// What stands otherwise in one version of a fact than in another: each field, "occurred", and
// "fact" if one of them is retracted.
void changes_between(struct change_list *changes, const struct version *before,
                     const struct version *after);
bool changes_name(const struct change_list *changes, const char *field);
// "stage: lead -> won; ..." and the same as JSON. NULL if there is none; sets `failed`.
const char *changes_text(struct change_list *changes);
const char *changes_json(struct change_list *changes);

#endif
