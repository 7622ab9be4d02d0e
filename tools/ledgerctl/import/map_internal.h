// Shared by the files that read a map.
#ifndef LEDGERCTL_IMPORT_MAP_INTERNAL_H
#define LEDGERCTL_IMPORT_MAP_INTERNAL_H

#include "map.h"
#include "yaml_reader.h"

// What import_yaml.user points at.
struct import_loader {
    struct import_map *map;
    const struct import_map_options *options;
};

// map_load.c
enum ledger_err import_map_read_csv(struct import_yaml *yaml, const yaml_node_t *node,
                                    void *field); // struct import_csv_options

// map_lookups.c
enum ledger_err import_map_read_lookups(struct import_yaml *yaml, const yaml_node_t *node,
                                        void *field); // struct import_map
// Every --lookup names a table of the map. LEDGER_E_USAGE.
enum ledger_err import_map_lookups_check(const struct import_map *map,
                                         const struct import_map_options *options,
                                         struct ledger_error *error);

// map_parts.c: for tables; the field is a pointer to the part
enum ledger_err import_map_read_template(struct import_yaml *yaml, const yaml_node_t *node,
                                         void *field);
enum ledger_err import_map_read_shape(struct import_yaml *yaml, const yaml_node_t *node,
                                      void *field);
enum ledger_err import_map_read_condition(struct import_yaml *yaml, const yaml_node_t *node,
                                          void *field);
enum ledger_err import_map_read_texts(struct import_yaml *yaml, const yaml_node_t *node,
                                      const char *const **texts, size_t *count);

// map_fact.c
enum ledger_err import_map_read_fact(struct import_yaml *yaml, const yaml_node_t *node,
                                     struct import_fact *fact);

#endif
