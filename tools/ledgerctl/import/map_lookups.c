// The look-up tables of a map.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "map_internal.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

struct lookup_source {
    const char *file;
    const char *key;
    const yaml_node_t *values;
    struct import_csv_options csv;
    enum import_missing missing;
};

static enum ledger_err read_node(struct import_yaml *yaml, const yaml_node_t *node, void *field) {
    (void)yaml;
    *(const yaml_node_t **)field = node;
    return LEDGER_E_OK;
}

static enum ledger_err read_missing(struct import_yaml *yaml, const yaml_node_t *node,
                                    void *field) {
    static const char *const words[] = {[IMPORT_MISSING_ERROR] = "error",
                                        [IMPORT_MISSING_KEEP] = "keep",
                                        [IMPORT_MISSING_EMPTY] = "empty"};
    const char *text = NULL;
    enum ledger_err err = import_yaml_text(yaml, node, "error, keep or empty", &text);
    for (size_t i = 0; err == LEDGER_E_OK && i < COUNT(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *(enum import_missing *)field = (enum import_missing)i;
            return LEDGER_E_OK;
        }
    }
    return err != LEDGER_E_OK
               ? err
               : import_yaml_fail(yaml, node, "\"%s\": expected error, keep or empty", text);
}

static enum ledger_err values_add(struct import_yaml *yaml, const yaml_node_t *node,
                                  struct import_lookup *lookup) {
    if (node->type != YAML_MAPPING_NODE)
        return import_yaml_fail(yaml, node, "expected values: a mapping of keys to results");
    lookup->column_count = 1;
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const char *key = NULL;
        const char *value = NULL;
        struct ledger_error why = {0};
        const yaml_node_t *key_node = import_yaml_node(yaml, pair->key);
        enum ledger_err err = import_yaml_text(yaml, key_node, "a key", &key);
        if (err == LEDGER_E_OK)
            err = import_yaml_text(yaml, import_yaml_node(yaml, pair->value), "a result", &value);
        if (err != LEDGER_E_OK)
            return err;
        if (import_lookup_add(lookup, yaml->arena, key, &value, &why) != LEDGER_E_OK)
            return import_yaml_fail(yaml, key_node, "%s", why.message);
    }
    return LEDGER_E_OK;
}

static const char *lookup_file_given(const struct import_map_options *options, const char *name) {
    size_t size = strlen(name);
    for (size_t i = 0; i < options->lookup_file_count; i++) {
        const char *pair = options->lookup_files[i];
        if (strncmp(pair, name, size) == 0 && pair[size] == '=')
            return pair + size + 1;
    }
    return NULL;
}

// Beside the map, else beside the data.
static const char *lookup_path(struct import_yaml *yaml, const char *file) {
    const struct import_map_options *options = ((struct import_loader *)yaml->user)->options;
    const char *slash = strrchr(yaml->path, '/');
    if (file[0] == '/' || slash == NULL)
        slash = yaml->path - 1;
    const char *path =
        ledger_arena_printf(yaml->arena, "%.*s%s", (int)(slash + 1 - yaml->path), yaml->path, file);
    if (path != NULL && access(path, F_OK) != 0 && options->data_folder != NULL && file[0] != '/') {
        const char *other = ledger_arena_printf(yaml->arena, "%s/%s", options->data_folder, file);
        path = other == NULL || access(other, F_OK) == 0 ? other : path;
    }
    return path;
}

static enum ledger_err file_add(struct import_yaml *yaml, const yaml_node_t *node,
                                const struct lookup_source *source, struct import_lookup *lookup) {
    const struct import_map_options *options = ((struct import_loader *)yaml->user)->options;
    const char *path = lookup_file_given(options, lookup->name);
    struct ledger_error why = {0};
    if (path == NULL)
        path = lookup_path(yaml, source->file);
    if (path == NULL)
        return ledger_fail(yaml->error, LEDGER_E_NO_MEMORY, NULL, "reading a map");
    if (import_lookup_read(lookup, yaml->arena, path, &source->csv, source->key, &why) !=
        LEDGER_E_OK) {
        return import_yaml_fail(yaml, node,
                                "look-up file of \"%s\" (--lookup %s=FILE sets "
                                "another): %s",
                                lookup->name, lookup->name, why.message);
    }
    return LEDGER_E_OK;
}

static enum ledger_err read_lookup(struct import_yaml *yaml, const yaml_node_t *node,
                                   struct import_lookup *lookup) {
    static const struct import_yaml_key keys[] = {
        {"file", false, import_yaml_read_text, offsetof(struct lookup_source, file)},
        {"key", false, import_yaml_read_text, offsetof(struct lookup_source, key)},
        {"csv", false, import_map_read_csv, offsetof(struct lookup_source, csv)},
        {"values", false, read_node, offsetof(struct lookup_source, values)},
        {"missing", false, read_missing, offsetof(struct lookup_source, missing)},
    };
    struct lookup_source source = {0};
    enum ledger_err err =
        import_yaml_read_mapping(yaml, node, "a look-up table", keys, COUNT(keys), &source);
    if (err != LEDGER_E_OK)
        return err;
    lookup->missing = source.missing;
    bool from_file = source.file != NULL && source.key != NULL && source.values == NULL;
    bool from_map = source.file == NULL && source.key == NULL && source.values != NULL;
    if (!from_file && !from_map)
        return import_yaml_fail(yaml, node, "expected either file and key, or values");
    if (source.csv.no_header)
        return import_yaml_fail(yaml, node, "a look-up file needs a header");
    return from_file ? file_add(yaml, node, &source, lookup)
                     : values_add(yaml, source.values, lookup);
}

enum ledger_err import_map_read_lookups(struct import_yaml *yaml, const yaml_node_t *node,
                                        void *field) {
    struct import_map *map = field;
    if (node->type != YAML_MAPPING_NODE)
        return import_yaml_fail(yaml, node, "expected lookups: a mapping of names to tables");
    size_t count = (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    map->lookups = calloc(count + 1, sizeof *map->lookups);
    if (map->lookups == NULL)
        return ledger_fail(yaml->error, LEDGER_E_NO_MEMORY, NULL, "reading a map");
    for (size_t i = 0; i < count; i++) {
        const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
        struct import_lookup *lookup = &map->lookups[map->lookup_count++];
        enum ledger_err err = import_yaml_text(yaml, import_yaml_node(yaml, pair->key),
                                               "a table's name", &lookup->name);
        if (err == LEDGER_E_OK)
            err = read_lookup(yaml, import_yaml_node(yaml, pair->value), lookup);
        if (err != LEDGER_E_OK)
            return err;
    }
    map->scope.lookups = map->lookups;
    map->scope.lookup_count = map->lookup_count;
    return LEDGER_E_OK;
}

enum ledger_err import_map_lookups_check(const struct import_map *map,
                                         const struct import_map_options *options,
                                         struct ledger_error *error) {
    for (size_t i = 0; i < options->lookup_file_count; i++) {
        const char *pair = options->lookup_files[i];
        size_t size = strcspn(pair, "=");
        bool known = false;
        for (size_t j = 0; j < map->lookup_count && !known; j++)
            known = strlen(map->lookups[j].name) == size &&
                    strncmp(map->lookups[j].name, pair, size) == 0;
        if (!known || pair[size] != '=')
            return ledger_fail(error, LEDGER_E_USAGE, NULL,
                               "--lookup %s: expected NAME=FILE with a look-up table of the map",
                               pair);
    }
    return LEDGER_E_OK;
}
