#include "yaml_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { KEYS_MAX = 32 };

static enum ledger_err parser_fail(const yaml_parser_t *parser, const char *path,
                                   struct ledger_error *error) {
    if (parser->error == YAML_MEMORY_ERROR)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading %s", path);
    return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "%s:%zu:%zu: %s%s%s", path,
                       parser->problem_mark.line + 1, parser->problem_mark.column + 1,
                       parser->problem != NULL ? parser->problem : "no YAML",
                       parser->context != NULL ? ", " : "",
                       parser->context != NULL ? parser->context : "");
}

enum ledger_err import_yaml_open(struct import_yaml *yaml, const char *path, const void *text,
                                 size_t size, struct ledger_arena *arena,
                                 struct ledger_error *error) {
    yaml_parser_t parser;
    *yaml = (struct import_yaml){.path = path, .arena = arena, .error = error};
    if (!yaml_parser_initialize(&parser))
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading %s", path);
    yaml_parser_set_input_string(&parser, text, size);
    enum ledger_err err = LEDGER_E_OK;
    if (!yaml_parser_load(&parser, &yaml->document))
        err = parser_fail(&parser, path, error);
    yaml_parser_delete(&parser);
    return err;
}

void import_yaml_close(struct import_yaml *yaml) {
    yaml_document_delete(&yaml->document);
}

yaml_node_t *import_yaml_root(struct import_yaml *yaml) {
    return yaml_document_get_root_node(&yaml->document);
}

yaml_node_t *import_yaml_node(struct import_yaml *yaml, int item) {
    return yaml_document_get_node(&yaml->document, item);
}

static enum ledger_err fail_at(struct import_yaml *yaml, size_t line, size_t column,
                               const char *format, va_list arguments) {
    char text[sizeof yaml->error->message];
    (void)vsnprintf(text, sizeof text, format, arguments);
    return ledger_fail(yaml->error, LEDGER_E_MAP_INVALID, NULL, "%s:%zu:%zu: %s", yaml->path, line,
                       column, text);
}

enum ledger_err import_yaml_fail_at(struct import_yaml *yaml, size_t line, size_t column,
                                    const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    enum ledger_err err = fail_at(yaml, line, column, format, arguments);
    va_end(arguments);
    return err;
}

enum ledger_err import_yaml_fail(struct import_yaml *yaml, const yaml_node_t *node,
                                 const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    enum ledger_err err =
        fail_at(yaml, node->start_mark.line + 1, node->start_mark.column + 1, format, arguments);
    va_end(arguments);
    return err;
}

enum ledger_err import_yaml_enter(struct import_yaml *yaml, const yaml_node_t *node) {
    if (++yaml->depth > IMPORT_YAML_DEPTH_MAX || ++yaml->visited > IMPORT_YAML_NODES_MAX)
        return import_yaml_fail(yaml, node, "nested too deep, or too much of it");
    return LEDGER_E_OK;
}

void import_yaml_leave(struct import_yaml *yaml) {
    yaml->depth--;
}

enum ledger_err import_yaml_text(struct import_yaml *yaml, const yaml_node_t *node,
                                 const char *what, const char **text) {
    if (node->type != YAML_SCALAR_NODE)
        return import_yaml_fail(yaml, node, "expected %s", what);
    const char *value = (const char *)node->data.scalar.value;
    size_t size = node->data.scalar.length;
    if (memchr(value, '\0', size) != NULL)
        return import_yaml_fail(yaml, node, "expected %s without NUL", what);
    *text = ledger_arena_text(yaml->arena, ledger_span_of(value, size));
    return *text != NULL ? LEDGER_E_OK
                         : ledger_fail(yaml->error, LEDGER_E_NO_MEMORY, NULL, "reading a map");
}

enum ledger_err import_yaml_read_text(struct import_yaml *yaml, const yaml_node_t *node,
                                      void *field) {
    enum ledger_err err = import_yaml_text(yaml, node, "a text", field);
    if (err == LEDGER_E_OK && (*(const char **)field)[0] == '\0')
        return import_yaml_fail(yaml, node, "expected a text that is not empty");
    return err;
}

enum ledger_err import_yaml_read_bool(struct import_yaml *yaml, const yaml_node_t *node,
                                      void *field) {
    const char *text = NULL;
    enum ledger_err err = import_yaml_text(yaml, node, "true or false", &text);
    if (err != LEDGER_E_OK)
        return err;
    *(bool *)field = strcmp(text, "true") == 0;
    return *(bool *)field || strcmp(text, "false") == 0
               ? LEDGER_E_OK
               : import_yaml_fail(yaml, node, "\"%s\": expected true or false", text);
}

// ---- mappings

static enum ledger_err unknown_key(struct import_yaml *yaml, const yaml_node_t *node,
                                   const char *what, const char *name,
                                   const struct import_yaml_key *keys, size_t key_count) {
    struct ledger_buffer names = {0};
    for (size_t i = 0; i < key_count; i++)
        ledger_buffer_printf(&names, "%s%s", i > 0 ? ", " : "", keys[i].name);
    const char *text = ledger_buffer_text(&names);
    enum ledger_err err = import_yaml_fail(yaml, node, "unknown key \"%s\" in %s: expected %s",
                                           name, what, text != NULL ? text : "");
    ledger_buffer_fini(&names);
    return err;
}

// Which value stands for which row of the table.
static enum ledger_err pairs_sort(struct import_yaml *yaml, const yaml_node_t *node,
                                  const char *what, const struct import_yaml_key *keys,
                                  size_t key_count, yaml_node_t **values) {
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = import_yaml_node(yaml, pair->key);
        const char *name = NULL;
        enum ledger_err err = import_yaml_text(yaml, key, "a key", &name);
        if (err != LEDGER_E_OK)
            return err;
        size_t i = 0;
        while (i < key_count && strcmp(keys[i].name, name) != 0)
            i++;
        if (i == key_count)
            return unknown_key(yaml, key, what, name, keys, key_count);
        if (values[i] != NULL)
            return import_yaml_fail(yaml, key, "\"%s\" stands twice in %s", name, what);
        values[i] = import_yaml_node(yaml, pair->value);
    }
    return LEDGER_E_OK;
}

enum ledger_err import_yaml_read_mapping(struct import_yaml *yaml, const yaml_node_t *node,
                                         const char *what, const struct import_yaml_key *keys,
                                         size_t key_count, void *target) {
    yaml_node_t *values[KEYS_MAX] = {0};
    if (node->type != YAML_MAPPING_NODE)
        return import_yaml_fail(yaml, node, "expected %s: a mapping", what);
    enum ledger_err err = import_yaml_enter(yaml, node);
    if (err == LEDGER_E_OK)
        err = pairs_sort(yaml, node, what, keys, key_count, values);
    for (size_t i = 0; i < key_count && err == LEDGER_E_OK; i++)
        if (values[i] != NULL)
            err = keys[i].read(yaml, values[i], (char *)target + keys[i].offset);
        else if (keys[i].required)
            err = import_yaml_fail(yaml, node, "%s lacks the key \"%s\"", what, keys[i].name);
    import_yaml_leave(yaml);
    return err;
}
