// The search: the newest records first, page by page. The filter that tells most gives the index to
// walk; the others are checked record by record.
#include <string.h>

#include "leaf.h"
#include "ledger/uuid.h"
#include "lines.h"
#include "walk.h"

enum { LIMIT_DEFAULT = 100, EXAMINED_MAX = 20000 };

struct search {
    struct projection_view *view;
    struct projection_answer *answer;
    struct ledger_arena *scratch; // of one record
    struct filter filter;
    struct walk walk;
    uint64_t limit; // 0 = none
    struct ledger_error *error;
};

static const struct projection_column columns[] = {
    {"position", "Position", PROJECTION_INTEGER},
    {"recorded", "Recorded", PROJECTION_INSTANT},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"type", "Type", PROJECTION_TEXT},
    {"actor", "Actor", PROJECTION_ID},
    {"actor_name", "Actor's name", PROJECTION_TEXT, .detail = true},
    {"on_behalf_of", "On behalf of", PROJECTION_ID, .detail = true},
    {"principal", "Sent by", PROJECTION_ID, .detail = true},
    {"objects", "About", PROJECTION_TEXT},
    {"changed", "What changed", PROJECTION_TEXT},
    {"changes", "Changes, one by one", PROJECTION_JSON, .detail = true},
    {"status", "Status", PROJECTION_TEXT},
    {"reason", "Reason", PROJECTION_TEXT, .detail = true},
    {"territory", "Territory", PROJECTION_ID, .detail = true},
    {"source", "Source", PROJECTION_ID, .detail = true},
    {"source_record", "Record in the source", PROJECTION_ID, .detail = true},
    {"correlation", "Undertaking", PROJECTION_ID, .detail = true},
    {"event_id", "Event id", PROJECTION_ID, .detail = true},
    {"leaf", "Leaf hash", PROJECTION_ID, .detail = true},
};

// ---- what is asked for
static enum ledger_err read_object(struct search *search, const char *text) {
    struct filter *filter = &search->filter;
    struct ledger_arena *arena = projection_view_arena(search->view);
    const char *slash = text ? strchr(text, '/') : NULL;
    if (!text)
        return LEDGER_E_OK;
    if (!slash || slash == text || !slash[1])
        return ledger_fail(search->error, LEDGER_E_INVALID_VALUE, "object",
                           "%.60s is no kind and id with a slash between, such as client/42", text);
    filter->object_kind = ledger_arena_text(arena, ledger_span_of(text, (size_t)(slash - text)));
    filter->object_id = slash + 1;
    if (!filter->object_kind)
        return projection_no_memory(search->error);
    filter->object_ids = &filter->object_id;
    filter->object_id_count = 1;
    if (strcmp(filter->object_kind, "client") == 0)
        filter->object_id_count =
            projection_view_client_ids(search->view, filter->object_id, &filter->object_ids);
    return LEDGER_E_OK;
}

static enum ledger_err read_correlation(struct search *search, const char *text) {
    struct ledger_uuid uuid;
    if (!text)
        return LEDGER_E_OK;
    if (!ledger_uuid_parse(ledger_span_text(text), &uuid))
        return ledger_fail(search->error, LEDGER_E_INVALID_VALUE, "correlation",
                           "%.60s is no id of an undertaking (a UUID)", text);
    search->filter.correlation =
        bytes_text(projection_view_arena(search->view), uuid.bytes, sizeof uuid.bytes);
    return search->filter.correlation ? LEDGER_E_OK : projection_no_memory(search->error);
}

static enum ledger_err read_recorded(struct search *search,
                                     const struct projection_arguments *arguments) {
    struct projection_period *period = &search->filter.recorded;
    bool present;
    *period = (struct projection_period){INT32_MIN, INT32_MAX};
    enum ledger_err err =
        projection_argument_day(arguments, "recorded-from", &period->from, &present, search->error);
    if (!err)
        err =
            projection_argument_day(arguments, "recorded-to", &period->to, &present, search->error);
    if (!err && period->from > period->to)
        err = ledger_fail(search->error, LEDGER_E_INVALID_VALUE, "recorded-from",
                          "it is later than recorded-to");
    return err;
}

static enum ledger_err read_recorded_bounds(struct search *search) {
    const struct projection_period *recorded = &search->filter.recorded;
    uint64_t last = UINT64_MAX - 1;
    uint64_t too_early = 0;
    enum ledger_err err = LEDGER_E_OK;
    if (recorded->to != INT32_MAX)
        err = position_recorded_by(search->view, ledger_moment_date(recorded->to).micros, &last,
                                   search->error);
    if (!err && recorded->from != INT32_MIN)
        err = position_recorded_by(search->view, ledger_moment_date(recorded->from - 1).micros,
                                   &too_early, search->error);
    search->walk.oldest = too_early + 1;
    if (last + 1 < search->walk.before)
        search->walk.before = last + 1;
    return err;
}

static enum ledger_err read_page(struct search *search,
                                 const struct projection_arguments *arguments) {
    uint64_t limit = LIMIT_DEFAULT;
    uint64_t before = 0;
    bool present;
    enum ledger_err err =
        projection_argument_u64(arguments, "limit", &limit, &present, search->error);
    if (!err)
        err = projection_argument_u64(arguments, "before", &before, &present, search->error);
    if (err)
        return err;
    uint64_t end = projection_view_position(search->view) + 1;
    search->limit = limit;
    search->walk.before = present && before < end ? before : end;
    return read_recorded_bounds(search);
}

static enum ledger_err read_filter(struct search *search,
                                   const struct projection_arguments *arguments) {
    search->filter = (struct filter){
        .actor = projection_argument(arguments, "actor"),
        .on_behalf_of = projection_argument(arguments, "on-behalf-of"),
        .principal = projection_argument(arguments, "principal"),
        .field = projection_argument(arguments, "field"),
        .territory = projection_argument(arguments, "territory"),
        .source = projection_argument(arguments, "source"),
    };
    enum ledger_err err =
        projection_argument_period(arguments, &search->filter.occurred, search->error);
    if (!err)
        err = projection_argument_type(arguments, "type", &search->filter.type, search->error);
    if (!err)
        err = read_object(search, projection_argument(arguments, "object"));
    if (!err)
        err = read_correlation(search, projection_argument(arguments, "correlation"));
    if (!err)
        err = read_recorded(search, arguments);
    return err ? err : read_page(search, arguments);
}

// ---- the other filters
static bool is(const char *wanted, const char *value) {
    return !wanted || (value && strcmp(wanted, value) == 0);
}

static bool has_correlation(const struct search *search, const Ledger__V1__Event *event) {
    if (!search->filter.correlation)
        return true;
    if (!event->has_correlation_id)
        return false;
    return is(search->filter.correlation,
              bytes_text(search->scratch, event->correlation_id.data, event->correlation_id.len));
}

// The object and the record's index stand for each other: only BY_OBJECT is walked for an object.
static bool wanted(const struct search *search, const Ledger__V1__Record *record,
                   const struct ledger_moment *occurred) {
    const struct filter *filter = &search->filter;
    const Ledger__V1__Event *event = record->event;
    const struct ledger_moment recorded = ledger_moment_instant(record->recorded_at, 0);
    return is(filter->actor, record_actor(record)) &&
           is(filter->on_behalf_of, event->on_behalf_of) &&
           is(filter->principal, record->principal) && is(filter->type, event->type) &&
           is(filter->territory, event->territory) &&
           is(filter->source, event->source ? event->source->system : NULL) &&
           has_correlation(search, event) && projection_period_holds(&filter->occurred, occurred) &&
           projection_period_holds(&filter->recorded, &recorded);
}

// ---- lines
static const char *id_text(struct search *search, const ProtobufCBinaryData *id) {
    return id->len ? bytes_text(search->scratch, id->data, id->len) : NULL;
}

static enum ledger_err answer_line(struct search *search, struct line *line,
                                   const struct ledger_moment *occurred, struct ledger_span value) {
    struct projection_answer *answer = search->answer;
    const Ledger__V1__Record *record = line->record;
    const Ledger__V1__Event *event = record->event;
    const struct ledger_moment recorded = ledger_moment_instant(record->recorded_at, 0);
    uint8_t leaf[LEAF_SIZE];
    if (!record_leaf(value, leaf))
        return projection_no_memory(search->error);
    projection_answer_integer(answer, (int64_t)record->position);
    projection_answer_moment(answer, &recorded);
    projection_answer_moment(answer, occurred);
    projection_answer_text(answer, event->type);
    projection_answer_text(answer, record_actor(record));
    projection_answer_text(answer, projection_name(search->view, EMPLOYEES, event->actor));
    projection_answer_text(answer, event->on_behalf_of);
    projection_answer_text(answer, record->principal);
    projection_answer_text(answer, line->object);
    projection_answer_text(answer, changes_text(&line->changes));
    projection_answer_text(answer, changes_json(&line->changes));
    projection_answer_text(answer, line->status);
    projection_answer_text(answer, event->reason);
    projection_answer_text(answer, event->territory);
    projection_answer_text(answer, event->source ? event->source->system : NULL);
    projection_answer_text(answer, event->source ? event->source->record_id : NULL);
    projection_answer_text(answer, id_text(search, &event->correlation_id));
    projection_answer_text(answer, id_text(search, &event->event_id));
    projection_answer_text(answer, bytes_text(search->scratch, leaf, sizeof leaf));
    return LEDGER_E_OK;
}

// Whether the record was a line of the answer.
static enum ledger_err take(struct search *search, const struct projection_row *row, bool *taken) {
    Ledger__V1__Record *record;
    struct line line;
    *taken = false;
    ledger_arena_reset(search->scratch);
    struct ledger_span value =
        walk_has_records(&search->walk) ? row->value : record_value(search->view, row->position);
    if (!value.size)
        return LEDGER_E_OK;
    enum ledger_err err = record_unpack(value, search->scratch, &record, search->error);
    if (err || !wanted(search, record, &row->occurred))
        return err;
    err = line_make(search->view, record, search->scratch, &line, search->error);
    if (err || (search->filter.field && !changes_name(&line.changes, search->filter.field)))
        return err;
    *taken = true;
    err = answer_line(search, &line, &row->occurred, value);
    return line.changes.failed ? projection_no_memory(search->error) : err;
}

static enum ledger_err answer_page(struct search *search) {
    struct projection_row row;
    uint64_t lines = 0;
    uint64_t last = 0;
    for (uint64_t examined = 0; walk_next(&search->walk, &row); examined++) {
        bool taken;
        if (row.position < search->walk.oldest)
            break;
        if ((search->limit && lines == search->limit) || examined == EXAMINED_MAX) {
            projection_answer_note(
                search->answer,
                lines == search->limit
                    ? "There may be older ones: ask again with before %s."
                    : "Not all was looked through: for what is older, ask again with before %s.",
                projection_number(search->answer, last));
            break;
        }
        enum ledger_err err = take(search, &row, &taken);
        if (err)
            return err;
        lines += taken;
        last = row.position;
    }
    return LEDGER_E_OK;
}

static void note_client(const struct search *search) {
    const struct filter *filter = &search->filter;
    for (size_t i = 0; i < filter->object_id_count; i++)
        if (strcmp(filter->object_ids[i], filter->object_id) != 0)
            projection_answer_note(search->answer,
                                   "With what is recorded of client %s, which is "
                                   "the same one by a merge.",
                                   filter->object_ids[i]);
}

enum ledger_err search_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct search search = {.view = view, .answer = answer, .error = error};
    search.walk = (struct walk){.view = view, .filter = &search.filter, .error = error};
    enum ledger_err err = read_filter(&search, arguments);
    if (err)
        return err;
    search.scratch = ledger_arena_new(0);
    if (!search.scratch)
        return projection_no_memory(error);
    projection_answer_table(answer, "records", "Records, newest first",
                            PROJECTION_COLUMNS(columns));
    note_client(&search);
    err = search.walk.before > 1 ? walk_begin(&search.walk) : LEDGER_E_OK;
    if (!err)
        err = answer_page(&search);
    walk_end(&search.walk);
    ledger_arena_free(search.scratch);
    return err;
}
