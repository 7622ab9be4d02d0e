// The parser is fed one physical line at a time: so a row ends at most once per piece, its first
// line is known, and what is behind a broken row can be read on from the next line.
#include "csv_reader.h"

#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "ledger/arena.h"
#include "ledger/span.h"
#include "ledger/text.h"

enum {
    CHUNK_SIZE = 64 << 10,
    ROW_SIZE_MAX = 1 << 20, // an opening quote by mistake must not swallow a whole file
    COLUMNS_MAX = 10000,
    PARSER_BETWEEN_ROWS = 0, // libcsv's pstate
};

struct import_csv {
    char *path;
    struct import_csv_options options;
    gzFile file;
    uint64_t file_size;
    struct csv_parser parser;

    uint8_t *chunk;
    size_t chunk_size, chunk_place;
    bool ended, ended_in_cr;
    uint64_t line;

    // The row being read.
    struct ledger_buffer text; // cells, each with its NUL
    size_t *starts;
    size_t start_capacity;
    struct import_csv_row row;
    const char **cells;
    bool begun, complete, skipping, no_memory;

    struct ledger_arena *arena; // of the header
    const char *const *names;
    size_t columns; // 0 until the first row without a header
};

// ---- what the parser tells

static void on_cell(void *data, size_t size, void *user) {
    struct import_csv *csv = user;
    if (csv->row.count == csv->start_capacity) {
        size_t capacity = csv->start_capacity == 0 ? 32 : csv->start_capacity * 2;
        size_t *starts = realloc(csv->starts, capacity * sizeof *starts);
        const char **cells = realloc(csv->cells, capacity * sizeof *cells);
        csv->starts = starts != NULL ? starts : csv->starts;
        csv->cells = cells != NULL ? cells : csv->cells;
        if (starts == NULL || cells == NULL) {
            csv->no_memory = true;
            return;
        }
        csv->start_capacity = capacity;
    }
    if (csv->row.count == COLUMNS_MAX || csv->text.size + size > ROW_SIZE_MAX) {
        csv->row.fault = LEDGER_E_TOO_LARGE;
        return;
    }
    csv->starts[csv->row.count++] = csv->text.size;
    ledger_buffer_add(&csv->text, data, size);
    ledger_buffer_add_byte(&csv->text, 0);
}

static void on_row(int terminator, void *user) {
    (void)terminator;
    struct import_csv *csv = user;
    csv->complete = true;
}

static int never(unsigned char byte) {
    (void)byte;
    return 0;
}

// A parser keeps what it was in the middle of, so each broken row costs a new one.
static enum ledger_err parser_start(struct import_csv *csv) {
    if (csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return LEDGER_E_NO_MEMORY;
    csv_set_delim(&csv->parser, (unsigned char)csv->options.delimiter);
    csv_set_quote(&csv->parser, (unsigned char)csv->options.quote);
    if (!csv->options.strip_spaces)
        csv_set_space_func(&csv->parser, never);
    return LEDGER_E_OK;
}

// ---- rows

static void row_reset(struct import_csv *csv) {
    ledger_buffer_clear(&csv->text);
    csv->row = (struct import_csv_row){.fault = LEDGER_E_OK};
    csv->begun = false;
    csv->complete = false;
}

static void row_fault(struct import_csv *csv, enum ledger_err fault, const char *reason) {
    csv->row.fault = fault;
    (void)snprintf(csv->row.reason, sizeof csv->row.reason, "%s", reason);
    csv->complete = true;
}

static void cells_check(struct import_csv *csv) {
    for (size_t i = 0; i < csv->row.count; i++) {
        size_t end = i + 1 < csv->row.count ? csv->starts[i + 1] : csv->text.size;
        csv->cells[i] = (const char *)csv->text.data + csv->starts[i];
        enum ledger_err err =
            ledger_text_check(ledger_span_of(csv->cells[i], end - 1 - csv->starts[i]));
        if (err != LEDGER_E_OK) {
            csv->row.fault = err;
            (void)snprintf(csv->row.reason, sizeof csv->row.reason, "column %zu: %s", i + 1,
                           ledger_err_text(err));
            return;
        }
    }
}

static void width_check(struct import_csv *csv) {
    if (csv->columns == 0)
        csv->columns = csv->row.count;
    if (csv->row.count != csv->columns) {
        csv->row.fault = LEDGER_E_MALFORMED_CSV;
        (void)snprintf(csv->row.reason, sizeof csv->row.reason,
                       "the row has %zu columns where %zu belong", csv->row.count, csv->columns);
    }
}

static enum ledger_err row_finish(struct import_csv *csv, struct ledger_error *error) {
    if (csv->no_memory || csv->text.failed)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading %s", csv->path);
    if (csv->row.fault == LEDGER_E_TOO_LARGE && csv->row.reason[0] == '\0')
        row_fault(csv, LEDGER_E_TOO_LARGE, "the row is longer than 1 MiB or 10000 columns");
    if (csv->row.fault == LEDGER_E_OK)
        cells_check(csv);
    if (csv->row.fault == LEDGER_E_OK)
        width_check(csv);
    if (csv->row.fault != LEDGER_E_OK)
        csv->row.count = 0;
    csv->row.cells = csv->cells;
    return LEDGER_E_OK;
}

// ---- bytes

static enum ledger_err chunk_fill(struct import_csv *csv, struct ledger_error *error) {
    int size = gzread(csv->file, csv->chunk, CHUNK_SIZE);
    int code = Z_OK;
    const char *text = gzerror(csv->file, &code);
    if (size < 0 || (code != Z_OK && code != Z_STREAM_END))
        return ledger_fail(error, code == Z_ERRNO ? LEDGER_E_IO : LEDGER_E_CORRUPT, NULL,
                           "%s, near line %llu: %s", csv->path, (unsigned long long)csv->line,
                           code == Z_ERRNO ? strerror(errno) : text);
    csv->chunk_size = (size_t)size;
    csv->chunk_place = 0;
    csv->ended = size == 0;
    return LEDGER_E_OK;
}

static bool is_terminator(uint8_t byte) {
    return byte == '\n' || byte == '\r';
}

// CR LF, LF and CR alone each end one line.
static void line_count(struct import_csv *csv, uint8_t terminator) {
    if (terminator == '\r' || !csv->ended_in_cr)
        csv->line++;
    csv->ended_in_cr = terminator == '\r';
}

static enum ledger_err piece_parse(struct import_csv *csv, const uint8_t *piece, size_t size) {
    if (!csv->begun) {
        csv->begun = true;
        csv->row.line = csv->line;
    }
    size_t taken = csv_parse(&csv->parser, piece, size, on_cell, on_row, csv);
    bool over = csv->parser.entry_pos + csv->text.size > ROW_SIZE_MAX;
    if (taken == size && !over) {
        // A line of nothing but spaces that do not count is no row.
        csv->begun = csv->complete || csv->parser.pstate != PARSER_BETWEEN_ROWS;
        return LEDGER_E_OK;
    }
    bool no_memory = taken != size && csv_error(&csv->parser) != CSV_EPARSE;
    csv_free(&csv->parser);
    if (no_memory || parser_start(csv) != LEDGER_E_OK)
        return LEDGER_E_NO_MEMORY;
    if (over)
        row_fault(csv, LEDGER_E_TOO_LARGE, "the row is longer than 1 MiB");
    else
        row_fault(csv, LEDGER_E_MALFORMED_CSV, "a quote stands where none may");
    csv->skipping = !is_terminator(piece[size - 1]);
    return LEDGER_E_OK;
}

// One piece: up to the end of a line, or of the chunk.
static enum ledger_err piece_take(struct import_csv *csv) {
    const uint8_t *piece = csv->chunk + csv->chunk_place;
    size_t left = csv->chunk_size - csv->chunk_place;
    size_t size = 0;
    while (size < left && !is_terminator(piece[size]))
        size++;
    bool terminated = size < left;
    size += terminated ? 1 : 0;
    csv->chunk_place += size;

    enum ledger_err err = LEDGER_E_OK;
    bool blank = size == 1 && terminated && !csv->begun;
    if (csv->skipping)
        csv->skipping = !terminated;
    else if (!blank)
        err = piece_parse(csv, piece, size);
    if (size > 1 || !terminated)
        csv->ended_in_cr = false; // an LF belongs to a CR right before it only
    if (terminated)
        line_count(csv, piece[size - 1]);
    return err;
}

static enum ledger_err end_take(struct import_csv *csv) {
    int failed = csv_fini(&csv->parser, on_cell, on_row, csv);
    if (failed == 0) {
        csv->begun = csv->complete;
        return LEDGER_E_OK;
    }
    if (csv_error(&csv->parser) != CSV_EPARSE)
        return LEDGER_E_NO_MEMORY;
    row_fault(csv, LEDGER_E_MALFORMED_CSV, "a quoted cell does not end before the file does");
    csv_free(&csv->parser);
    return parser_start(csv);
}

enum ledger_err import_csv_next(struct import_csv *csv, const struct import_csv_row **row,
                                struct ledger_error *error) {
    row_reset(csv);
    *row = NULL;
    while (!csv->complete) {
        enum ledger_err err = LEDGER_E_OK;
        if (csv->chunk_place < csv->chunk_size) {
            err = piece_take(csv);
        } else if (csv->ended) {
            if (!csv->begun)
                return LEDGER_E_OK;
            err = end_take(csv);
        } else {
            err = chunk_fill(csv, error);
            if (err != LEDGER_E_OK)
                return err;
        }
        if (err != LEDGER_E_OK)
            return ledger_fail(error, err, NULL, "reading %s", csv->path);
    }
    enum ledger_err err = row_finish(csv, error);
    *row = err == LEDGER_E_OK ? &csv->row : NULL;
    return err;
}

// ---- opening

// A byte-order mark is no part of the first name. One of UTF-16 says what is wrong.
static enum ledger_err mark_take(struct import_csv *csv, struct ledger_error *error) {
    enum ledger_err err = chunk_fill(csv, error);
    if (err != LEDGER_E_OK)
        return err;
    if (csv->chunk_size >= 3 && memcmp(csv->chunk, "\xEF\xBB\xBF", 3) == 0)
        csv->chunk_place = 3;
    if (csv->chunk_size >= 2 &&
        (memcmp(csv->chunk, "\xFF\xFE", 2) == 0 || memcmp(csv->chunk, "\xFE\xFF", 2) == 0)) {
        return ledger_fail(error, LEDGER_E_INVALID_UTF8, NULL,
                           "%s is UTF-16: convert it to UTF-8 first", csv->path);
    }
    return LEDGER_E_OK;
}

static enum ledger_err header_take(struct import_csv *csv, struct ledger_error *error) {
    const struct import_csv_row *row = NULL;
    enum ledger_err err = import_csv_next(csv, &row, error);
    if (err != LEDGER_E_OK)
        return err;
    if (row == NULL)
        return ledger_fail(error, LEDGER_E_MALFORMED_CSV, NULL, "%s is empty: no header row",
                           csv->path);
    if (row->fault != LEDGER_E_OK)
        return ledger_fail(error, row->fault, NULL, "%s:%llu: the header row: %s", csv->path,
                           (unsigned long long)row->line, row->reason);
    const char **names = ledger_arena_alloc(csv->arena, row->count * sizeof *names);
    for (size_t i = 0; names != NULL && i < row->count; i++) {
        names[i] = ledger_arena_text(csv->arena, ledger_span_text(row->cells[i]));
        if (names[i] == NULL)
            names = NULL;
    }
    csv->names = (const char *const *)names;
    return names != NULL ? LEDGER_E_OK : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "a header");
}

static enum ledger_err file_open(struct import_csv *csv, struct ledger_error *error) {
    struct stat status;
    if (strcmp(csv->path, "-") == 0)
        return ledger_fail(error, LEDGER_E_USAGE, NULL,
                           "standard input cannot be imported: its bytes are read twice, for "
                           "their hash and for the rows; name a FILE");
    if (stat(csv->path, &status) != 0)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", csv->path,
                           strerror(errno));
    if (!S_ISREG(status.st_mode))
        return ledger_fail(error, LEDGER_E_USAGE, NULL, "%s is no regular file", csv->path);
    csv->file_size = (uint64_t)status.st_size;
    csv->file = gzopen(csv->path, "rbe");
    if (csv->file == NULL)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", csv->path,
                           strerror(errno));
    return LEDGER_E_OK;
}

enum ledger_err import_csv_open(const char *path, const struct import_csv_options *options,
                                struct import_csv **out, struct ledger_error *error) {
    struct import_csv *csv = calloc(1, sizeof *csv);
    if (csv == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening %s", path);
    csv->options = *options;
    csv->options.delimiter = options->delimiter != 0 ? options->delimiter : ',';
    csv->options.quote = options->quote != 0 ? options->quote : '"';
    csv->line = 1;
    csv->path = strdup(path);
    csv->chunk = malloc(CHUNK_SIZE);
    csv->arena = ledger_arena_new(0);
    enum ledger_err err = parser_start(csv);
    if (csv->path == NULL || csv->chunk == NULL || csv->arena == NULL || err != LEDGER_E_OK) {
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening %s", path);
        goto fail;
    }
    if ((err = file_open(csv, error)) != LEDGER_E_OK ||
        (err = mark_take(csv, error)) != LEDGER_E_OK)
        goto fail;
    if (!options->no_header && (err = header_take(csv, error)) != LEDGER_E_OK)
        goto fail;
    *out = csv;
    return LEDGER_E_OK;
fail:
    import_csv_close(csv);
    return err;
}

void import_csv_close(struct import_csv *csv) {
    if (csv == NULL)
        return;
    if (csv->file != NULL)
        (void)gzclose(csv->file); // read only: nothing is lost
    csv_free(&csv->parser);
    ledger_buffer_fini(&csv->text);
    ledger_arena_free(csv->arena);
    free(csv->starts);
    free(csv->cells);
    free(csv->chunk);
    free(csv->path);
    free(csv);
}

size_t import_csv_columns(const struct import_csv *csv, const char *const **names) {
    *names = csv->names;
    return csv->names != NULL ? csv->columns : 0;
}

double import_csv_progress(const struct import_csv *csv) {
    if (csv->file_size == 0)
        return 1;
    double share = (double)gzoffset(csv->file) / (double)csv->file_size;
    return share < 1 ? share : 1;
}
