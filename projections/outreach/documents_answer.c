// The query `documents`: each document with the status that it has, and how many of each template.
#include <stdlib.h>
#include <string.h>

#include "documents.h"

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

// Unknown times last.
static int latest_first(const void *a, const void *b) {
    const struct document *left = a;
    const struct document *right = b;
    return projection_fact_order(&right->issued, right->position, &left->issued, left->position);
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
    projection_answer_text(answer, document_status_texts[document->status]);
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
static void answer_totals(struct documents *documents, struct projection_answer *answer,
                          uint64_t limit) {
    const struct document *list = documents->list;
    if (documents->count)
        qsort(documents->list, documents->count, sizeof *documents->list, by_template);
    projection_answer_table(answer, "templates", "By template and status",
                            PROJECTION_COLUMNS(total_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0, next; i < documents->count; i = next) {
        int64_t counts[DOCUMENT_STATUSES] = {0};
        for (next = i; next < documents->count && by_template(&list[i], &list[next]) == 0; next++)
            counts[list[next].status]++;
        projection_answer_text(answer, list[i].row.template);
        projection_answer_integer(answer, (int64_t)(next - i));
        for (size_t status = 0; status < DOCUMENT_STATUSES; status++)
            projection_answer_integer(answer, counts[status]);
    }
}

static enum ledger_err read_status(struct documents *documents, const char *text) {
    documents->status = text ? 0 : DOCUMENT_STATUSES;
    while (text && documents->status < DOCUMENT_STATUSES &&
           strcmp(text, document_status_texts[documents->status]) != 0)
        documents->status++;
    if (!text || documents->status < DOCUMENT_STATUSES)
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
    enum ledger_err err = projection_argument_period(arguments, &documents.period, error);
    if (!err)
        err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = read_status(&documents, projection_argument(arguments, "status"));
    if (!err)
        err = documents_read(&documents);
    if (err)
        return err;
    if (documents.count)
        qsort(documents.list, documents.count, sizeof *documents.list, latest_first);
    projection_answer_table(answer, "documents", "Documents, latest first",
                            PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < documents.count; i++)
        answer_document(view, answer, &documents.list[i]);
    answer_totals(&documents, answer, limit);
    flags_answer(answer, &documents.flags);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
