// ledgerctl types: what can be appended. Asks no service: the fact table is compiled in.
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "common.h"
#include "display.h"
#include "ledger/facts.h"
#include "ledger/json.h"
#include "table.h"

struct settings {
    struct common common;
};

static const struct ledger_option options[] = {
    {.name = "json",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, common.json),
     .help = "print JSON, for programs"},
    {.name = "data",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, common.data),
     .value = "DIR",
     .help = "not looked at: all ledgers take the same types"},
};

static const struct ledger_program program = {
    .name = "ledgerctl types",
    .usage = "[options] [TYPE]",
    .summary = "Lists the types of facts; of one TYPE, all that its payload takes.",
    .details =
        "A fact stands in a stream of its type's category (`visit/9`), and names at least one\n"
        "subject of each kind listed. A field marked with a subject has its value among the\n"
        "fact's subjects too. Besides these there is ext.ORG.NAME, with any object as payload.\n"
        "Exit status: 0, or 65 if there is no such TYPE.\n"
        "\n"
        "Examples:\n"
        "  ledgerctl types\n"
        "  ledgerctl types VisitReported\n"
        "  ledgerctl types VisitReported --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

static enum ledger_err fail_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
}

// ---- texts of a table's cells

static void add_joined(struct ledger_buffer *text, const char *item) {
    ledger_buffer_printf(text, "%s%s", text->size > 0 ? ", " : "", item);
}

static void add_list(struct ledger_buffer *text, const json_t *list) {
    for (size_t i = 0; i < json_array_size(list); i++)
        add_joined(text, json_string_value(json_array_get(list, i)));
}

static void add_required(struct ledger_buffer *text, const json_t *fields) {
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        if (json_is_true(json_object_get(field, "required")))
            add_joined(text, json_string_value(json_object_get(field, "field")));
    }
}

static void add_kind(struct ledger_buffer *text, const json_t *field) {
    const json_t *values = json_object_get(field, "values");
    ledger_buffer_add_text(text, json_string_value(json_object_get(field, "takes")));
    if (values == NULL)
        return;
    struct ledger_buffer names = {0};
    add_list(&names, values);
    ledger_buffer_add_byte(text, ' ');
    ledger_buffer_add_span(text, ledger_buffer_span(&names));
    text->failed = text->failed || names.failed;
    ledger_buffer_fini(&names);
}

// Empties the buffer. False when out of memory.
static bool take_cell(struct table *table, struct ledger_buffer *buffer) {
    const char *text = ledger_buffer_text(buffer);
    if (text != NULL)
        table_cell(table, text);
    ledger_buffer_fini(buffer);
    return text != NULL;
}

static bool text_cell(struct table *table, const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    table_cell(table, text != NULL ? text : "");
    return true;
}

// ---- all types

static bool add_type(struct table *table, const json_t *about) {
    struct ledger_buffer subjects = {0};
    struct ledger_buffer required = {0};
    add_list(&subjects, json_object_get(about, "subjects"));
    add_required(&required, json_object_get(about, "fields"));
    const char *category = json_string_value(json_object_get(about, "category"));
    text_cell(table, about, "type");
    table_cell(table, strcmp(category, "*") == 0 ? "that of the amended fact" : category);
    bool complete = take_cell(table, &subjects);
    return take_cell(table, &required) && complete;
}

static enum ledger_err print_all(const json_t *types) {
    struct table *table = table_new();
    if (table == NULL)
        return LEDGER_E_NO_MEMORY;
    table_column(table, "type", TABLE_WORD);
    table_column(table, "stream category", TABLE_WORD);
    table_column(table, "subjects", TABLE_WORD);
    table_column(table, "required in the payload", TABLE_PROSE);
    enum ledger_err err = LEDGER_E_OK;
    for (size_t i = 0; i < json_array_size(types) && err == LEDGER_E_OK; i++)
        if (!add_type(table, json_array_get(types, i)))
            err = LEDGER_E_NO_MEMORY;
    if (err == LEDGER_E_OK)
        err = table_print(table, display_width_of_terminal());
    table_free(table);
    if (err == LEDGER_E_OK)
        puts("\n`ledgerctl types TYPE` tells what its payload takes.");
    return err;
}

static enum ledger_err run_all(bool json, struct ledger_error *error) {
    json_t *types = json_array();
    for (int i = 0; i < LEDGER_FACT_COUNT; i++)
        if (json_array_append_new(types, ledger_json_describe(ledger_fact_at(i))) != 0) {
            json_decref(types);
            return fail_memory(error);
        }
    if (json) {
        common_print_document(json_pack("{s:o}", "types", types));
        return LEDGER_E_OK;
    }
    enum ledger_err err = print_all(types);
    json_decref(types);
    return err == LEDGER_E_OK ? err : fail_memory(error);
}

// ---- one type

static bool add_field(struct table *table, const json_t *field) {
    struct ledger_buffer kind = {0};
    bool required = json_is_true(json_object_get(field, "required"));
    add_kind(&kind, field);
    text_cell(table, field, "field");
    table_cell(table, required ? "required" : "");
    text_cell(table, field, "subject");
    return take_cell(table, &kind);
}

static enum ledger_err print_fields(const json_t *fields) {
    struct table *table = table_new();
    if (table == NULL)
        return LEDGER_E_NO_MEMORY;
    table_column(table, "payload field", TABLE_WORD);
    table_column(table, "", TABLE_WORD);
    table_column(table, "subject", TABLE_WORD);
    table_column(table, "takes", TABLE_WORD);
    enum ledger_err err = LEDGER_E_OK;
    for (size_t i = 0; i < json_array_size(fields) && err == LEDGER_E_OK; i++)
        if (!add_field(table, json_array_get(fields, i)))
            err = LEDGER_E_NO_MEMORY;
    // Names of values are what one came for: nothing is cut.
    if (err == LEDGER_E_OK)
        err = table_print(table, INT_MAX);
    table_free(table);
    return err;
}

static enum ledger_err print_one(const json_t *about) {
    struct ledger_buffer subjects = {0};
    add_list(&subjects, json_object_get(about, "subjects"));
    const char *text = ledger_buffer_text(&subjects);
    const char *category = json_string_value(json_object_get(about, "category"));
    const json_t *fields = json_object_get(about, "fields");
    if (text == NULL)
        return LEDGER_E_NO_MEMORY;
    printf("%s\n", json_string_value(json_object_get(about, "type")));
    if (strcmp(category, "*") == 0)
        puts("stream    that of the fact named by correctsEventId");
    else
        printf("stream    %s/ID\n", category);
    printf("subjects  %s\n\n", text[0] != '\0' ? text : "none needed");
    ledger_buffer_fini(&subjects);
    if (json_array_size(fields) > 0)
        return print_fields(fields);
    puts("The payload has no fields: {}");
    return LEDGER_E_OK;
}

static enum ledger_err run_one(const char *name, bool json, struct ledger_error *error) {
    const struct ledger_fact_type *type = ledger_fact_find(ledger_span_text(name));
    if (type == NULL)
        return ledger_fail(error, LEDGER_E_UNKNOWN_TYPE, NULL,
                           "there is no fact type \"%s\" (`ledgerctl types` lists them)", name);
    json_t *about = ledger_json_describe(type);
    if (about == NULL)
        return fail_memory(error);
    if (json) {
        common_print_document(about);
        return LEDGER_E_OK;
    }
    enum ledger_err err = print_one(about);
    json_decref(about);
    return err == LEDGER_E_OK ? err : fail_memory(error);
}

static enum ledger_err run(const struct common *common, char **arguments, int count,
                           struct ledger_error *error) {
    return count == 1 ? run_one(arguments[0], common->json, error) : run_all(common->json, error);
}

int ledgerctl_types(int argc, char **argv) {
    struct settings settings = {0};
    return common_run(&program, argc, argv, &settings.common, 1, run);
}
