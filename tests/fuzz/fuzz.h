// What the fuzz targets share. A target is one function that is called with bytes from anywhere
// and states with MUST() what holds for all of them. libFuzzer calls it when built by the preset
// "fuzz"; else replay.c does, with the files of corpus/<target>.
#ifndef FUZZ_H
#define FUZZ_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

// Empty at each call, which ends the life of all that was in it.
struct ledger_arena *fuzz_arena(void);

// A refusal must be of use: `err` is the error's code and blames the input, the message is there,
// and all texts are UTF-8, since they go on the wire and into JSON.
void fuzz_refused(enum ledger_err err, const struct ledger_error *error);
// As above, and the field at fault is named.
void fuzz_refused_field(enum ledger_err err, const struct ledger_error *error);

// Unpacks as every service does. NULL if it is refused. What is accepted packs and unpacks to the
// same again, and no text of it was cut by a NUL.
ProtobufCMessage *fuzz_unpack(const ProtobufCMessageDescriptor *descriptor,
                              struct ledger_span bytes, size_t size_max,
                              struct ledger_arena *arena);
struct ledger_span fuzz_pack(const ProtobufCMessage *message, struct ledger_arena *arena);

// A message that was checked survives JSON: the same bytes come back, but for unknown fields.
void fuzz_json_keeps(const ProtobufCMessage *message, struct ledger_arena *arena);

// A file that holds the bytes, until the next call.
const char *fuzz_file(struct ledger_span bytes);

// Takes what stands before the next `separator`, and it, off the bytes; all of them if it is none.
struct ledger_span fuzz_cut(struct ledger_span *bytes, uint8_t separator);

#endif
