// A row's value as a table: the fields of a struct in the order in which they are stored, from
// which it is both written and read.
#ifndef PROJECTION_FIELDS_H
#define PROJECTION_FIELDS_H

#include <stddef.h>

#include "projection.h"

struct projection_field {
    bool text; // const char *; else int64_t
    size_t offset;
};
#define PROJECTION_TEXT_FIELD(row, name)                                                           \
    { true, offsetof(struct row, name) }
#define PROJECTION_NUMBER_FIELD(row, name)                                                         \
    { false, offsetof(struct row, name) }

struct projection_shape {
    const struct projection_field *fields;
    size_t count;
};
#define PROJECTION_SHAPE(...)                                                                      \
    {                                                                                              \
        (const struct projection_field[]){__VA_ARGS__},                                            \
            sizeof((const struct projection_field[]){__VA_ARGS__}) /                               \
                sizeof(struct projection_field)                                                    \
    }

// `row` is the struct that the shape is of.
void projection_fields_write(const struct projection_shape *shape, const void *row,
                             struct ledger_buffer *value);
// Texts point into the value.
void projection_fields_read(const struct projection_shape *shape, struct projection_reader *reader,
                            void *row);

#endif
