// Shapes: nested mappings and lists of templates, as a map writes a payload, filled into JSON.
#ifndef LEDGERCTL_IMPORT_SHAPE_H
#define LEDGERCTL_IMPORT_SHAPE_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "template.h"

enum import_shape_kind { IMPORT_SHAPE_VALUE, IMPORT_SHAPE_OBJECT, IMPORT_SHAPE_LIST };

struct import_shape {
    enum import_shape_kind kind;
    struct import_template value;
    enum import_value_kind constant_kind; // of a constant value, as YAML spells it
    const char **keys;                    // objects only
    struct import_shape *items;
    size_t count;
    size_t line, line_column; // in the map, from 1
};

// Does the shape describe such a message? Constants take the kind of their field and must fit it.
// On failure *culprit is where. LEDGER_E_MAP_INVALID.
LEDGER_MUST_CHECK enum ledger_err import_shape_check(struct import_shape *shape,
                                                     const ProtobufCMessageDescriptor *descriptor,
                                                     const struct import_shape **culprit,
                                                     struct ledger_error *error);
// NULL if the object has no such key. Takes the proto's own names and lowerCamelCase.
const struct import_shape *import_shape_find(const struct import_shape *shape, const char *key);

// No row can make anything of it: an empty text, mapping or list.
bool import_shape_is_nothing(const struct import_shape *shape);

// A new reference, or NULL where nothing is left: a value that is absent, a mapping whose templates
// all are, a list without items; a shape to `keep` is then an empty one, or has its constants. The
// error's field is the path within the shape.
LEDGER_MUST_CHECK enum ledger_err import_shape_build(const struct import_shape *shape,
                                                     const struct import_csv_row *row,
                                                     struct ledger_arena *arena, bool keep,
                                                     json_t **json, struct ledger_error *error);

#endif
