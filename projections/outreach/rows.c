// The one place that says in which order a row's fields are stored.
#include "runtime/fields.h"

#include "outreach.h"

#define TEXT PROJECTION_TEXT_FIELD
#define NUMBER PROJECTION_NUMBER_FIELD

static const struct projection_shape shapes[] = {
    [ANSWER_ROW] = PROJECTION_SHAPE(TEXT(answer_row, survey), TEXT(answer_row, question),
                                    TEXT(answer_row, answer), TEXT(answer_row, client),
                                    TEXT(answer_row, person), TEXT(answer_row, actor)),
    [MAILING_ROW] =
        PROJECTION_SHAPE(TEXT(mailing_row, campaign), TEXT(mailing_row, currency),
                         NUMBER(mailing_row, channel), NUMBER(mailing_row, has_recipients),
                         NUMBER(mailing_row, recipients), NUMBER(mailing_row, cost_minor)),
    [RESPONSE_ROW] = PROJECTION_SHAPE(TEXT(response_row, person), TEXT(response_row, client),
                                      NUMBER(response_row, kind)),
    [INTERACTION_ROW] = PROJECTION_SHAPE(
        TEXT(interaction_row, client), TEXT(interaction_row, person), TEXT(interaction_row, actor),
        TEXT(interaction_row, outcome), NUMBER(interaction_row, channel),
        NUMBER(interaction_row, direction), NUMBER(interaction_row, automatic),
        NUMBER(interaction_row, has_seconds), NUMBER(interaction_row, seconds),
        NUMBER(interaction_row, has_started), NUMBER(interaction_row, started_micros),
        NUMBER(interaction_row, started_offset)),
    [CONSENT_ROW] = PROJECTION_SHAPE(TEXT(consent_row, basis), TEXT(consent_row, actor),
                                     NUMBER(consent_row, channel), NUMBER(consent_row, given)),
    [PREFERENCE_ROW] = PROJECTION_SHAPE(
        TEXT(preference_row, code), TEXT(preference_row, hours), NUMBER(preference_row, channels),
        NUMBER(preference_row, has_until), NUMBER(preference_row, until)),
    [NEED_ROW] = PROJECTION_SHAPE(
        TEXT(need_row, client), TEXT(need_row, code), TEXT(need_row, text), TEXT(need_row, product),
        TEXT(need_row, currency), NUMBER(need_row, met), NUMBER(need_row, has_packs),
        NUMBER(need_row, packs), NUMBER(need_row, minor)),
    [FEEDBACK_ROW] = PROJECTION_SHAPE(TEXT(feedback_row, client), TEXT(feedback_row, person),
                                      TEXT(feedback_row, topic), TEXT(feedback_row, ref),
                                      TEXT(feedback_row, actor), NUMBER(feedback_row, channel),
                                      NUMBER(feedback_row, sentiment)),
    [DECISION_ROW] = PROJECTION_SHAPE(TEXT(decision_row, decision_id), TEXT(decision_row, client),
                                      TEXT(decision_row, decision), TEXT(decision_row, reason),
                                      TEXT(decision_row, actor), NUMBER(decision_row, has_basis),
                                      NUMBER(decision_row, basis)),
    [DEAL_ROW] =
        PROJECTION_SHAPE(TEXT(deal_row, client), TEXT(deal_row, source), TEXT(deal_row, pipeline),
                         TEXT(deal_row, stage), TEXT(deal_row, currency), NUMBER(deal_row, kind),
                         NUMBER(deal_row, minor)),
    [DOCUMENT_ROW] = PROJECTION_SHAPE(
        TEXT(document_row, client), TEXT(document_row, deal), TEXT(document_row, template),
        TEXT(document_row, version), TEXT(document_row, sha256), TEXT(document_row, actor),
        NUMBER(document_row, status), NUMBER(document_row, has_inputs),
        NUMBER(document_row, inputs)),
};

void outreach_row_write(enum outreach_shape shape, const void *row, struct ledger_buffer *value) {
    projection_fields_write(&shapes[shape], row, value);
}

void outreach_row_read(enum outreach_shape shape, struct ledger_span value, void *row) {
    struct projection_reader reader = {value};
    projection_fields_read(&shapes[shape], &reader, row);
}
