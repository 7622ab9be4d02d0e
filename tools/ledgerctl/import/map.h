// A mapping file: how the rows of a CSV file become facts. deploy/maps/README.md is its manual.
#ifndef LEDGERCTL_IMPORT_MAP_H
#define LEDGERCTL_IMPORT_MAP_H

#include "condition.h"
#include "csv_reader.h"
#include "ledger/facts.h"
#include "lookup.h"
#include "shape.h"
#include "template.h"

// One fact that a row may give. Templates that the map leaves out are NULL.
struct import_fact {
    const char *name; // part of the event id
    const char *type;
    const char *entity;                   // the map's, unless the fact has its own
    const struct ledger_fact_type *known; // NULL for ext.*
    struct import_condition *when;        // NULL = always
    struct import_template *once_by;      // NULL = a fact of the row
    struct import_template *stream;
    struct import_template *occurred;
    struct import_template *actor;
    struct import_template *on_behalf_of;
    struct import_template *territory;
    struct import_template *recorded_at;
    struct import_template *correlation;
    struct import_shape *subjects;
    struct import_shape *geo;
    struct import_shape *payload;
    struct import_shape *personal;
    // Where it looks in a row: from the first up to, and without, the second.
    const struct import_placeholder *columns, *columns_end;
};

struct import_map {
    struct ledger_arena *arena;
    char *path;
    uint8_t sha256[32];
    const char *name;
    const char *entity;
    struct import_template *record_id;
    // Of rows that no fact maps: cells that go to a personal part, and whose it is (NULL = the
    // record id's).
    const struct import_placeholder **personal_columns;
    size_t personal_column_count;
    struct import_template *personal_id;
    struct import_csv_options csv;
    struct import_lookup *lookups;
    size_t lookup_count;
    struct import_fact *facts;
    size_t fact_count;
    struct import_scope scope; // system, zone, times, columns
};

struct import_map_options {
    const char *const *lookup_files; // "NAME=FILE", in place of the files the map names
    size_t lookup_file_count;
    const char *data_folder; // where look-up files are sought that do not lie beside the map
};

// LEDGER_E_MAP_INVALID: the message is "FILE:LINE:COLUMN: what is wrong and what was expected".
LEDGER_MUST_CHECK enum ledger_err import_map_load(const char *path,
                                                  const struct import_map_options *options,
                                                  struct import_map **map,
                                                  struct ledger_error *error);
void import_map_free(struct import_map *map);

// Finds the map's columns in a file that has been opened. LEDGER_E_MAP_INVALID.
LEDGER_MUST_CHECK enum ledger_err
import_map_bind(struct import_map *map, const struct import_csv *csv, struct ledger_error *error);

#endif
