#include "reader.h"

#include <stdio.h>
#include <string.h>

#include "display.h"
#include "ledger/facts.h"
#include "ledger/moment.h"
#include "ledger/text.h"
#include "ledger/uuid.h"

// ---- filters

static enum ledger_err fail_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
}

// Copied, as the message's fields are not const.
static enum ledger_err take_text(struct reader *reader, const char *option, const char *from,
                                 char **to, struct ledger_error *error) {
    if (from == NULL)
        return LEDGER_E_OK;
    if (from[0] == '\0') // which the protocol takes for no condition
        return ledger_fail(error, LEDGER_E_USAGE, option, "is empty; leave it out for all facts");
    *to = ledger_arena_text(reader->kept, ledger_span_text(from));
    return *to != NULL ? LEDGER_E_OK : fail_memory(error);
}

static enum ledger_err take_type(struct reader *reader, struct ledger_span name,
                                 struct ledger_error *error) {
    if (ledger_fact_find(name) == NULL && !ledger_fact_is_external(name))
        return ledger_fail(error, LEDGER_E_UNKNOWN_TYPE, "type", "there is no fact type \"%.*s\"",
                           (int)name.size, (const char *)name.data);
    char *text = ledger_arena_text(reader->kept, name);
    if (text == NULL)
        return fail_memory(error);
    reader->filter.types[reader->filter.n_types++] = text;
    return LEDGER_E_OK;
}

static enum ledger_err take_types(struct reader *reader, const char *list,
                                  struct ledger_error *error) {
    if (list == NULL)
        return LEDGER_E_OK;
    size_t count = 1;
    for (const char *at = list; *at != '\0'; at++)
        count += *at == ',';
    reader->filter.types = ledger_arena_alloc(reader->kept, count * sizeof(char *));
    if (reader->filter.types == NULL)
        return fail_memory(error);
    for (const char *at = list;; at++) {
        size_t size = strcspn(at, ",");
        enum ledger_err err = take_type(reader, ledger_span_of(at, size), error);
        at += size;
        if (err != LEDGER_E_OK || *at == '\0')
            return err;
    }
}

static enum ledger_err take_subject(struct reader *reader, const char *text,
                                    struct ledger_error *error) {
    struct ledger_span kind, id;
    if (text == NULL)
        return LEDGER_E_OK;
    if (!common_split(text, '/', &kind, &id) || kind.size == 0 || id.size == 0)
        return ledger_fail(error, LEDGER_E_USAGE, "subject",
                           "\"%s\" is not of the form KIND/ID, e.g. client/42", text);
    Ledger__V1__Subject *subject = ledger_arena_alloc(reader->kept, sizeof *subject);
    if (subject == NULL)
        return fail_memory(error);
    ledger__v1__subject__init(subject);
    subject->kind = ledger_arena_text(reader->kept, kind);
    subject->id = ledger_arena_text(reader->kept, id);
    reader->filter.subject = subject;
    return subject->kind != NULL && subject->id != NULL ? LEDGER_E_OK : fail_memory(error);
}

static enum ledger_err take_correlation(struct reader *reader, const char *text,
                                        struct ledger_error *error) {
    struct ledger_uuid uuid;
    if (text == NULL)
        return LEDGER_E_OK;
    if (!ledger_uuid_parse(ledger_span_text(text), &uuid))
        return ledger_fail(error, LEDGER_E_USAGE, "correlation", "\"%s\" is no UUID", text);
    reader->filter.has_correlation_id = true;
    reader->filter.correlation_id.len = sizeof uuid.bytes;
    reader->filter.correlation_id.data =
        ledger_arena_copy(reader->kept, uuid.bytes, sizeof uuid.bytes);
    return reader->filter.correlation_id.data != NULL ? LEDGER_E_OK : fail_memory(error);
}

// Recorded times are shown in UTC without saying so: a time copied from there is one in UTC.
static bool parse_recorded(const char *text, struct ledger_moment *moment) {
    char in_utc[LEDGER_INSTANT_TEXT_SIZE];
    return ledger_moment_parse(ledger_span_text(text), moment) ||
           ((size_t)snprintf(in_utc, sizeof in_utc, "%sZ", text) < sizeof in_utc &&
            ledger_moment_parse(ledger_span_text(in_utc), moment));
}

// Of a date: the first microsecond of that day, or with `end` the one after its last.
static enum ledger_err take_time(const char *option, const char *text, bool end,
                                 protobuf_c_boolean *has, int64_t *micros,
                                 struct ledger_error *error) {
    struct ledger_moment moment;
    if (text == NULL)
        return LEDGER_E_OK;
    if (!parse_recorded(text, &moment))
        return ledger_fail(error, LEDGER_E_USAGE, option,
                           "\"%s\" is neither a date (YYYY-MM-DD) nor an instant "
                           "(YYYY-MM-DDThh:mm:ss+hh:mm)",
                           text);
    *has = true;
    *micros = moment.micros;
    if (moment.when == LEDGER_WHEN_DATE)
        *micros += end ? 1 : 1 - LEDGER_MICROS_PER_DAY;
    return LEDGER_E_OK;
}

static enum ledger_err take_share(struct reader *reader, const char *text,
                                  struct ledger_error *error) {
    struct ledger_span index, count;
    uint64_t k, n;
    if (text == NULL)
        return LEDGER_E_OK;
    if (!common_split(text, '/', &index, &count) || !ledger_u64_parse(index, &k) ||
        !ledger_u64_parse(count, &n) || k == 0 || k > n || n > UINT32_MAX)
        return ledger_fail(error, LEDGER_E_USAGE, "share",
                           "\"%s\" is not of the form K/N, with K from 1 to N", text);
    ledger__v1__share__init(&reader->share);
    reader->share.has_index = reader->share.has_count = true;
    reader->share.index = (uint32_t)k;
    reader->share.count = (uint32_t)n;
    reader->filter.share = &reader->share;
    return LEDGER_E_OK;
}

static enum ledger_err take_filter(struct reader *reader, const struct filter_options *options,
                                   struct ledger_error *error) {
    ledger__v1__filter__init(&reader->filter);
    enum ledger_err err =
        take_text(reader, "stream", options->stream, &reader->filter.stream, error);
    if (err == LEDGER_E_OK)
        err = take_text(reader, "category", options->category, &reader->filter.category, error);
    if (err == LEDGER_E_OK)
        err = take_text(reader, "actor", options->actor, &reader->filter.actor, error);
    if (err == LEDGER_E_OK)
        err = take_types(reader, options->type, error);
    if (err == LEDGER_E_OK)
        err = take_subject(reader, options->subject, error);
    if (err == LEDGER_E_OK)
        err = take_correlation(reader, options->correlation, error);
    if (err == LEDGER_E_OK)
        err = take_time("since", options->since, false, &reader->filter.has_recorded_from,
                        &reader->filter.recorded_from, error);
    if (err == LEDGER_E_OK)
        err = take_time("until", options->until, true, &reader->filter.has_recorded_before,
                        &reader->filter.recorded_before, error);
    if (err == LEDGER_E_OK && reader->filter.has_recorded_from &&
        reader->filter.has_recorded_before &&
        reader->filter.recorded_before <= reader->filter.recorded_from)
        err = ledger_fail(error, LEDGER_E_USAGE, "until", "it lies before --since");
    return err == LEDGER_E_OK ? take_share(reader, options->share, error) : err;
}

void reader_add_conditions(struct ledger_buffer *text, const struct filter_options *options) {
    const struct {
        const char *name, *value;
    } given[] = {{"stream", options->stream},   {"category", options->category},
                 {"type", options->type},       {"actor", options->actor},
                 {"subject", options->subject}, {"correlation", options->correlation},
                 {"since", options->since},     {"until", options->until},
                 {"share", options->share}};
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++)
        if (given[i].value != NULL) {
            ledger_buffer_printf(text, "%s--%s ", text->size > 0 ? " " : "", given[i].name);
            display_add_clean(text, given[i].value);
        }
}

enum ledger_err reader_position(const char *text, uint64_t *position, struct ledger_error *error) {
    *position = 0;
    if (text == NULL || (common_position(text, position) && *position > 0))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_USAGE, "from", "\"%s\" is no position; they count from 1",
                       text);
}

// ---- pages

enum ledger_err reader_init(struct reader *reader, const struct common *common,
                            const struct filter_options *options, struct ledger_error *error) {
    *reader = (struct reader){.arena = ledger_arena_new(0), .kept = ledger_arena_new(0)};
    enum ledger_err err = LEDGER_E_OK;
    if (reader->arena == NULL || reader->kept == NULL)
        err = fail_memory(error);
    if (err == LEDGER_E_OK)
        err = take_filter(reader, options, error);
    if (err == LEDGER_E_OK)
        err = common_open(common, "read", false, &reader->client, error);
    if (err != LEDGER_E_OK)
        reader_fini(reader);
    return err;
}

void reader_fini(struct reader *reader) {
    ledger_client_close(reader->client);
    ledger_arena_free(reader->arena);
    ledger_arena_free(reader->kept);
    *reader = (struct reader){0};
}

enum ledger_err reader_reopen(struct reader *reader, const struct common *common,
                              struct ledger_error *error) {
    ledger_client_close(reader->client);
    reader->client = NULL;
    return common_open(common, "read", true, &reader->client, error);
}

enum ledger_err reader_keep_identity(struct reader *reader, const Ledger__V1__LedgerIdentity *from,
                                     struct ledger_error *error) {
    if (reader->has_identity || from == NULL)
        return LEDGER_E_OK;
    reader->identity = *from;
    reader->identity.ledger_id.data =
        ledger_arena_copy(reader->kept, from->ledger_id.data, from->ledger_id.len);
    reader->has_identity = true;
    return reader->identity.ledger_id.data != NULL ? LEDGER_E_OK : fail_memory(error);
}

enum ledger_err reader_page(struct reader *reader, Ledger__V1__ReadRequest *request,
                            const Ledger__V1__ReadReply **page, struct ledger_error *error) {
    Ledger__V1__Request message = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__Reply *reply;
    message.body_case = LEDGER__V1__REQUEST__BODY_READ;
    message.read = request;
    request->filter = &reader->filter;
    request->identity = reader->has_identity ? &reader->identity : NULL;
    ledger_arena_reset(reader->arena);
    enum ledger_err err =
        ledger_client_call(reader->client, &message, reader->arena, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    *page = reply->read;
    return reader_keep_identity(reader, reply->read->identity, error);
}

enum ledger_err reader_head(struct reader *reader, uint64_t *head, struct ledger_error *error) {
    Ledger__V1__Request message = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest status = LEDGER__V1__STATUS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    message.body_case = LEDGER__V1__REQUEST__BODY_STATUS;
    message.status = &status;
    ledger_arena_reset(reader->arena);
    enum ledger_err err =
        ledger_client_call(reader->client, &message, reader->arena, &reply, error);
    if (err == LEDGER_E_OK)
        *head = reply->status->head;
    return err;
}
