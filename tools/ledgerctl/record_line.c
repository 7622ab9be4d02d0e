#include "record_line.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common.h"
#include "display.h"
#include "format.h"
#include "ledger/json.h"
#include "ledger/moment.h"

static const struct {
    const char *title;
    const char *member; // of the record as JSON
    int width;          // to begin with: few facts, as `tail` gets them, shall not move columns
    int shown;          // of a time, that many characters are for people, and its offset
} columns[RECORD_COLUMN_COUNT] = {
    [RECORD_POSITION] = {"position", NULL, 8, 0},
    [RECORD_RECORDED] = {"recorded (UTC)", "recordedAt", 19, 19},
    [RECORD_OCCURRED] = {"occurred", "occurred", 10, 16},
    [RECORD_TYPE] = {"type", "type", 20, 0},
    [RECORD_STREAM] = {"stream", "stream", 12, 0},
    [RECORD_ACTOR] = {"actor", "actor", 8, 0},
};
// On a terminal a long name is cut, or it would push the payload out of every line.
enum { WIDTH_MAX = 28, GAP = 2 };
// What the payload gets: when a fact was recorded is left out and names are cut to leave it the
// first, other columns left out to leave it the second.
enum { PAYLOAD_WIDTH = 24, PAYLOAD_WIDTH_MIN = 8 };

// "2026-03-01T10:30:00+01:00" as "2026-03-01 10:30 +01:00": the local time, to so many characters,
// and the offset unless it is UTC.
static void add_time(struct ledger_buffer *text, const char *time, int size) {
    char shown[LEDGER_INSTANT_TEXT_SIZE];
    (void)snprintf(shown, sizeof shown, "%.*s", size, time);
    if (strlen(shown) > 10 && shown[10] == 'T')
        shown[10] = ' ';
    ledger_buffer_add_text(text, shown);
    size_t length = strlen(time);
    if (length > 10 && time[10] == 'T' && time[length - 1] != 'Z')
        ledger_buffer_printf(text, " %s", time + length - strlen("+01:00"));
}

// The text of a column, in the emptied buffer; NULL when out of memory.
static const char *text_of(struct ledger_buffer *text, const json_t *record, int column) {
    ledger_buffer_clear(text);
    const char *value = json_string_value(json_object_get(record, columns[column].member));
    if (value == NULL)
        ledger_buffer_add_text(text, FORMAT_NONE);
    else if (columns[column].shown > 0)
        add_time(text, value, columns[column].shown);
    else
        display_add_clean(text, value);
    return ledger_buffer_text(text);
}

// What an amendment states beside its payload.
static void add_amendment(struct ledger_buffer *line, const json_t *record) {
    enum { SHOWN_OF_ID = 8 };
    const char *corrects = json_string_value(json_object_get(record, "correctsEventId"));
    const char *reason = json_string_value(json_object_get(record, "reason"));
    if (corrects != NULL)
        ledger_buffer_printf(line, "corrects=%.*s ", SHOWN_OF_ID, corrects);
    if (reason != NULL) {
        ledger_buffer_add_text(line, "reason=");
        display_add_clean(line, reason);
        ledger_buffer_add_byte(line, ' ');
    }
}

// What of the payload is for people.
static void add_payload(struct ledger_buffer *line, const json_t *record) {
    const json_t *problem = json_object_get(record, "payloadError");
    const json_t *payload = json_object_get(record, "payload");
    if (problem != NULL)
        ledger_buffer_add_text(line, "undecodable: ");
    if (problem != NULL || payload != NULL)
        format_json(line, problem != NULL ? problem : payload);
}

// ---- columns

static int total_width(const int *places) {
    int total = columns[RECORD_POSITION].width;
    for (int i = RECORD_POSITION + 1; i < RECORD_COLUMN_COUNT; i++)
        total += places[i] > 0 ? GAP + places[i] : 0;
    return total + GAP;
}

// Takes from the longest names, one by one, while there is too little room for the payload.
static void squeeze(int *places, int room) {
    for (int excess = total_width(places) + PAYLOAD_WIDTH - room; excess > 0; excess--) {
        int longest = RECORD_POSITION;
        for (int i = RECORD_TYPE; i < RECORD_COLUMN_COUNT; i++)
            if (places[i] > columns[i].width &&
                (longest == RECORD_POSITION || places[i] > places[longest]))
                longest = i;
        if (longest == RECORD_POSITION)
            return;
        places[longest]--;
    }
}

// Returns whether that changed anything.
static bool lay_out(struct record_printer *printer) {
    static const enum record_column lesser[] = {RECORD_RECORDED, RECORD_ACTOR, RECORD_OCCURRED,
                                                RECORD_STREAM};
    int room = display_width_of_terminal();
    int places[RECORD_COLUMN_COUNT];
    memcpy(places, printer->widths, sizeof places);
    if (!printer->wide) {
        if (total_width(places) > room - PAYLOAD_WIDTH)
            places[RECORD_RECORDED] = 0;
        squeeze(places, room);
        for (size_t i = 0;
             i < sizeof lesser / sizeof lesser[0] && total_width(places) > room - PAYLOAD_WIDTH_MIN;
             i++)
            places[lesser[i]] = 0;
    }
    bool changed = memcmp(places, printer->places, sizeof places) != 0;
    memcpy(printer->places, places, sizeof places);
    return changed;
}

// False when out of memory.
static bool widen(struct record_printer *printer, const json_t *records) {
    struct ledger_buffer buffer = {0};
    bool complete = true;
    for (size_t i = 0; i < json_array_size(records); i++)
        for (int j = RECORD_POSITION + 1; j < RECORD_COLUMN_COUNT && complete; j++) {
            const char *text = text_of(&buffer, json_array_get(records, i), j);
            int width = text != NULL ? display_width(text) : 0;
            complete = text != NULL;
            if (display_is_terminal() && !printer->wide && width > WIDTH_MAX)
                width = WIDTH_MAX;
            if (width > printer->widths[j])
                printer->widths[j] = width;
        }
    ledger_buffer_fini(&buffer);
    return complete;
}

// The text in at most `width` columns; returns how many it takes.
static int add_cut(struct ledger_buffer *line, const char *text, int width) {
    int used = display_width(text);
    if (used <= width) {
        ledger_buffer_add_text(line, text);
        return used;
    }
    ledger_buffer_add(line, text, display_fit(text, width - 1, &used));
    ledger_buffer_add_text(line, "…");
    return used + 1;
}

static void add_column(struct ledger_buffer *line, const char *text, int width) {
    ledger_buffer_printf(line, "%*s", GAP, "");
    int used = add_cut(line, text, width);
    ledger_buffer_printf(line, "%*s", width - used, "");
}

static void trim(struct ledger_buffer *line) {
    while (line->size > 0 && line->data[line->size - 1] == ' ')
        line->size--;
}

// Cut to the width; false when out of memory. Empties the buffer.
static bool print_cut(struct ledger_buffer *buffer, int width) {
    struct ledger_buffer shown = {0};
    trim(buffer);
    const char *line = ledger_buffer_text(buffer);
    if (line != NULL)
        (void)add_cut(&shown, line, width);
    const char *text = line != NULL ? ledger_buffer_text(&shown) : NULL;
    if (text != NULL)
        fputs(text, stdout);
    ledger_buffer_fini(buffer);
    ledger_buffer_fini(&shown);
    return text != NULL;
}

static void print_left_out(const struct record_printer *printer) {
    bool any = false;
    for (int i = RECORD_POSITION + 1; i < RECORD_COLUMN_COUNT; i++) {
        if (printer->places[i] > 0)
            continue;
        printf("%s%s%s", any ? "" : display_dim(), any ? " · " : "left out: ", columns[i].title);
        any = true;
    }
    if (any)
        printf("; --wide shows all%s\n", display_plain());
}

static bool print_header(const struct record_printer *printer) {
    struct ledger_buffer line = {0};
    print_left_out(printer);
    ledger_buffer_printf(&line, "%*s", columns[RECORD_POSITION].width,
                         columns[RECORD_POSITION].title);
    for (int i = RECORD_POSITION + 1; i < RECORD_COLUMN_COUNT; i++)
        if (printer->places[i] > 0)
            add_column(&line, columns[i].title, printer->places[i]);
    if (!printer->wide) // it may stand below
        ledger_buffer_printf(&line, "%*spayload", GAP, "");
    fputs(display_bold(), stdout);
    bool complete = print_cut(&line, display_width_of_terminal());
    puts(display_plain());
    return complete;
}

static bool print_joined(struct ledger_buffer *line, const struct ledger_buffer *payload) {
    ledger_buffer_printf(line, "%*s", GAP, "");
    ledger_buffer_add_span(line, ledger_buffer_span(payload));
    line->failed = line->failed || payload->failed;
    return print_cut(line, display_width_of_terminal());
}

// The payload stands below, indented, where it would not fit.
static bool print_whole(struct ledger_buffer *line, const struct ledger_buffer *payload) {
    int width = display_width_of((const char *)line->data, line->size) + GAP +
                display_width_of((const char *)payload->data, payload->size);
    if (width > display_width_of_terminal()) {
        trim(line);
        ledger_buffer_printf(line, "\n%*s", columns[RECORD_POSITION].width, "");
    }
    ledger_buffer_printf(line, "%*s", GAP, "");
    ledger_buffer_add_span(line, ledger_buffer_span(payload));
    line->failed = line->failed || payload->failed;
    return print_cut(line, INT_MAX);
}

static bool print_line(const struct record_printer *printer, uint64_t position,
                       const json_t *record) {
    struct ledger_buffer line = {0};
    struct ledger_buffer buffer = {0};
    ledger_buffer_printf(&line, "%*" PRIu64, columns[RECORD_POSITION].width, position);
    for (int i = RECORD_POSITION + 1; i < RECORD_COLUMN_COUNT; i++) {
        if (printer->places[i] == 0)
            continue;
        const char *text = text_of(&buffer, record, i);
        if (text != NULL)
            add_column(&line, text, printer->places[i]);
        line.failed = line.failed || text == NULL;
    }
    ledger_buffer_clear(&buffer);
    add_amendment(&buffer, record);
    add_payload(&buffer, record);
    bool complete = printer->wide ? print_whole(&line, &buffer) : print_joined(&line, &buffer);
    ledger_buffer_fini(&buffer);
    putchar('\n');
    return complete;
}

static bool print_columns(struct record_printer *printer, const Ledger__V1__ReadReply *page,
                          const json_t *records) {
    bool first = printer->widths[RECORD_POSITION] == 0;
    for (int i = 0; i < RECORD_COLUMN_COUNT && first; i++)
        printer->widths[i] = columns[i].width;
    if (!widen(printer, records))
        return false;
    if (lay_out(printer) && display_is_terminal() && !print_header(printer))
        return false;
    for (size_t i = 0; i < page->n_records; i++)
        if (!print_line(printer, page->records[i]->position, json_array_get(records, i)))
            return false;
    return true;
}

// ---- pages

static json_t *records_of(const Ledger__V1__ReadReply *page, struct ledger_arena *arena) {
    json_t *records = json_array();
    for (size_t i = 0; records != NULL && i < page->n_records; i++)
        if (json_array_append_new(records, ledger_record_to_json(page->records[i], arena)) != 0) {
            json_decref(records);
            return NULL;
        }
    return records;
}

static void print_json(const json_t *records) {
    for (size_t i = 0; i < json_array_size(records); i++)
        common_print_line(json_incref(json_array_get(records, i)));
}

enum ledger_err record_print_page(struct record_printer *printer, const Ledger__V1__ReadReply *page,
                                  struct ledger_arena *arena, struct ledger_error *error) {
    json_t *records = records_of(page, arena);
    bool printed = records != NULL;
    if (printed && printer->json)
        print_json(records);
    else if (printed)
        printed = print_columns(printer, page, records);
    json_decref(records);
    return printed ? LEDGER_E_OK : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "printing facts");
}
