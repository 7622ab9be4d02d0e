// YAML documents read by tables of keys, with errors that say where.
#ifndef LEDGERCTL_IMPORT_YAML_READER_H
#define LEDGERCTL_IMPORT_YAML_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

#include "ledger/arena.h"
#include "ledger/error.h"

struct import_yaml {
    yaml_document_t document;
    const char *path;
    struct ledger_arena *arena; // copies of texts
    struct ledger_error *error;
    void *user;
    unsigned depth; // of nested nodes; anchors may make a node its own child
    size_t visited; // nodes read; anchors may repeat one without end
};

enum { IMPORT_YAML_DEPTH_MAX = 32, IMPORT_YAML_NODES_MAX = 100000 };

// `text` is the file's. LEDGER_E_MAP_INVALID.
LEDGER_MUST_CHECK enum ledger_err import_yaml_open(struct import_yaml *yaml, const char *path,
                                                   const void *text, size_t size,
                                                   struct ledger_arena *arena,
                                                   struct ledger_error *error);
void import_yaml_close(struct import_yaml *yaml);

yaml_node_t *import_yaml_root(struct import_yaml *yaml); // NULL if the document is empty
yaml_node_t *import_yaml_node(struct import_yaml *yaml, int item);

// LEDGER_E_MAP_INVALID at a node.
enum ledger_err import_yaml_fail(struct import_yaml *yaml, const yaml_node_t *node,
                                 const char *format, ...) LEDGER_PRINTF(3, 4);
enum ledger_err import_yaml_fail_at(struct import_yaml *yaml, size_t line, size_t column,
                                    const char *format, ...) LEDGER_PRINTF(4, 5);

typedef enum ledger_err (*import_yaml_read)(struct import_yaml *yaml, const yaml_node_t *node,
                                            void *field);
struct import_yaml_key {
    const char *name;
    bool required;
    import_yaml_read read;
    size_t offset; // of the field in the target
};

// Keys are read in the order of the table. Unknown, repeated and missing keys are errors.
LEDGER_MUST_CHECK enum ledger_err
import_yaml_read_mapping(struct import_yaml *yaml, const yaml_node_t *node, const char *what,
                         const struct import_yaml_key *keys, size_t key_count, void *target);

// A scalar's text, without NUL, in the arena. `what` says what was expected.
LEDGER_MUST_CHECK enum ledger_err import_yaml_text(struct import_yaml *yaml,
                                                   const yaml_node_t *node, const char *what,
                                                   const char **text);
// For tables: fields of const char * and of bool.
LEDGER_MUST_CHECK enum ledger_err import_yaml_read_text(struct import_yaml *yaml,
                                                        const yaml_node_t *node, void *field);
LEDGER_MUST_CHECK enum ledger_err import_yaml_read_bool(struct import_yaml *yaml,
                                                        const yaml_node_t *node, void *field);
// Around the reading of a node's children.
LEDGER_MUST_CHECK enum ledger_err import_yaml_enter(struct import_yaml *yaml,
                                                    const yaml_node_t *node);
void import_yaml_leave(struct import_yaml *yaml);

#endif
