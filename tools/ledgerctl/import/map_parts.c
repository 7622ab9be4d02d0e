// The parts that facts are written with: templates, nested values, conditions.
#include <string.h>

#include "map_internal.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static enum ledger_err no_memory(struct import_yaml *yaml) {
    return ledger_fail(yaml->error, LEDGER_E_NO_MEMORY, NULL, "reading a map");
}

static enum ledger_err template_fill(struct import_yaml *yaml, const yaml_node_t *node,
                                     struct import_template *template) {
    struct import_scope *scope = &((struct import_loader *)yaml->user)->map->scope;
    const char *text = NULL;
    struct ledger_error why = {0};
    enum ledger_err err = import_yaml_text(yaml, node, "a text or a template", &text);
    if (err != LEDGER_E_OK)
        return err;
    err = import_template_compile(scope, text, node->start_mark.line + 1,
                                  node->start_mark.column + 1, template, &why);
    return err == LEDGER_E_OK ? err : import_yaml_fail(yaml, node, "%s", why.message);
}

enum ledger_err import_map_read_template(struct import_yaml *yaml, const yaml_node_t *node,
                                         void *field) {
    struct import_template *template = ledger_arena_calloc(yaml->arena, sizeof *template);
    if (template == NULL)
        return no_memory(yaml);
    *(struct import_template **)field = template;
    enum ledger_err err = template_fill(yaml, node, template);
    if (err == LEDGER_E_OK && template->source[0] == '\0')
        return import_yaml_fail(yaml, node, "expected a text or a template that is not empty");
    return err;
}

enum ledger_err import_map_read_texts(struct import_yaml *yaml, const yaml_node_t *node,
                                      const char *const **texts, size_t *count) {
    if (node->type != YAML_SEQUENCE_NODE ||
        node->data.sequence.items.top == node->data.sequence.items.start)
        return import_yaml_fail(yaml, node, "expected a list of texts");
    *count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    const char **list = ledger_arena_alloc(yaml->arena, *count * sizeof *list);
    enum ledger_err err = list != NULL ? LEDGER_E_OK : no_memory(yaml);
    for (size_t i = 0; err == LEDGER_E_OK && i < *count; i++)
        err = import_yaml_text(yaml, import_yaml_node(yaml, node->data.sequence.items.start[i]),
                               "a text", &list[i]);
    *texts = (const char *const *)list;
    return err;
}

// ---- shapes

static enum ledger_err shape_fill(struct import_yaml *yaml, const yaml_node_t *node,
                                  struct import_shape *shape);

// What a plain scalar says in YAML: 5 is a number, true a truth, and "5" a text.
static enum import_value_kind kind_of(const yaml_node_t *node, const char *text) {
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return IMPORT_TEXT;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return IMPORT_BOOLEAN;
    const char *digits = text + (text[0] == '-' ? 1 : 0);
    size_t count = strspn(digits, "0123456789");
    bool whole = count > 0 && count <= 18 && digits[count] == '\0';
    return whole && (digits[0] != '0' || count == 1) ? IMPORT_INTEGER : IMPORT_TEXT;
}

static enum ledger_err items_fill(struct import_yaml *yaml, const yaml_node_t *node,
                                  struct import_shape *shape) {
    bool is_object = shape->kind == IMPORT_SHAPE_OBJECT;
    size_t count = is_object
                       ? (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start)
                       : (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    shape->items = ledger_arena_calloc(yaml->arena, (count + 1) * sizeof *shape->items);
    shape->keys = ledger_arena_calloc(yaml->arena, (count + 1) * sizeof *shape->keys);
    if (shape->items == NULL || shape->keys == NULL)
        return no_memory(yaml);
    for (size_t i = 0; i < count; i++) {
        int item = is_object ? node->data.mapping.pairs.start[i].value
                             : node->data.sequence.items.start[i];
        enum ledger_err err = LEDGER_E_OK;
        if (is_object) {
            const yaml_node_t *key = import_yaml_node(yaml, node->data.mapping.pairs.start[i].key);
            err = import_yaml_text(yaml, key, "a field's name", &shape->keys[i]);
            for (size_t j = 0; err == LEDGER_E_OK && j < i; j++)
                if (strcmp(shape->keys[i], shape->keys[j]) == 0)
                    err = import_yaml_fail(yaml, key, "\"%s\" stands twice", shape->keys[i]);
        }
        if (err == LEDGER_E_OK)
            err = shape_fill(yaml, import_yaml_node(yaml, item), &shape->items[i]);
        if (err != LEDGER_E_OK)
            return err;
        shape->count++;
    }
    return LEDGER_E_OK;
}

static enum ledger_err shape_fill(struct import_yaml *yaml, const yaml_node_t *node,
                                  struct import_shape *shape) {
    shape->line = node->start_mark.line + 1;
    shape->line_column = node->start_mark.column + 1;
    enum ledger_err err = import_yaml_enter(yaml, node);
    if (err != LEDGER_E_OK)
        return err;
    if (node->type == YAML_SCALAR_NODE) {
        shape->kind = IMPORT_SHAPE_VALUE;
        err = template_fill(yaml, node, &shape->value);
        if (err == LEDGER_E_OK)
            shape->constant_kind = kind_of(node, shape->value.source);
    } else {
        shape->kind = node->type == YAML_MAPPING_NODE ? IMPORT_SHAPE_OBJECT : IMPORT_SHAPE_LIST;
        err = items_fill(yaml, node, shape);
    }
    import_yaml_leave(yaml);
    return err;
}

enum ledger_err import_map_read_shape(struct import_yaml *yaml, const yaml_node_t *node,
                                      void *field) {
    struct import_shape *shape = ledger_arena_calloc(yaml->arena, sizeof *shape);
    if (shape == NULL)
        return no_memory(yaml);
    *(struct import_shape **)field = shape;
    return shape_fill(yaml, node, shape);
}

// ---- conditions

struct condition_source {
    struct import_template *value;
    const yaml_node_t *equals, *in, *empty, *all, *any, *negated;
};

static enum ledger_err condition_fill(struct import_yaml *yaml, const yaml_node_t *node,
                                      struct import_condition *condition);

static enum ledger_err read_node(struct import_yaml *yaml, const yaml_node_t *node, void *field) {
    (void)yaml;
    *(const yaml_node_t **)field = node;
    return LEDGER_E_OK;
}

static enum ledger_err children_fill(struct import_yaml *yaml, const yaml_node_t *node,
                                     struct import_condition *condition) {
    bool is_list = node->type == YAML_SEQUENCE_NODE;
    size_t count =
        is_list ? (size_t)(node->data.sequence.items.top - node->data.sequence.items.start) : 1;
    if (count == 0 || is_list == (condition->kind == IMPORT_WHEN_NOT))
        return import_yaml_fail(yaml, node, "expected %s",
                                condition->kind == IMPORT_WHEN_NOT ? "not: one condition"
                                                                   : "a list of conditions");
    condition->children = ledger_arena_calloc(yaml->arena, count * sizeof(struct import_condition));
    if (condition->children == NULL)
        return no_memory(yaml);
    condition->count = count;
    for (size_t i = 0; i < count; i++) {
        const yaml_node_t *child =
            is_list ? import_yaml_node(yaml, node->data.sequence.items.start[i]) : node;
        enum ledger_err err = condition_fill(yaml, child, &condition->children[i]);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

static enum ledger_err equals_fill(struct import_yaml *yaml, const yaml_node_t *node,
                                   struct import_condition *condition) {
    const char **texts = ledger_arena_alloc(yaml->arena, sizeof *texts);
    if (texts == NULL)
        return no_memory(yaml);
    condition->texts = (const char *const *)texts;
    condition->count = 1;
    return import_yaml_text(yaml, node, "a text", &texts[0]);
}

// empty: false is the same as not: {empty: true}.
static enum ledger_err empty_fill(struct import_yaml *yaml, const yaml_node_t *node,
                                  struct import_condition *condition) {
    bool empty = false;
    enum ledger_err err = import_yaml_read_bool(yaml, node, &empty);
    if (err != LEDGER_E_OK || empty)
        return err;
    struct import_condition *child = ledger_arena_copy(yaml->arena, condition, sizeof *condition);
    if (child == NULL)
        return no_memory(yaml);
    *condition = (struct import_condition){.kind = IMPORT_WHEN_NOT, .children = child, .count = 1};
    return LEDGER_E_OK;
}

static enum ledger_err source_compile(struct import_yaml *yaml, const yaml_node_t *node,
                                      const struct condition_source *source,
                                      struct import_condition *condition) {
    const struct {
        const yaml_node_t *node;
        enum import_condition_kind kind;
    } forms[] = {{source->equals, IMPORT_WHEN_IN},   {source->in, IMPORT_WHEN_IN},
                 {source->empty, IMPORT_WHEN_EMPTY}, {source->all, IMPORT_WHEN_ALL},
                 {source->any, IMPORT_WHEN_ANY},     {source->negated, IMPORT_WHEN_NOT}};
    const yaml_node_t *form = NULL;
    size_t given = 0;
    for (size_t i = 0; i < COUNT(forms); i++) {
        if (forms[i].node != NULL) {
            form = forms[i].node;
            condition->kind = forms[i].kind;
            given++;
        }
    }
    bool on_value = condition->kind == IMPORT_WHEN_IN || condition->kind == IMPORT_WHEN_EMPTY;
    if (given != 1 || on_value != (source->value != NULL)) {
        return import_yaml_fail(yaml, node,
                                "expected value with one of equals, in, empty; or one "
                                "of all, any, not");
    }
    if (!on_value)
        return children_fill(yaml, form, condition);
    condition->value = *source->value;
    if (form == source->equals)
        return equals_fill(yaml, form, condition);
    return form == source->in
               ? import_map_read_texts(yaml, form, &condition->texts, &condition->count)
               : empty_fill(yaml, form, condition);
}

static enum ledger_err condition_fill(struct import_yaml *yaml, const yaml_node_t *node,
                                      struct import_condition *condition) {
    static const struct import_yaml_key keys[] = {
        {"value", false, import_map_read_template, offsetof(struct condition_source, value)},
        {"equals", false, read_node, offsetof(struct condition_source, equals)},
        {"in", false, read_node, offsetof(struct condition_source, in)},
        {"empty", false, read_node, offsetof(struct condition_source, empty)},
        {"all", false, read_node, offsetof(struct condition_source, all)},
        {"any", false, read_node, offsetof(struct condition_source, any)},
        {"not", false, read_node, offsetof(struct condition_source, negated)},
    };
    struct condition_source source = {0};
    enum ledger_err err = import_yaml_enter(yaml, node);
    if (err == LEDGER_E_OK)
        err = import_yaml_read_mapping(yaml, node, "a condition", keys, COUNT(keys), &source);
    if (err == LEDGER_E_OK)
        err = source_compile(yaml, node, &source, condition);
    import_yaml_leave(yaml);
    return err;
}

enum ledger_err import_map_read_condition(struct import_yaml *yaml, const yaml_node_t *node,
                                          void *field) {
    struct import_condition *condition = ledger_arena_calloc(yaml->arena, sizeof *condition);
    if (condition == NULL)
        return no_memory(yaml);
    *(struct import_condition **)field = condition;
    return condition_fill(yaml, node, condition);
}
