#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void lines_init(struct lines *lines, char **paths, int count) {
    *lines = (struct lines){.paths = paths, .path_count = count};
}

void lines_of_file(struct lines *lines, FILE *file, const char *path) {
    *lines = (struct lines){.file = file, .path = path, .path_count = 1, .next_path = 1};
}

static void close_file(struct lines *lines) {
    if (lines->file != NULL && lines->file != stdin)
        fclose(lines->file);
    lines->file = NULL;
}

void lines_fini(struct lines *lines) {
    close_file(lines);
    free(lines->line);
}

static enum ledger_err open_next(struct lines *lines, struct ledger_error *error) {
    const char *path = lines->path_count == 0 ? "-" : lines->paths[lines->next_path];
    lines->next_path++;
    lines->number = 0;
    lines->path = path;
    if (strcmp(path, "-") == 0) {
        lines->path = "standard input";
        lines->file = stdin;
        return LEDGER_E_OK;
    }
    lines->file = fopen(path, "re");
    if (lines->file == NULL)
        return ledger_fail(error, LEDGER_E_NO_INPUT, NULL, "%s: %s", path, strerror(errno));
    return LEDGER_E_OK;
}

// Editors put one at the start of a file.
static struct ledger_span without_byte_order_mark(struct ledger_span line) {
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    if (line.size < sizeof mark || memcmp(line.data, mark, sizeof mark) != 0)
        return line;
    return ledger_span_of(line.data + sizeof mark, line.size - sizeof mark);
}

static bool is_blank(struct ledger_span line) {
    for (size_t i = 0; i < line.size; i++)
        if (line.data[i] != ' ' && line.data[i] != '\t')
            return false;
    return true;
}

// One line of the open file; the file is closed at its end.
static enum ledger_err read_line(struct lines *lines, struct ledger_span *line,
                                 struct ledger_error *error) {
    *line = ledger_span_of(NULL, 0);
    errno = 0;
    ssize_t size = getline(&lines->line, &lines->capacity, lines->file);
    if (size < 0 && ferror(lines->file)) {
        int code = errno;
        close_file(lines);
        return ledger_fail(error, LEDGER_E_NO_INPUT, NULL, "%s: %s", lines->path, strerror(code));
    }
    if (size < 0 && errno == ENOMEM)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "%s: a line is too long", lines->path);
    if (size < 0) {
        close_file(lines);
        return LEDGER_E_OK;
    }
    lines->number++;
    while (size > 0 && (lines->line[size - 1] == '\n' || lines->line[size - 1] == '\r'))
        size--;
    *line = ledger_span_of(lines->line, (size_t)size);
    if (lines->number == 1)
        *line = without_byte_order_mark(*line);
    return LEDGER_E_OK;
}

enum ledger_err lines_next(struct lines *lines, struct ledger_span *line, bool *more,
                           struct ledger_error *error) {
    int files = lines->path_count == 0 ? 1 : lines->path_count;
    *more = true;
    for (;;) {
        enum ledger_err err = LEDGER_E_OK;
        if (lines->file == NULL && lines->next_path >= files) {
            *more = false;
            return LEDGER_E_OK;
        }
        if (lines->file == NULL)
            err = open_next(lines, error);
        if (err == LEDGER_E_OK)
            err = read_line(lines, line, error);
        if (err != LEDGER_E_OK || !is_blank(*line))
            return err;
    }
}
