// The timeline of one client: what was recorded, in order of position, each line with what became
// of it. Amendments stand as lines of their own.
#include "client_history.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "facts/v1/integration.pb-c.h"
#include "ledger/json.h"
#include "ledger/limits.h"
#include "ledger/uuid.h"
#include "runtime/ids.h"

struct line {
    uint64_t position;
    const char *client; // the id it stands under
    struct ledger_moment occurred;
    struct ledger_span bytes;
};

struct timeline {
    struct projection_view *view;
    struct projection_answer *answer;
    struct projection_period period;
    const char *type;
    bool merged;   // facts of several ids
    bool unnamed;  // an actor is known by the id alone
    bool amended;  // a line is more than "as recorded"
    bool reasoned; // a line says why
    bool any;      // the client has facts, within the period or not
    struct line *lines;
    size_t count, capacity;
    struct ledger_error *error;
};

static const struct projection_column columns[] = {
    {"position", "Position", PROJECTION_INTEGER},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"recorded", "Recorded", PROJECTION_INSTANT, .detail = true},
    {"type", "Type", PROJECTION_TEXT},
    {"actor", "Actor", PROJECTION_ID},
    {"actor_name", "Actor's name", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"status", "Status", PROJECTION_TEXT},
    {"reason", "Reason", PROJECTION_TEXT, .detail = true},
    {"what", "What", PROJECTION_JSON},
    {"effective", "As corrected", PROJECTION_JSON, .detail = true},
    {"effective_occurred", "Occurred, as corrected", PROJECTION_TEXT, .detail = true},
    {"stream", "Stream", PROJECTION_TEXT, .detail = true},
    {"event_id", "Event id", PROJECTION_ID, .detail = true},
};

static enum ledger_err unpack(struct timeline *timeline, struct ledger_span bytes,
                              Ledger__V1__Record **record) {
    return ledger_record_unpack(bytes, projection_view_arena(timeline->view), record,
                                timeline->error);
}

// The amendment that says what the fact is; NULL = it is as it was recorded.
static const struct projection_amendment *deciding(struct timeline *timeline, uint64_t position) {
    const struct projection_amendment *list;
    size_t count = projection_view_amendments(timeline->view, position, &list);
    for (size_t i = 0; i < count; i++)
        if (list[i].effective && list[i].decides)
            return &list[i];
    return NULL;
}

// The payload of the correction at `position`; NULL if the view does not see it. The caller frees
// *whole, which holds it.
static enum ledger_err read_correction(struct timeline *timeline, uint64_t root, uint64_t position,
                                       json_t **whole, const json_t **correction) {
    struct projection_key key = {0};
    struct projection_row row;
    *whole = NULL;
    *correction = NULL;
    projection_key_u64(&key, root);
    projection_key_u64(&key, position);
    if (!projection_standing(timeline->view, AMENDMENTS, &key, &row))
        return LEDGER_E_OK;
    Ledger__V1__Record *record;
    enum ledger_err err = unpack(timeline, row.value, &record);
    if (err)
        return err;
    *whole = ledger_payload_to_json(record->event, projection_view_arena(timeline->view));
    *correction = json_object_get(*whole, "payload");
    return *whole ? LEDGER_E_OK : projection_no_memory(timeline->error);
}

// ---- which lines
// When the fact happened, as corrected.
static enum ledger_err effective_occurred(struct timeline *timeline,
                                          const struct projection_row *row,
                                          struct ledger_moment *occurred) {
    const struct projection_amendment *amendment = deciding(timeline, row->position);
    json_t *whole;
    const json_t *correction;
    *occurred = row->occurred;
    if (!amendment || amendment->retraction)
        return LEDGER_E_OK;
    enum ledger_err err =
        read_correction(timeline, row->position, amendment->position, &whole, &correction);
    const char *text = json_string_value(json_object_get(correction, "occurred"));
    if (text && !ledger_moment_parse(ledger_span_text(text), occurred))
        *occurred = ledger_moment_unknown();
    json_decref(whole);
    return err;
}

static enum ledger_err in_period(struct timeline *timeline, const struct projection_row *row,
                                 bool *wanted) {
    struct ledger_moment occurred;
    *wanted = true;
    if (projection_period_is_open(&timeline->period))
        return LEDGER_E_OK;
    enum ledger_err err = effective_occurred(timeline, row, &occurred);
    *wanted = !err && projection_period_holds(&timeline->period, &occurred);
    return err;
}

static enum ledger_err collect(struct timeline *timeline, const char *client) {
    struct projection_key key = {0};
    projection_key_text(&key, client);
    struct projection_cursor *cursor = projection_scan(timeline->view, CLIENT_FACTS, &key, false);
    struct projection_row row;
    while (projection_next(cursor, &row)) {
        bool wanted;
        enum ledger_err err = in_period(timeline, &row, &wanted);
        if (err)
            return err;
        timeline->any = true;
        if (!wanted)
            continue;
        if (!projection_grow(projection_view_arena(timeline->view), &timeline->lines,
                             &timeline->capacity, timeline->count, sizeof(struct line)))
            return projection_no_memory(timeline->error);
        timeline->lines[timeline->count++] =
            (struct line){row.position, client, row.occurred, row.value};
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static int by_position(const void *a, const void *b) {
    const struct line *left = a;
    const struct line *right = b;
    if (left->position != right->position)
        return left->position < right->position ? -1 : 1;
    return strcmp(left->client, right->client);
}

// A fact that names several of the merged ids, as the merge itself does, is one line.
static void order_lines(struct timeline *timeline) {
    if (!timeline->count)
        return;
    qsort(timeline->lines, timeline->count, sizeof(struct line), by_position);
    size_t kept = 0;
    for (size_t i = 0; i < timeline->count; i++)
        if (!kept || timeline->lines[kept - 1].position != timeline->lines[i].position)
            timeline->lines[kept++] = timeline->lines[i];
    timeline->count = kept;
}

static enum ledger_err keep_type(struct timeline *timeline) {
    size_t kept = 0;
    for (size_t i = 0; i < timeline->count; i++) {
        Ledger__V1__Record *record;
        enum ledger_err err = unpack(timeline, timeline->lines[i].bytes, &record);
        if (err)
            return err;
        if (strcmp(record->event->type, timeline->type) == 0)
            timeline->lines[kept++] = timeline->lines[i];
    }
    timeline->count = kept;
    if (!kept && !ledger_fact_find(ledger_span_text(timeline->type)))
        projection_answer_nothing_known(timeline->answer, "type", timeline->type);
    return LEDGER_E_OK;
}

// ---- what became of a line
struct outcome {
    const char *text;
    uint64_t corrected_by; // position of the correction in force; 0 = none
};

static const char *amendment_text(struct timeline *timeline, const Ledger__V1__Record *record,
                                  uint64_t root, bool retraction,
                                  const struct projection_amendment *amendment) {
    const Ledger__V1__Event *event = record->event;
    struct ledger_arena *arena = projection_view_arena(timeline->view);
    const char *verb = retraction ? "retraction" : "correction";
    if (!root)
        return ledger_arena_printf(arena, "%s of an unknown fact", verb);
    const char *state = !amendment ? ", not usable" : amendment->effective ? "" : ", not in force";
    uint64_t target = 0;
    const struct projection_amendment *list;
    size_t count = projection_view_amendments(timeline->view, root, &list);
    struct ledger_span named =
        ledger_span_of(event->corrects_event_id.data, event->corrects_event_id.len);
    for (size_t i = 0; i < count && retraction; i++)
        if (ledger_span_equal(list[i].event_id, named))
            target = list[i].position;
    return ledger_arena_printf(arena, "%s of #%" PRIu64 "%s", verb, target ? target : root, state);
}

static const char as_recorded[] = "as recorded";

static struct outcome outcome_of_fact(struct timeline *timeline, uint64_t position) {
    struct outcome outcome = {.text = as_recorded};
    struct ledger_arena *arena = projection_view_arena(timeline->view);
    const struct projection_amendment *amendment = deciding(timeline, position);
    if (!amendment)
        return outcome;
    outcome.corrected_by = amendment->retraction ? 0 : amendment->position;
    outcome.text =
        ledger_arena_printf(arena, "%s by #%" PRIu64,
                            amendment->retraction ? "retracted" : "corrected", amendment->position);
    return outcome;
}

static struct outcome outcome_of(struct timeline *timeline, const Ledger__V1__Record *record) {
    const struct ledger_fact_type *type = ledger_fact_find(ledger_span_text(record->event->type));
    bool retraction = type && type->fact == LEDGER_FACT_FactRetracted;
    if (!retraction && !(type && type->fact == LEDGER_FACT_FactCorrected))
        return outcome_of_fact(timeline, record->position);
    const Ledger__V1__Event *event = record->event;
    uint64_t root = projection_view_root(timeline->view,
                                         ledger_span_of(event->event_id.data, event->event_id.len));
    if (!root)
        root = projection_view_root(timeline->view, ledger_span_of(event->corrects_event_id.data,
                                                                   event->corrects_event_id.len));
    const struct projection_amendment *list;
    const struct projection_amendment *own = NULL;
    size_t count = root ? projection_view_amendments(timeline->view, root, &list) : 0;
    for (size_t i = 0; i < count; i++)
        if (list[i].position == record->position)
            own = &list[i];
    return (struct outcome){.text = amendment_text(timeline, record, root, retraction, own)};
}

// ---- a line as values
static const char *json_text(struct timeline *timeline, const json_t *json) {
    char *dumped = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    char *text = dumped ? ledger_arena_copy(projection_view_arena(timeline->view), dumped,
                                            strlen(dumped) + 1)
                        : NULL;
    free(dumped);
    return text;
}

static enum ledger_err answer_what(struct timeline *timeline, const Ledger__V1__Record *record) {
    json_t *whole = ledger_payload_to_json(record->event, projection_view_arena(timeline->view));
    if (!whole)
        return projection_no_memory(timeline->error);
    const json_t *payload = json_object_get(whole, "payload");
    json_t *undecoded = NULL;
    if (!payload)
        undecoded =
            json_pack("{s:O?, s:O?}", "payloadBase64", json_object_get(whole, "payloadBase64"),
                      "payloadError", json_object_get(whole, "payloadError"));
    projection_answer_text(timeline->answer, json_text(timeline, payload ? payload : undecoded));
    json_decref(undecoded);
    json_decref(whole);
    return LEDGER_E_OK;
}

static enum ledger_err answer_corrected(struct timeline *timeline, uint64_t root,
                                        uint64_t position) {
    json_t *whole = NULL;
    const json_t *correction = NULL;
    enum ledger_err err =
        position ? read_correction(timeline, root, position, &whole, &correction) : LEDGER_E_OK;
    if (err)
        return err;
    projection_answer_text(timeline->answer,
                           json_text(timeline, json_object_get(correction, "payload")));
    projection_answer_text(timeline->answer,
                           json_string_value(json_object_get(correction, "occurred")));
    json_decref(whole);
    return LEDGER_E_OK;
}

static void answer_event_id(struct projection_answer *answer, const Ledger__V1__Event *event) {
    struct ledger_uuid uuid;
    char text[LEDGER_UUID_TEXT_SIZE];
    if (event->event_id.len != sizeof uuid.bytes) {
        projection_answer_none(answer);
        return;
    }
    memcpy(uuid.bytes, event->event_id.data, sizeof uuid.bytes);
    ledger_uuid_format(&uuid, text);
    projection_answer_text(answer, text);
}

static enum ledger_err answer_line(struct timeline *timeline, const struct line *line) {
    struct projection_answer *answer = timeline->answer;
    Ledger__V1__Record *record;
    enum ledger_err err = unpack(timeline, line->bytes, &record);
    if (err)
        return err;
    const Ledger__V1__Event *event = record->event;
    const struct ledger_moment recorded = ledger_moment_instant(record->recorded_at, 0);
    const struct outcome outcome = outcome_of(timeline, record);
    const char *name = projection_name(timeline->view, EMPLOYEE_NAMES, event->actor);
    timeline->unnamed |= !name && event->actor && strcmp(event->actor, PROJECTION_NOBODY) != 0;
    timeline->amended |= outcome.text != as_recorded;
    timeline->reasoned |= event->reason != NULL;
    projection_answer_integer(answer, (int64_t)line->position);
    projection_answer_moment(answer, &line->occurred);
    projection_answer_moment(answer, &recorded);
    projection_answer_text(answer, event->type);
    projection_answer_text(answer, event->actor);
    projection_answer_text(answer, name);
    projection_answer_text(answer, line->client);
    projection_answer_text(answer, outcome.text);
    projection_answer_text(answer, event->reason);
    err = answer_what(timeline, record);
    if (!err)
        err = answer_corrected(timeline, line->position, outcome.corrected_by);
    if (err)
        return err;
    projection_answer_text(answer, event->stream);
    answer_event_id(answer, event);
    return LEDGER_E_OK;
}

static enum ledger_err collect_all(struct timeline *timeline, const char *client) {
    static const uint8_t tables[] = {CLIENT_FACTS, CLIENT_NAMES};
    const char *const *ids;
    size_t count = projection_view_client_ids(timeline->view, client, &ids);
    enum ledger_err err = LEDGER_E_OK;
    for (size_t i = 0; i < count && !err; i++)
        err = collect(timeline, ids[i]);
    if (err)
        return err;
    timeline->merged = count > 1;
    if (count && strcmp(ids[0], client) != 0)
        projection_answer_note(timeline->answer, "Client %s is merged into %s.", client, ids[0]);
    for (size_t i = 1; i < count; i++)
        projection_answer_note(timeline->answer, "With the facts of %s, merged into %s.", ids[i],
                               ids[0]);
    if (!timeline->any && count < 2 && !projection_knows(timeline->view, tables, 2, client)) {
        projection_answer_nothing_known(timeline->answer, "client", client);
        return LEDGER_E_OK;
    }
    order_lines(timeline);
    return timeline->type ? keep_type(timeline) : LEDGER_E_OK;
}

enum ledger_err timeline_answer(struct projection_view *view,
                                const struct projection_arguments *arguments,
                                struct projection_answer *answer, struct ledger_error *error) {
    struct timeline timeline = {.view = view,
                                .answer = answer,
                                .type = projection_argument(arguments, "type"),
                                .error = error};
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_period(arguments, &timeline.period, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = collect_all(&timeline, projection_argument(arguments, "client"));
    if (err)
        return err;
    size_t first = limited && limit && limit < timeline.count ? timeline.count - (size_t)limit : 0;
    projection_answer_table(answer, "timeline", "Timeline", PROJECTION_COLUMNS(columns));
    projection_answer_left_off(answer, first);
    for (size_t i = first; i < timeline.count && !err; i++)
        err = answer_line(&timeline, &timeline.lines[i]);
    projection_answer_detail(answer, "actor", !timeline.unnamed);
    projection_answer_detail(answer, "client", !timeline.merged);
    projection_answer_detail(answer, "status", !timeline.amended);
    projection_answer_detail(answer, "reason", !timeline.reasoned);
    return err;
}
