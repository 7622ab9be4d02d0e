// The fact that raised a case, looked for in the ledger by what it says. Pages are read in a
// scratch arena: an index narrows them down by type and subject, the rest is compared here.
#include "search.h"

#include <string.h>

#include "ledger/event.h"

enum { PAGE_EVENTS = 200 };

static bool is_text(const char *a, const char *b) {
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

// ---- whether a fact is the one
static bool names(const Ledger__V1__Event *event, const char *kind, const char *id) {
    for (size_t i = 0; i < event->n_subjects; i++)
        if (is_text(event->subjects[i]->kind, kind) && is_text(event->subjects[i]->id, id))
            return true;
    return false;
}

static bool is_in_category(const Ledger__V1__Event *event, const char *category) {
    struct ledger_span found = ledger_stream_category(ledger_span_text(event->stream));
    return found.size == strlen(category) && memcmp(found.data, category, found.size) == 0;
}

static const void *member(const ProtobufCMessage *message, const char *name, ProtobufCType type) {
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
    if (field == NULL || field->type != type || field->label == PROTOBUF_C_LABEL_REPEATED)
        return NULL;
    return *(const void *const *)(const void *)((const uint8_t *)message + field->offset);
}

static bool says_text(const ProtobufCMessage *payload, const char *field, const char *text) {
    return is_text(member(payload, field, PROTOBUF_C_TYPE_STRING), text);
}

static bool says_day(const ProtobufCMessage *payload, const char *field, int32_t day) {
    const Ledger__V1__Date *date = member(payload, field, PROTOBUF_C_TYPE_MESSAGE);
    return date != NULL && date->base.descriptor == &ledger__v1__date__descriptor &&
           date->days == day;
}

static bool is_at(const Ledger__V1__Event *event, const char *text) {
    const struct ledger_moment found = ledger_moment_of(event->occurred);
    struct ledger_moment wanted;
    return text != NULL && ledger_moment_parse(ledger_span_text(text), &wanted) &&
           found.when == wanted.when && found.micros == wanted.micros;
}

static enum ledger_err compare(const struct search *search, const Ledger__V1__Event *event,
                               struct ledger_arena *arena, bool *is_it,
                               struct ledger_error *error) {
    const struct alert_search *want = search->want;
    const struct ledger_fact_type *type;
    ProtobufCMessage *payload;
    *is_it = (!want->own || is_in_category(event, search->kind)) &&
             (want->with == NULL || names(event, search->kind, search->with)) &&
             (want->occurred == NULL || is_at(event, search->occurred));
    if (!*is_it)
        return LEDGER_E_OK;
    if (ledger_fact_is_external(ledger_span_text(event->type))) {
        *is_it = want->fields[0].field == NULL && want->day_field == NULL;
        return LEDGER_E_OK;
    }
    enum ledger_err err = ledger_payload_unpack(
        ledger_span_text(event->type), ledger_span_of(event->payload.data, event->payload.len),
        arena, &type, &payload, error);
    if (err != LEDGER_E_OK)
        return err;
    for (size_t i = 0; i < ALERT_FIELDS_MAX && want->fields[i].field != NULL; i++)
        *is_it = *is_it && says_text(payload, want->fields[i].field, search->fields[i]);
    *is_it = *is_it && (want->day_field == NULL ||
                        (search->has_day && says_day(payload, want->day_field, search->day)));
    return LEDGER_E_OK;
}

// ---- looking
static enum ledger_err find_in_page(const struct round *round, const struct search *search,
                                    const Ledger__V1__ReadReply *page, uint64_t *position,
                                    struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    for (size_t i = 0; i < page->n_records && err == LEDGER_E_OK; i++) {
        const Ledger__V1__Record *record = page->records[i];
        bool found = false;
        if (record->position > round->head || record->event == NULL)
            continue;
        err = compare(search, record->event, round->reactor->page, &found, error);
        if (err == LEDGER_E_OK && found)
            err = search_stands(round, record, &found, error);
        if (err == LEDGER_E_OK && found) {
            *position = record->position;
            break;
        }
    }
    return err;
}

static bool is_empty(const char *text) {
    return text == NULL || text[0] == '\0';
}

static bool lacks_subject(const struct search *search) {
    return search->want->id != NULL && (is_empty(search->kind) || is_empty(search->id));
}

static void fill_filter(const struct search *search, Ledger__V1__Filter *filter,
                        Ledger__V1__Subject *subject, char **types) {
    const struct alert_search *want = search->want;
    for (size_t i = 0; i < ALERT_TYPES_MAX && want->types[i] != NULL; i++)
        types[filter->n_types++] = text_of(want->types[i]);
    filter->types = types;
    if (want->id != NULL) {
        subject->kind = text_of(search->kind);
        subject->id = text_of(search->id);
        filter->subject = subject;
    }
}

enum ledger_err search_fact(const struct round *round, const struct search *search,
                            uint64_t *position, struct ledger_error *error) {
    Ledger__V1__Filter filter = LEDGER__V1__FILTER__INIT;
    Ledger__V1__Subject subject = LEDGER__V1__SUBJECT__INIT;
    char *types[ALERT_TYPES_MAX];
    bool reverse = !search->want->first;
    *position = 0;
    if (lacks_subject(search))
        return LEDGER_E_OK;
    fill_filter(search, &filter, &subject, types);
    for (uint64_t from = reverse ? round->head : 1; from > 0 && from <= round->head;) {
        const struct read_ask ask = {&filter, from, PAGE_EVENTS, reverse};
        const Ledger__V1__ReadReply *page;
        ledger_arena_reset(round->reactor->page);
        enum ledger_err err =
            ask_records(round->reactor->peers, &ask, round->reactor->page, &page, error);
        if (err == LEDGER_E_OK)
            err = find_in_page(round, search, page, position, error);
        if (err != LEDGER_E_OK || *position > 0 || !page->more)
            return err;
        from = reverse ? page->examined - 1 : page->examined + 1;
    }
    return LEDGER_E_OK;
}
