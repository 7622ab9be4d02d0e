#include "documents.h"

#include <string.h>

#include "outreach.h"
#include "runtime/histories.h"

enum { SHA256_SIZE = 32 };

const char *const document_status_texts[DOCUMENT_STATUSES] = {"issued", "sent", "signed",
                                                              "superseded", "voided"};

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
static void take_issue(struct documents *documents, struct document *document,
                       const struct projection_statement *at, const struct document_row *row) {
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
                        const struct projection_statement *at, const struct document_row *row) {
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

static void fold(struct documents *documents, const struct projection_history *history,
                 struct document *document) {
    *document = (struct document){.id = history->id,
                                  .issued = ledger_moment_unknown(),
                                  .position = history->list[0].position};
    for (size_t i = 0; i < history->count; i++) {
        const struct projection_statement *at = &history->list[i];
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
           (documents->status == DOCUMENT_STATUSES || documents->status == document->status) &&
           projection_period_holds(&documents->period, &document->issued);
}

enum ledger_err documents_read(struct documents *documents) {
    struct projection_histories histories;
    const char *const *ids;
    size_t ids_count = documents->client
                           ? projection_view_client_ids(documents->view, documents->client, &ids)
                           : 0;
    enum ledger_err err = LEDGER_E_OK;
    if (documents->client)
        err = projection_histories_under(&histories, documents->view, DOCUMENTS, false,
                                         CLIENT_DOCUMENTS, ids, ids_count, documents->error);
    else
        projection_histories_all(&histories, documents->view, DOCUMENTS, false);
    for (;;) {
        const struct projection_history *history = NULL;
        struct document document;
        if (!err)
            err = projection_histories_next(&histories, &history, documents->error);
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
