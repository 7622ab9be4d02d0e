// The map as a whole: head and list of facts. Look-up tables are read in map_lookups.c, one fact in
// map_fact.c, what facts are written with in map_parts.c.
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/limits.h"
#include "map_internal.h"

enum { MAP_SIZE_MAX = 4 << 20 };

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

// ---- head

static enum ledger_err read_csv_char(struct import_yaml *yaml, const yaml_node_t *node,
                                     void *field) {
    const char *text = NULL;
    enum ledger_err err = import_yaml_text(yaml, node, "one ASCII character, or tab", &text);
    if (err != LEDGER_E_OK)
        return err;
    text = strcmp(text, "tab") == 0 ? "\t" : text;
    if (strlen(text) != 1 || (unsigned char)text[0] > 0x7e || strchr("\r\n", text[0]) != NULL)
        return import_yaml_fail(yaml, node, "\"%s\": expected one ASCII character, or tab", text);
    *(char *)field = text[0];
    return LEDGER_E_OK;
}

static enum ledger_err read_no_header(struct import_yaml *yaml, const yaml_node_t *node,
                                      void *field) {
    bool header = false;
    enum ledger_err err = import_yaml_read_bool(yaml, node, &header);
    *(bool *)field = !header;
    return err;
}

enum ledger_err import_map_read_csv(struct import_yaml *yaml, const yaml_node_t *node,
                                    void *field) {
    static const struct import_yaml_key keys[] = {
        {"delimiter", false, read_csv_char, offsetof(struct import_csv_options, delimiter)},
        {"quote", false, read_csv_char, offsetof(struct import_csv_options, quote)},
        {"header", false, read_no_header, offsetof(struct import_csv_options, no_header)},
        {"strip_spaces", false, import_yaml_read_bool,
         offsetof(struct import_csv_options, strip_spaces)},
    };
    struct import_csv_options *options = field;
    enum ledger_err err = import_yaml_read_mapping(yaml, node, "csv", keys, COUNT(keys), options);
    if (err == LEDGER_E_OK && options->delimiter != 0 && options->delimiter == options->quote)
        return import_yaml_fail(yaml, node, "delimiter and quote are the same");
    return err;
}

static enum ledger_err read_system(struct import_yaml *yaml, const yaml_node_t *node, void *field) {
    enum ledger_err err = import_yaml_read_text(yaml, node, field);
    if (err == LEDGER_E_OK && strlen(*(const char **)field) > LEDGER_SYSTEM_SIZE_MAX)
        return import_yaml_fail(yaml, node, "expected at most %d bytes", LEDGER_SYSTEM_SIZE_MAX);
    return err;
}

static enum ledger_err read_zone(struct import_yaml *yaml, const yaml_node_t *node, void *field) {
    const char *text = NULL;
    struct ledger_error why = {0};
    enum ledger_err err = import_yaml_text(yaml, node, "a zone", &text);
    if (err == LEDGER_E_OK && import_zone_set(text, field, &why) != LEDGER_E_OK)
        return import_yaml_fail(yaml, node, "%s", why.message);
    return err;
}

static enum ledger_err read_times(struct import_yaml *yaml, const yaml_node_t *node, void *field) {
    struct import_map *map = field;
    struct ledger_error why = {0};
    enum ledger_err err =
        import_map_read_texts(yaml, node, &map->scope.times, &map->scope.time_count);
    for (size_t i = 0; err == LEDGER_E_OK && i < map->scope.time_count; i++)
        if (!import_pattern_check(map->scope.times[i], &why))
            err = import_yaml_fail(yaml, node, "%s", why.message);
    return err;
}

static enum ledger_err read_personal_columns(struct import_yaml *yaml, const yaml_node_t *node,
                                             void *field) {
    struct import_map *map = field;
    const char *const *texts = NULL;
    size_t count = 0;
    enum ledger_err err = import_map_read_texts(yaml, node, &texts, &count);
    if (err != LEDGER_E_OK)
        return err;
    map->personal_columns = ledger_arena_calloc(yaml->arena, count * sizeof *map->personal_columns);
    if (map->personal_columns == NULL)
        return ledger_fail(yaml->error, LEDGER_E_NO_MEMORY, NULL, "reading a map");
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = import_yaml_node(yaml, node->data.sequence.items.start[i]);
        struct ledger_error why = {0};
        if (import_column_compile(&map->scope, texts[i], item->start_mark.line + 1,
                                  item->start_mark.column + 1, &map->personal_columns[i],
                                  &why) != LEDGER_E_OK)
            return import_yaml_fail(yaml, item, "%s", why.message);
    }
    map->personal_column_count = count;
    return LEDGER_E_OK;
}

// ---- facts

static enum ledger_err read_facts(struct import_yaml *yaml, const yaml_node_t *node, void *field) {
    struct import_map *map = field;
    if (node->type != YAML_SEQUENCE_NODE)
        return import_yaml_fail(yaml, node, "expected facts: a list");
    size_t count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    map->facts = ledger_arena_calloc(yaml->arena, (count + 1) * sizeof *map->facts);
    if (map->facts == NULL)
        return ledger_fail(yaml->error, LEDGER_E_NO_MEMORY, NULL, "reading a map");
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *item = import_yaml_node(yaml, node->data.sequence.items.start[i]);
        struct import_fact *fact = &map->facts[i];
        fact->entity = map->entity;
        fact->columns_end = map->scope.placeholders;
        enum ledger_err err = import_map_read_fact(yaml, item, fact);
        fact->columns = map->scope.placeholders;
        if (err != LEDGER_E_OK)
            return err;
        for (size_t j = 0; j < i; j++)
            if (strcmp(map->facts[j].name, fact->name) == 0)
                return import_yaml_fail(yaml, item, "two facts are named \"%s\"", fact->name);
        map->fact_count++;
    }
    return LEDGER_E_OK;
}

// ---- the whole

static enum ledger_err read_map(struct import_yaml *yaml, struct import_map *map) {
    static const struct import_yaml_key keys[] = {
        {"name", true, import_yaml_read_text, offsetof(struct import_map, name)},
        {"system", true, read_system, offsetof(struct import_map, scope.system)},
        {"entity", true, import_yaml_read_text, offsetof(struct import_map, entity)},
        {"csv", false, import_map_read_csv, offsetof(struct import_map, csv)},
        {"zone", false, read_zone, offsetof(struct import_map, scope.zone)},
        {"times", false, read_times, 0},
        {"lookups", false, import_map_read_lookups, 0},
        {"record_id", true, import_map_read_template, offsetof(struct import_map, record_id)},
        {"personal_columns", false, read_personal_columns, 0},
        {"personal_id", false, import_map_read_template, offsetof(struct import_map, personal_id)},
        {"facts", true, read_facts, 0},
    };
    const yaml_node_t *root = import_yaml_root(yaml);
    if (root == NULL)
        return import_yaml_fail_at(yaml, 1, 1, "the file is empty");
    enum ledger_err err = import_yaml_read_mapping(yaml, root, "the map", keys, COUNT(keys), map);
    if (err == LEDGER_E_OK && map->personal_id != NULL && map->personal_column_count == 0)
        return import_yaml_fail_at(yaml, map->personal_id->line, map->personal_id->line_column,
                                   "personal_id is of no use without personal_columns");
    return err;
}

static enum ledger_err file_read(const char *path, struct ledger_buffer *text,
                                 struct ledger_error *error) {
    // Without O_NONBLOCK a FIFO would keep us until somebody writes to it.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "rb");
    if (file == NULL)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", path,
                           strerror(errno));
    enum ledger_err err = LEDGER_E_OK;
    struct stat status;
    uint8_t *place = NULL;
    if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode)) {
        err = ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "%s is not a regular file", path);
        goto close;
    }
    place = ledger_buffer_reserve(text, MAP_SIZE_MAX + 1);
    if (place == NULL) {
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading %s", path);
        goto close;
    }
    text->size = fread(place, 1, MAP_SIZE_MAX + 1, file);
    if (ferror(file))
        err = ledger_fail(error, LEDGER_E_IO, NULL, "%s: %s", path, strerror(errno));
    else if (text->size > MAP_SIZE_MAX)
        err = ledger_fail(error, LEDGER_E_TOO_LARGE, NULL, "%s: a map is at most 4 MiB", path);
close:
    (void)fclose(file); // read only
    return err;
}

static enum ledger_err map_parse(struct import_map *map, const struct import_map_options *options,
                                 const struct ledger_buffer *text, struct ledger_error *error) {
    struct import_yaml yaml;
    struct import_loader loader = {.map = map, .options = options};
    enum ledger_err err =
        import_yaml_open(&yaml, map->path, text->data, text->size, map->arena, error);
    if (err != LEDGER_E_OK)
        return err;
    yaml.user = &loader;
    err = read_map(&yaml, map);
    import_yaml_close(&yaml);
    return err == LEDGER_E_OK ? import_map_lookups_check(map, options, error) : err;
}

enum ledger_err import_map_load(const char *path, const struct import_map_options *options,
                                struct import_map **out, struct ledger_error *error) {
    struct ledger_buffer text = {0};
    struct import_map *map = calloc(1, sizeof *map);
    enum ledger_err err = LEDGER_E_NO_MEMORY;
    if (map == NULL)
        return ledger_fail(error, err, NULL, "reading %s", path);
    map->arena = ledger_arena_new(0);
    map->path = strdup(path);
    map->scope.arena = map->arena;
    if (map->arena == NULL || map->path == NULL) {
        (void)ledger_fail(error, err, NULL, "reading %s", path);
        goto fail;
    }
    err = file_read(path, &text, error);
    if (err != LEDGER_E_OK)
        goto fail;
    if (SHA256(text.data, text.size, map->sha256) == NULL) {
        err = ledger_fail(error, LEDGER_E_INTERNAL, NULL, "hashing %s", path);
        goto fail;
    }
    err = map_parse(map, options, &text, error);
    if (err != LEDGER_E_OK)
        goto fail;
    ledger_buffer_fini(&text);
    *out = map;
    return LEDGER_E_OK;
fail:
    ledger_buffer_fini(&text);
    import_map_free(map);
    return err;
}

void import_map_free(struct import_map *map) {
    if (map == NULL)
        return;
    for (size_t i = 0; i < map->lookup_count; i++)
        import_lookup_fini(&map->lookups[i]);
    free(map->lookups);
    ledger_arena_free(map->arena);
    free(map->path);
    free(map);
}

enum ledger_err import_map_bind(struct import_map *map, const struct import_csv *csv,
                                struct ledger_error *error) {
    const char *const *names = NULL;
    size_t count = import_csv_columns(csv, &names);
    const struct import_placeholder *culprit = NULL;
    struct ledger_error why = {0};
    enum ledger_err err = import_template_bind(&map->scope, names, count, &culprit, &why);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "%s:%zu:%zu: %s", map->path, culprit->line,
                           culprit->line_column, why.message);
    return LEDGER_E_OK;
}
