#include "append_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common.h"
#include "format.h"
#include "ledger/client.h"

static enum ledger_err print_json(json_t *json, struct ledger_error *error) {
    if (json == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "printing an outcome");
    common_print_line(json);
    return LEDGER_E_OK;
}

static bool add_place(const struct append_report *report, json_t *json,
                      const struct append_place *place) {
    return (!report->several_files ||
            json_object_set_new(json, "file", json_string(place->path)) == 0) &&
           json_object_set_new(json, "line", json_integer((json_int_t)place->number)) == 0;
}

static void print_refusal(const struct append_report *report, const struct append_place *place,
                          const struct ledger_error *refusal) {
    if (place != NULL && report->several_files)
        fprintf(stderr, "%s: ", place->path);
    if (place != NULL)
        fprintf(stderr, "line %" PRIu64 ": ", place->number);
    fprintf(stderr, "%s: %s%s%s\n", ledger_err_code(refusal->code), refusal->field,
            refusal->field[0] != '\0' ? ": " : "",
            refusal->message[0] != '\0' ? refusal->message : ledger_err_text(refusal->code));
}

enum ledger_err append_report_refusal(struct append_report *report,
                                      const struct append_place *place,
                                      const struct ledger_error *refusal,
                                      struct ledger_error *error) {
    report->refused++;
    if (report->first_refusal == LEDGER_E_OK)
        report->first_refusal = refusal->code;
    print_refusal(report, place, refusal);
    if (!report->json)
        return LEDGER_E_OK;
    json_t *json = json_object();
    if (json != NULL && (place == NULL || add_place(report, json, place)) &&
        json_object_set_new(json, "error", common_error_json(refusal)) == 0)
        return print_json(json, error);
    json_decref(json);
    return print_json(NULL, error);
}

// The field "events[3].actor" of an append is "actor" of the line that was its fourth event.
static const struct append_place *place_of(const struct append_batch *batch, size_t first,
                                           struct ledger_error *refusal) {
    size_t index = 0;
    int end = 0;
    bool named = sscanf(refusal->field, "events[%zu]%n", &index, &end) == 1 && end > 0;
    if (named) {
        const char *rest = refusal->field + end;
        rest += *rest == '.';
        memmove(refusal->field, rest, strlen(rest) + 1);
    }
    if (!named && batch->atomic && batch->count > 1)
        return NULL; // it concerns all lines
    return first + index < batch->count ? &batch->places[first + index] : NULL;
}

static void count_positions(struct append_report *report,
                            const Ledger__V1__AppendOutcome *outcome) {
    report->added += outcome->added;
    report->duplicates += outcome->duplicates;
    for (size_t i = 0; i < outcome->n_positions && outcome->duplicates == 0; i++) {
        if (report->first_position == 0)
            report->first_position = outcome->positions[i];
        report->last_position = outcome->positions[i];
    }
}

static bool add_ids(json_t *json, const struct append_id *ids, size_t count) {
    json_t *list = json_array();
    if (json_object_set_new(json, "eventIds", list) != 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        char text[LEDGER_UUID_TEXT_SIZE];
        ledger_uuid_format(&ids[i].uuid, text);
        if (json_array_append_new(list, json_string(text)) != 0)
            return false;
    }
    return true;
}

static enum ledger_err report_outcome(struct append_report *report,
                                      const struct append_batch *batch, size_t index,
                                      const Ledger__V1__AppendOutcome *outcome,
                                      struct ledger_error *error) {
    if (outcome->error != NULL) {
        struct ledger_error refusal;
        ledger_error_from_reply(outcome->error, &refusal);
        const struct append_place *place = place_of(batch, index, &refusal);
        return append_report_refusal(report, place, &refusal, error);
    }
    if (report->added == 0)
        report->first_id = batch->ids[index];
    count_positions(report, outcome);
    if (!report->json)
        return LEDGER_E_OK;
    json_t *json = ledger_json_from_message(&outcome->base);
    if (json != NULL && add_ids(json, &batch->ids[index], batch->atomic ? batch->count : 1) &&
        (batch->atomic || add_place(report, json, &batch->places[index])))
        return print_json(json, error);
    json_decref(json);
    return print_json(NULL, error);
}

enum ledger_err append_report_outcomes(struct append_report *report,
                                       const struct append_batch *batch,
                                       const Ledger__V1__AppendReply *reply,
                                       struct ledger_error *error) {
    if (reply->n_outcomes != (batch->atomic ? 1 : batch->count))
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "the reply has %zu outcomes",
                           reply->n_outcomes);
    for (size_t i = 0; i < reply->n_outcomes; i++) {
        enum ledger_err err = report_outcome(report, batch, i, reply->outcomes[i], error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

void append_report_summary(const struct append_report *report) {
    struct ledger_buffer line = {0};
    format_integer(&line, (int64_t)report->added);
    ledger_buffer_add_text(&line, " added");
    if (report->first_position != 0 && report->first_position == report->last_position)
        ledger_buffer_printf(&line, " (position %" PRIu64 ")", report->first_position);
    else if (report->first_position != 0)
        ledger_buffer_printf(&line, " (positions %" PRIu64 " to %" PRIu64 ")",
                             report->first_position, report->last_position);
    // Nobody else knows the id of a line that states none.
    if (report->added == 1 && report->first_id.made) {
        char text[LEDGER_UUID_TEXT_SIZE];
        ledger_uuid_format(&report->first_id.uuid, text);
        ledger_buffer_printf(&line, ", event id %s", text);
    }
    if (report->duplicates > 0) {
        ledger_buffer_add_text(&line, ", ");
        format_integer(&line, (int64_t)report->duplicates);
        ledger_buffer_add_text(&line, " already there");
    }
    if (report->refused > 0) {
        ledger_buffer_add_text(&line, ", ");
        format_integer(&line, (int64_t)report->refused);
        ledger_buffer_add_text(&line, " refused");
    }
    const char *text = ledger_buffer_text(&line);
    if (text != NULL)
        puts(text);
    ledger_buffer_fini(&line);
}
