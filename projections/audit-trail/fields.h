// What a payload says, field by field, read through its descriptor: the same for every fact type.
#ifndef FIELDS_H
#define FIELDS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "ledger/arena.h"

struct field {
    const char *path; // the proto's names, with dots between: "new.amount"
    const char *text; // the value for people; NULL if `part`
    // Of each element of a repeated message: "samples.lot" is filled if all of them have it. It is
    // in no count beside the list itself.
    bool part;
};

struct field_list {
    struct ledger_arena *arena; // holds paths and texts
    struct field *list;         // in the order of the descriptor
    size_t count, capacity;
    bool failed; // out of memory
};

// Adds the filled fields of the message under `prefix` ("" = none). Dates, times, money and places
// are values, other messages are gone into; a list is one value. An empty text, an unspecified enum
// and an empty list are not filled.
void fields_add(struct field_list *fields, const ProtobufCMessage *message, const char *prefix);
void fields_add_text(struct field_list *fields, const char *path, const char *text);
// NULL if it is not filled.
const struct field *fields_find(const struct field_list *fields, const char *path);
// How many are filled, parts apart.
size_t fields_filled(const struct field_list *fields);
// The value of the message's field for people; NULL if there is no such field, or it is not filled.
const char *field_text(const ProtobufCMessage *message, const char *path,
                       struct ledger_arena *arena);

// A byte string as a UUID if it is one, else as hexadecimal. NULL when out of memory.
const char *bytes_text(struct ledger_arena *arena, const uint8_t *bytes, size_t size);

#endif
