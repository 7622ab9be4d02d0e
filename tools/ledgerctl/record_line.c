#include "record_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "display.h"
#include "format.h"
#include "ledger/json.h"
#include "ledger/moment.h"

// Columns with the room that most values need; longer ones push the rest to the right.
enum { POSITION, RECORDED, OCCURRED, TYPE, STREAM, ACTOR, COLUMN_COUNT };
static const struct {
    const char *title;
    int width;
} columns[COLUMN_COUNT] = {
    [POSITION] = {"position", 8},  [RECORDED] = {"recorded (UTC)", 19},
    [OCCURRED] = {"occurred", 16}, [TYPE] = {"type", 20},
    [STREAM] = {"stream", 16},     [ACTOR] = {"actor", 8},
};
// Below this the terminal is too narrow for when a fact was recorded.
enum { WIDTH_OF_ALL_MIN = 120 };

static bool shows(int column) {
    return column != RECORDED || display_width_of_terminal() >= WIDTH_OF_ALL_MIN;
}

static void add_padded(struct ledger_buffer *line, const char *text, int width) {
    struct ledger_buffer clean = {0};
    display_add_clean(&clean, text);
    const char *shown = ledger_buffer_text(&clean);
    if (shown == NULL) {
        line->failed = true;
    } else {
        ledger_buffer_add_text(line, shown);
        ledger_buffer_printf(
            line, "%*s", width - display_width(shown) > 0 ? width - display_width(shown) + 2 : 2,
            "");
    }
    ledger_buffer_fini(&clean);
}

static void add_scalar(struct ledger_buffer *line, const json_t *value) {
    if (json_is_string(value)) {
        display_add_clean(line, json_string_value(value));
        return;
    }
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (text == NULL)
        line->failed = true;
    else
        display_add_clean(line, text);
    free(text);
}

// key=value of what the payload says, in its own order.
static void add_payload(struct ledger_buffer *line, json_t *record) {
    const char *key;
    json_t *value;
    const json_t *problem = json_object_get(record, "payloadError");
    if (problem != NULL) {
        ledger_buffer_add_text(line, "undecodable: ");
        add_scalar(line, problem);
        return;
    }
    json_t *payload = json_object_get(record, "payload");
    if (payload != NULL && !json_is_object(payload))
        add_scalar(line, payload);
    const char *gap = "";
    json_object_foreach(payload, key, value) {
        ledger_buffer_printf(line, "%s%s=", gap, key);
        add_scalar(line, value);
        gap = " ";
    }
}

static const char *member(const json_t *record, const char *key) {
    const char *text = json_string_value(json_object_get(record, key));
    return text != NULL ? text : FORMAT_NONE;
}

// "2026-03-01T10:30:00+01:00" as "2026-03-01 10:30": the local time, to `size` characters. The
// rest is for programs.
static void add_time(struct ledger_buffer *line, const char *text, int size, int width) {
    char shown[LEDGER_INSTANT_TEXT_SIZE];
    snprintf(shown, sizeof shown, "%.*s", size, text);
    if (strlen(shown) > 10 && shown[10] == 'T')
        shown[10] = ' ';
    add_padded(line, shown, width);
}

static enum ledger_err print_columns(const Ledger__V1__Record *record, json_t *json) {
    struct ledger_buffer line = {0};
    ledger_buffer_printf(&line, "%*" PRIu64 "  ", columns[POSITION].width, record->position);
    if (shows(RECORDED))
        add_time(&line, member(json, "recordedAt"), 19, columns[RECORDED].width);
    add_time(&line, member(json, "occurred"), 16, columns[OCCURRED].width);
    add_padded(&line, member(json, "type"), columns[TYPE].width);
    add_padded(&line, member(json, "stream"), columns[STREAM].width);
    add_padded(&line, member(json, "actor"), columns[ACTOR].width);
    add_payload(&line, json);
    const char *text = ledger_buffer_text(&line);
    if (text == NULL) {
        ledger_buffer_fini(&line);
        return LEDGER_E_NO_MEMORY;
    }
    int used;
    int width = display_width_of_terminal();
    size_t fits = display_fit(text, width, &used);
    if (text[fits] != '\0')
        printf("%.*s…\n", (int)display_fit(text, width - 1, &used), text);
    else
        puts(text);
    ledger_buffer_fini(&line);
    return LEDGER_E_OK;
}

enum ledger_err record_print(const Ledger__V1__Record *record, bool json,
                             struct ledger_arena *arena, struct ledger_error *error) {
    json_t *object = ledger_record_to_json(record, arena);
    enum ledger_err err = object != NULL ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
    if (object != NULL && json)
        common_print_line(json_incref(object));
    else if (object != NULL)
        err = print_columns(record, object);
    json_decref(object);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "printing a fact");
    return LEDGER_E_OK;
}

void record_print_header(void) {
    fputs(display_bold(), stdout);
    printf("%*s  ", columns[POSITION].width, columns[POSITION].title);
    for (int i = POSITION + 1; i < COLUMN_COUNT; i++)
        if (shows(i))
            printf("%-*s  ", columns[i].width, columns[i].title);
    printf("payload%s\n", display_plain());
}
