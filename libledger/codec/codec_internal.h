// What the files of this layer share: messages seen through their descriptors, and paths of
// fields for errors.
#ifndef LEDGER_CODEC_INTERNAL_H
#define LEDGER_CODEC_INTERNAL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/event.h"
#include "ledger/facts.h"
#include "ledger/span.h"

// ---- paths. Linked on the stack while a message is walked, and only written out for an error:
// "details[2].product_id".
struct field_path {
    const struct field_path *parent; // NULL: this field is at the top
    const char *name;
    size_t index;
    bool repeated;
};
// path may be NULL: the error concerns the whole message.
enum ledger_err fail_at(struct ledger_error *error, enum ledger_err code,
                        const struct field_path *path, const char *format, ...) LEDGER_PRINTF(4, 5);

// ---- fields
// How many values the field has: 0 or 1, or the length of a repeated field.
size_t field_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
// Where value `index` is kept; index < field_count.
const void *field_item(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                       size_t index);
// The size of one value in memory.
size_t field_item_size(const ProtobufCFieldDescriptor *field);

// ---- texts of the envelope, whose sizes no descriptor tells
struct text_rule {
    uint32_t number; // of the field
    uint32_t size_max;
    bool required;
};
struct text_rules {
    const struct text_rule *rules;
    size_t count;
};
#define TEXT_RULES(rules)                                                                          \
    { (rules), sizeof(rules) / sizeof(rules)[0] }
extern const struct text_rules event_text_rules, subject_text_rules, source_text_rules;
enum ledger_err check_texts(const ProtobufCMessage *message, const struct text_rules *rules,
                            const struct field_path *parent, struct ledger_error *error);

// ---- messages that are one value, e.g. a Date. OK for all others. error may be NULL.
enum ledger_err value_check(const ProtobufCMessage *message, const struct field_path *path,
                            struct ledger_error *error);

// ---- scan.c
// True: ledger_message_unpack and ledger_message_check would accept the bytes. False: ask them.
// Bit i of *valued: field i of the descriptor has a value (an empty text and the 0 of an enum are
// none).
bool scan_message(const ProtobufCMessageDescriptor *descriptor, struct ledger_span bytes,
                  uint64_t *valued);
// The same for a packed Occurred.
bool scan_occurred(struct ledger_span bytes, struct ledger_moment *moment);

// ---- what an event has to hold to
bool moment_ahead(const struct ledger_moment *moment, int64_t now_micros);
bool fact_is_amendment(enum ledger_fact fact);

// ---- what a field's name says of its value
bool field_is_id(const ProtobufCFieldDescriptor *field); // *_id, *_ids: LEDGER_ID_SIZE_MAX
// The largest number that a uint32 may be: *_bp up to 10,000, *pct up to 100, else any.
enum { FIELD_NUMBER_ALWAYS = 100 }; // no field has a lower limit
uint32_t field_number_max(const ProtobufCFieldDescriptor *field);

// ---- bytes fields that have a form of their own, by their name
enum bytes_form {
    BYTES_ANY,    // base64 in JSON
    BYTES_UUID,   // *_id, *_ids: 16 bytes, UUID text
    BYTES_SHA256, // *sha256: 32 bytes, hexadecimal
};
enum bytes_form bytes_form_of(const ProtobufCFieldDescriptor *field);
// 0 = any
size_t bytes_form_size(enum bytes_form form);
// To be freed; NULL when out of memory.
char *bytes_to_text(enum bytes_form form, struct ledger_span bytes);
// False: the text is not of the form, or (with *bytes.data NULL) memory is out.
bool bytes_from_text(enum bytes_form form, struct ledger_span text, struct ledger_arena *arena,
                     struct ledger_span *bytes);

// ---- facts
// LEDGER_FACT_SUBJECT_OF rows.
struct fact_subject_rule {
    const ProtobufCMessageDescriptor *payload;
    const char *field;
    const char *kind;
};
// The rows of one type stand together: from the returned one on, *count of them.
const struct fact_subject_rule *fact_subject_rules(const struct ledger_fact_type *type,
                                                   size_t *count);

// ---- records: bytes with their tag and size
size_t framed_size(struct ledger_span bytes);

#endif
