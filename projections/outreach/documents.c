// Documents, each with the status that it has.
#include "documents.h"

#include <stdlib.h>
#include <string.h>

#include "facts/v1/document.pb-c.h"
#include "flags.h"
#include "histories.h"

enum { SHA256_SIZE = 32 };
// The statuses of the facts, and before them, under 0, "issued".
enum { STATUSES = FACTS__V1__DOCUMENT_STATUS_CHANGED__STATUS__VOIDED + 1 };
static const char *const status_texts[STATUSES] = {"issued", "sent", "signed", "superseded",
                                                   "voided"};

// ---- the fold
static void put_document(struct projection_rows *rows, const char *id,
                         const struct document_row *row) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, id);
    outreach_row_write(DOCUMENT_ROW, row, value);
    projection_rows_put(rows, DOCUMENTS, &key, ledger_buffer_span(value));
    if (!row->client)
        return;
    key = (struct projection_key){0};
    projection_key_text(&key, row->client);
    projection_key_text(&key, id);
    projection_rows_put(rows, CLIENT_DOCUMENTS, &key, (struct ledger_span){0});
}

static const char *hex_of(const ProtobufCBinaryData *bytes, char text[2 * SHA256_SIZE + 1]) {
    static const char digits[] = "0123456789abcdef";
    if (bytes->len != SHA256_SIZE)
        return NULL;
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        text[2 * i] = digits[bytes->data[i] >> 4];
        text[2 * i + 1] = digits[bytes->data[i] & 15];
    }
    text[2 * SHA256_SIZE] = '\0';
    return text;
}

enum ledger_err document_map(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error) {
    char sha256[2 * SHA256_SIZE + 1];
    struct document_row row = {.client = projection_subject(fact->record, "client"),
                               .actor = projection_actor(fact),
                               .status = DOCUMENT_ISSUED};
    const char *id = NULL;
    if (fact->type->fact == LEDGER_FACT_DocumentIssued) {
        const Facts__V1__DocumentIssued *issued = (const Facts__V1__DocumentIssued *)fact->payload;
        id = issued->doc_id;
        row.client = issued->client_id ? issued->client_id : row.client;
        row.deal = issued->deal_id;
        row.template = issued->template_;
        row.version = issued->version;
        row.sha256 = issued->has_sha256 ? hex_of(&issued->sha256, sha256) : NULL;
        row.has_inputs = issued->has_inputs_position && issued->inputs_position <= INT64_MAX;
        row.inputs = row.has_inputs ? (int64_t)issued->inputs_position : 0;
    } else {
        const Facts__V1__DocumentStatusChanged *change =
            (const Facts__V1__DocumentStatusChanged *)fact->payload;
        id = change->doc_id;
        row.status = change->status;
        if (!row.status)
            return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.status",
                               "the fact states no status");
    }
    if (!id)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "payload.doc_id",
                           "the fact names no document");
    put_document(rows, id, &row);
    return LEDGER_E_OK;
}

// ---- one document
struct document {
    const char *id;
    bool is_issued;
    struct document_row row; // as issued
    const char *client;      // after merges
    struct ledger_moment issued, since;
    uint64_t position; // of the fact that issued it; else of the first status
    size_t status;
    uint64_t changes;
    struct flags flags;
};

struct documents {
    struct projection_view *view;
    struct ledger_arena *arena;
    const char *client, *template, *deal; // NULL = all
    size_t status;                        // STATUSES = all
    struct projection_period period;
    struct document *list;
    size_t count, capacity;
    struct flags flags;
    struct ledger_error *error;
};

static const struct projection_column columns[] = {
    {"document", "Document", PROJECTION_ID},
    {"template", "Template", PROJECTION_TEXT},
    {"version", "Version", PROJECTION_TEXT, .detail = true},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"deal", "Deal", PROJECTION_ID},
    {"issued", "Issued", PROJECTION_TEXT},
    {"issued_by", "Issued by", PROJECTION_ID},
    {"status", "Status", PROJECTION_TEXT},
    {"since", "Since", PROJECTION_TEXT},
    {"changes", "Changes of status", PROJECTION_INTEGER, .detail = true},
    {"inputs", "Made from position", PROJECTION_INTEGER},
    {"sha256", "SHA-256", PROJECTION_ID, .detail = true},
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column total_columns[] = {
    {"template", "Template", PROJECTION_TEXT}, {"documents", "Documents", PROJECTION_INTEGER},
    {"issued", "Issued", PROJECTION_INTEGER},  {"sent", "Sent", PROJECTION_INTEGER},
    {"signed", "Signed", PROJECTION_INTEGER},  {"superseded", "Superseded", PROJECTION_INTEGER},
    {"voided", "Voided", PROJECTION_INTEGER},
};

static void take_issue(struct documents *documents, struct document *document,
                       const struct statement *at, const struct document_row *row) {
    if (document->is_issued) {
        document->flags.counts[DOCUMENT_ISSUED_TWICE]++;
        return;
    }
    document->is_issued = true;
    document->row = *row;
    document->issued = at->occurred;
    document->position = at->position;
    if (row->client)
        document->client = projection_view_client(documents->view, row->client);
    if (!document->changes)
        document->since = at->occurred;
}

static void take_status(struct documents *documents, struct document *document,
                        const struct statement *at, const struct document_row *row) {
    if (document->status == FACTS__V1__DOCUMENT_STATUS_CHANGED__STATUS__VOIDED) {
        document->flags.counts[STATUS_AFTER_VOIDED] += (size_t)row->status != document->status;
        return;
    }
    if (row->client && !document->client)
        document->client = projection_view_client(documents->view, row->client);
    document->changes++;
    document->status = (size_t)row->status;
    document->since = at->occurred;
}

static void fold(struct documents *documents, const struct history *history,
                 struct document *document) {
    *document = (struct document){.id = history->id,
                                  .issued = ledger_moment_unknown(),
                                  .position = history->list[0].position};
    for (size_t i = 0; i < history->count; i++) {
        const struct statement *at = &history->list[i];
        struct document_row row;
        outreach_row_read(DOCUMENT_ROW, at->value, &row);
        if (row.status == DOCUMENT_ISSUED)
            take_issue(documents, document, at, &row);
        else
            take_status(documents, document, at, &row);
    }
    document->flags.counts[STATUS_WITHOUT_DOCUMENT] = !document->is_issued;
}

// ---- reading
static bool is(const char *wanted, const char *text) {
    return !wanted || (text && strcmp(wanted, text) == 0);
}

static bool is_wanted(const struct documents *documents, const struct document *document) {
    return is(documents->client, document->client) && is(documents->deal, document->row.deal) &&
           is(documents->template, document->row.template) &&
           (documents->status == STATUSES || documents->status == document->status) &&
           projection_period_holds(&documents->period, &document->issued);
}

static enum ledger_err read_all(struct documents *documents) {
    struct histories histories;
    const char *const *ids;
    size_t ids_count = documents->client
                           ? projection_view_client_ids(documents->view, documents->client, &ids)
                           : 0;
    enum ledger_err err = LEDGER_E_OK;
    if (documents->client)
        err = histories_under(&histories, documents->view, DOCUMENTS, false, CLIENT_DOCUMENTS, ids,
                              ids_count, documents->error);
    else
        histories_all(&histories, documents->view, DOCUMENTS, false);
    for (;;) {
        const struct history *history = NULL;
        struct document document;
        if (!err)
            err = histories_next(&histories, &history, documents->error);
        if (err || !history)
            return err;
        fold(documents, history, &document);
        if (!is_wanted(documents, &document))
            continue;
        if (!projection_grow(documents->arena, &documents->list, &documents->capacity,
                             documents->count, sizeof document))
            return projection_no_memory(documents->error);
        documents->list[documents->count++] = document;
        for (size_t i = 0; i < FLAGS; i++)
            documents->flags.counts[i] += document.flags.counts[i];
    }
}

// ---- the answer
// Unknown times last.
static int latest_first(const void *a, const void *b) {
    const struct document *left = a;
    const struct document *right = b;
    bool left_known = left->issued.when != LEDGER_WHEN_UNKNOWN;
    bool right_known = right->issued.when != LEDGER_WHEN_UNKNOWN;
    if (left_known != right_known)
        return left_known ? -1 : 1;
    if (left_known && left->issued.micros != right->issued.micros)
        return left->issued.micros > right->issued.micros ? -1 : 1;
    return left->position > right->position ? -1 : left->position < right->position;
}

static void answer_document(struct projection_view *view, struct projection_answer *answer,
                            const struct document *document) {
    const struct document_row *row = &document->row;
    projection_answer_text(answer, document->id);
    projection_answer_text(answer, row->template);
    projection_answer_text(answer, row->version);
    projection_answer_text(answer, document->client);
    projection_answer_text(answer, projection_name(view, CLIENTS, document->client));
    projection_answer_text(answer, row->deal);
    if (document->is_issued)
        projection_answer_moment(answer, &document->issued);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, row->actor);
    projection_answer_text(answer, status_texts[document->status]);
    projection_answer_moment(answer, &document->since);
    projection_answer_integer(answer, (int64_t)document->changes);
    if (row->has_inputs)
        projection_answer_integer(answer, row->inputs);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, row->sha256);
    projection_answer_integer(answer, (int64_t)document->position);
}

static int by_template(const void *a, const void *b) {
    const struct document *left = a;
    const struct document *right = b;
    return strcmp(left->row.template ? left->row.template : "",
                  right->row.template ? right->row.template : "");
}

// Puts the list into another order: the last that is asked of it.
static void answer_totals(struct documents *documents, struct projection_answer *answer) {
    const struct document *list = documents->list;
    if (documents->count)
        qsort(documents->list, documents->count, sizeof *documents->list, by_template);
    projection_answer_table(answer, "templates", "By template and status",
                            PROJECTION_COLUMNS(total_columns));
    for (size_t i = 0, next; i < documents->count; i = next) {
        int64_t counts[STATUSES] = {0};
        for (next = i; next < documents->count && by_template(&list[i], &list[next]) == 0; next++)
            counts[list[next].status]++;
        projection_answer_text(answer, list[i].row.template);
        projection_answer_integer(answer, (int64_t)(next - i));
        for (size_t status = 0; status < STATUSES; status++)
            projection_answer_integer(answer, counts[status]);
    }
}

static enum ledger_err read_status(struct documents *documents, const char *text) {
    documents->status = text ? 0 : STATUSES;
    while (text && documents->status < STATUSES &&
           strcmp(text, status_texts[documents->status]) != 0)
        documents->status++;
    if (!text || documents->status < STATUSES)
        return LEDGER_E_OK;
    return ledger_fail(documents->error, LEDGER_E_INVALID_VALUE, "status",
                       "%.60s is none of issued, sent, signed, superseded and voided", text);
}

enum ledger_err documents_answer(struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct projection_answer *answer, struct ledger_error *error) {
    struct documents documents = {
        .view = view,
        .arena = projection_view_arena(view),
        .client = projection_view_client(view, projection_argument(arguments, "client")),
        .template = projection_argument(arguments, "template"),
        .deal = projection_argument(arguments, "deal"),
        .error = error};
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_period(arguments, &documents.period, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = read_status(&documents, projection_argument(arguments, "status"));
    if (!err)
        err = read_all(&documents);
    if (err)
        return err;
    if (documents.count)
        qsort(documents.list, documents.count, sizeof *documents.list, latest_first);
    projection_answer_table(answer, "documents", "Documents, latest first",
                            PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < documents.count; i++)
        answer_document(view, answer, &documents.list[i]);
    answer_totals(&documents, answer);
    flags_answer(answer, &documents.flags);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
