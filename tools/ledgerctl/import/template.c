#include "template.h"

#include <stdio.h>
#include <string.h>

#include "filters.h"
#include "ledger/text.h"

enum { PARTS_MAX = 64, FILTERS_MAX = 16 };

struct scanner {
    struct import_scope *scope;
    const char *place;
    size_t line, line_column;
    struct ledger_error *error;
};

static enum ledger_err no_memory(struct scanner *scanner) {
    return ledger_fail(scanner->error, LEDGER_E_NO_MEMORY, NULL, "reading a template");
}

// Up to one of `stops`, or the end; a backslash takes the next character as it is.
static enum ledger_err token_read(struct scanner *scanner, const char *stops, const char **token) {
    size_t size = strlen(scanner->place);
    char *text = ledger_arena_alloc(scanner->scope->arena, size + 1);
    if (text == NULL)
        return no_memory(scanner);
    size_t length = 0;
    while (*scanner->place != '\0' && strchr(stops, *scanner->place) == NULL) {
        if (*scanner->place == '\\' && scanner->place[1] != '\0')
            scanner->place++;
        text[length++] = *scanner->place++;
    }
    text[length] = '\0';
    *token = text;
    return LEDGER_E_OK;
}

static enum ledger_err column_read(struct scanner *scanner, const char *stops,
                                   struct import_placeholder *out) {
    bool by_number = *scanner->place == '#';
    enum ledger_err err = token_read(scanner, stops, &out->name);
    if (err != LEDGER_E_OK || !by_number)
        return err;
    uint64_t number = 0;
    if (!ledger_u64_parse(ledger_span_text(out->name + 1), &number) || number == 0 ||
        number > 10000) {
        return ledger_fail(scanner->error, LEDGER_E_MAP_INVALID, NULL,
                           "\"%s\": expected a column number from 1, such as #1 (a column whose "
                           "name begins with # is written \\#)",
                           out->name);
    }
    out->name = NULL;
    out->number = (size_t)number;
    return LEDGER_E_OK;
}

static enum ledger_err filter_read(struct scanner *scanner, struct import_filter *filter) {
    const char *name = NULL;
    *filter = (struct import_filter){.scope = scanner->scope};
    enum ledger_err err = token_read(scanner, ":|}", &name);
    while (err == LEDGER_E_OK && (*scanner->place == ':' || *scanner->place == ';')) {
        if (filter->argument_count == IMPORT_FILTER_ARGUMENTS_MAX)
            return ledger_fail(scanner->error, LEDGER_E_MAP_INVALID, NULL, "more than %d arguments",
                               IMPORT_FILTER_ARGUMENTS_MAX);
        scanner->place++;
        err = token_read(scanner, ";|}", &filter->arguments[filter->argument_count++]);
    }
    return err == LEDGER_E_OK ? import_filter_compile(scanner->scope, name, filter, scanner->error)
                              : err;
}

static struct import_placeholder *placeholder_new(struct scanner *scanner) {
    struct import_placeholder *placeholder =
        ledger_arena_calloc(scanner->scope->arena, sizeof *placeholder);
    if (placeholder != NULL) {
        placeholder->line = scanner->line;
        placeholder->line_column = scanner->line_column;
    }
    return placeholder;
}

// To be bound with the others.
static void placeholder_list(struct import_scope *scope, struct import_placeholder *placeholder) {
    placeholder->next = scope->placeholders;
    scope->placeholders = placeholder;
}

// Behind "${".
static enum ledger_err placeholder_read(struct scanner *scanner, struct import_placeholder **out) {
    struct import_filter filters[FILTERS_MAX];
    struct import_scope *scope = scanner->scope;
    struct import_placeholder *placeholder = placeholder_new(scanner);
    if (placeholder == NULL)
        return no_memory(scanner);
    enum ledger_err err = column_read(scanner, "|}", placeholder);
    while (err == LEDGER_E_OK && *scanner->place == '|') {
        if (placeholder->filter_count == FILTERS_MAX)
            return ledger_fail(scanner->error, LEDGER_E_MAP_INVALID, NULL, "more than %d filters",
                               FILTERS_MAX);
        scanner->place++;
        err = filter_read(scanner, &filters[placeholder->filter_count++]);
    }
    if (err != LEDGER_E_OK)
        return err;
    if (*scanner->place++ != '}') {
        return ledger_fail(scanner->error, LEDGER_E_MAP_INVALID, NULL,
                           "expected } after ${ and a column");
    }
    placeholder->filters = ledger_arena_copy(
        scope->arena, filters, placeholder->filter_count * sizeof(struct import_filter));
    placeholder_list(scope, placeholder);
    *out = placeholder;
    return placeholder->filters != NULL ? LEDGER_E_OK : no_memory(scanner);
}

// Up to the next "${"; "$${" stands for "${" itself.
static enum ledger_err literal_read(struct scanner *scanner, const char **literal) {
    char *text = ledger_arena_alloc(scanner->scope->arena, strlen(scanner->place) + 1);
    if (text == NULL)
        return no_memory(scanner);
    size_t length = 0;
    while (*scanner->place != '\0' && strncmp(scanner->place, "${", 2) != 0) {
        if (strncmp(scanner->place, "$${", 3) == 0) {
            scanner->place++;
            text[length++] = *scanner->place++;
        }
        text[length++] = *scanner->place++;
    }
    text[length] = '\0';
    *literal = text;
    return LEDGER_E_OK;
}

enum ledger_err import_template_compile(struct import_scope *scope, const char *text, size_t line,
                                        size_t line_column, struct import_template *out,
                                        struct ledger_error *error) {
    struct scanner scanner = {scope, text, line, line_column, error};
    struct import_part parts[PARTS_MAX] = {0};
    *out = (struct import_template){.constant = true, .line = line, .line_column = line_column};
    out->source = ledger_arena_text(scope->arena, ledger_span_text(text));
    while (*scanner.place != '\0') {
        if (out->count == PARTS_MAX)
            return ledger_fail(error, LEDGER_E_MAP_INVALID, NULL, "more than %d parts", PARTS_MAX);
        struct import_part *part = &parts[out->count++];
        enum ledger_err err = LEDGER_E_OK;
        if (strncmp(scanner.place, "${", 2) == 0) {
            scanner.place += 2;
            out->constant = false;
            err = placeholder_read(&scanner, &part->placeholder);
        } else {
            err = literal_read(&scanner, &part->literal);
        }
        if (err != LEDGER_E_OK)
            return err;
    }
    out->parts = ledger_arena_copy(scope->arena, parts, out->count * sizeof *parts);
    return out->parts != NULL && out->source != NULL ? LEDGER_E_OK : no_memory(&scanner);
}

enum ledger_err import_column_compile(struct import_scope *scope, const char *text, size_t line,
                                      size_t line_column, const struct import_placeholder **out,
                                      struct ledger_error *error) {
    struct scanner scanner = {scope, text, line, line_column, error};
    struct import_placeholder *placeholder = placeholder_new(&scanner);
    if (placeholder == NULL)
        return no_memory(&scanner);
    enum ledger_err err = column_read(&scanner, "", placeholder);
    if (err != LEDGER_E_OK)
        return err;
    placeholder_list(scope, placeholder);
    *out = placeholder;
    return LEDGER_E_OK;
}

// ---- columns

static enum ledger_err bind_name(struct import_placeholder *placeholder, const char *const *names,
                                 size_t count, struct ledger_error *error) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], placeholder->name) == 0) {
            placeholder->column = i;
            found++;
        }
    }
    if (found == 1)
        return LEDGER_E_OK;
    return found == 0 ? ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                                    "the file has no column \"%s\"", placeholder->name)
                      : ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                                    "the file has %zu columns \"%s\": use their numbers (#1)",
                                    found, placeholder->name);
}

enum ledger_err import_template_bind(struct import_scope *scope, const char *const *names,
                                     size_t count, const struct import_placeholder **culprit,
                                     struct ledger_error *error) {
    for (struct import_placeholder *p = scope->placeholders; p != NULL; p = p->next) {
        enum ledger_err err = LEDGER_E_OK;
        if (p->name != NULL) {
            err = bind_name(p, names, count, error);
        } else {
            p->column = p->number - 1;
            if (names != NULL && p->number > count)
                err = ledger_fail(error, LEDGER_E_MAP_INVALID, NULL,
                                  "the file has %zu columns, so none has number %zu", count,
                                  p->number);
        }
        if (err != LEDGER_E_OK) {
            *culprit = p;
            return err;
        }
    }
    return LEDGER_E_OK;
}

// ---- filling in

// Puts the column in front of the reason, so that a person finds the cell.
// `cell` is what stands in the row, where the message speaks of what filters made of it; else NULL.
static enum ledger_err fail_at(const struct import_placeholder *placeholder, const char *cell,
                               const struct ledger_error *why, struct ledger_error *error) {
    char origin[96] = "";
    if (cell != NULL)
        (void)snprintf(origin, sizeof origin, " (made of \"%.80s\")", cell);
    if (placeholder->name != NULL)
        return ledger_fail(error, why->code, NULL, "column \"%s\": %s%s", placeholder->name,
                           why->message, origin);
    return ledger_fail(error, why->code, NULL, "column %zu: %s%s", placeholder->number,
                       why->message, origin);
}

static enum ledger_err placeholder_run(const struct import_placeholder *placeholder,
                                       const struct import_csv_row *row, struct ledger_arena *arena,
                                       struct import_value *value, struct ledger_error *error) {
    struct ledger_error why = {0};
    enum ledger_err err = LEDGER_E_OK;
    if (placeholder->column >= row->count)
        err = ledger_fail(&why, LEDGER_E_MISSING_FIELD, NULL, "the row has no such column");
    else
        *value = (struct import_value){.text = row->cells[placeholder->column]};
    for (size_t i = 0; i < placeholder->filter_count && err == LEDGER_E_OK; i++)
        err = import_filter_run(&placeholder->filters[i], arena, value, &why);
    if (err == LEDGER_E_OK)
        return LEDGER_E_OK;
    const char *cell = placeholder->column < row->count ? row->cells[placeholder->column] : NULL;
    bool changed = cell != NULL && cell[0] != '\0' && strcmp(cell, value->text) != 0;
    return fail_at(placeholder, changed ? cell : NULL, &why, error);
}

static enum ledger_err parts_join(const struct import_template *template, const char *const *texts,
                                  struct ledger_arena *arena, struct import_value *value,
                                  struct ledger_error *error) {
    size_t size = 1;
    for (size_t i = 0; i < template->count; i++)
        size += strlen(texts[i]);
    char *joined = ledger_arena_alloc(arena, size);
    if (joined == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "filling in a template");
    char *place = joined;
    for (size_t i = 0; i < template->count; i++)
        place = mempcpy(place, texts[i], strlen(texts[i]));
    *place = '\0';
    *value = (struct import_value){.kind = IMPORT_TEXT, .text = joined};
    return LEDGER_E_OK;
}

enum ledger_err import_template_run(const struct import_template *template,
                                    const struct import_csv_row *row, struct ledger_arena *arena,
                                    struct import_value *value, struct ledger_error *error) {
    const char *texts[PARTS_MAX];
    bool filled = template->constant;
    for (size_t i = 0; i < template->count; i++) {
        const struct import_part *part = &template->parts[i];
        if (part->placeholder == NULL) {
            texts[i] = part->literal;
            continue;
        }
        struct import_value one;
        enum ledger_err err = placeholder_run(part->placeholder, row, arena, &one, error);
        if (err != LEDGER_E_OK)
            return err;
        texts[i] = one.text;
        filled = filled || one.text[0] != '\0';
        if (template->count == 1) {
            *value = one;
            return LEDGER_E_OK;
        }
    }
    if (!filled) {
        *value = (struct import_value){.kind = IMPORT_TEXT, .text = ""};
        return LEDGER_E_OK;
    }
    return parts_join(template, texts, arena, value, error);
}
