// The one place that says in which order a row's fields are stored.
#include <stddef.h>
#include <string.h>

#include "outreach.h"

struct field {
    bool text; // else a number
    size_t offset;
};
#define TEXT(row, name)                                                                            \
    { true, offsetof(struct row, name) }
#define NUMBER(row, name)                                                                          \
    { false, offsetof(struct row, name) }
enum { FIELDS_MAX = 13 }; // one more than any row has: the last has no offset and ends it
#define END                                                                                        \
    { false, SIZE_MAX }

static const struct field shapes[][FIELDS_MAX] = {
    [ANSWER_ROW] = {TEXT(answer_row, survey), TEXT(answer_row, question), TEXT(answer_row, answer),
                    TEXT(answer_row, client), TEXT(answer_row, person), TEXT(answer_row, actor),
                    END},
    [MAILING_ROW] = {TEXT(mailing_row, campaign), TEXT(mailing_row, currency),
                     NUMBER(mailing_row, channel), NUMBER(mailing_row, has_recipients),
                     NUMBER(mailing_row, recipients), NUMBER(mailing_row, cost_minor), END},
    [RESPONSE_ROW] = {TEXT(response_row, person), TEXT(response_row, client),
                      NUMBER(response_row, kind), END},
    [INTERACTION_ROW] = {TEXT(interaction_row, client), TEXT(interaction_row, person),
                         TEXT(interaction_row, actor), TEXT(interaction_row, outcome),
                         NUMBER(interaction_row, channel), NUMBER(interaction_row, direction),
                         NUMBER(interaction_row, automatic), NUMBER(interaction_row, has_seconds),
                         NUMBER(interaction_row, seconds), NUMBER(interaction_row, has_started),
                         NUMBER(interaction_row, started_micros),
                         NUMBER(interaction_row, started_offset), END},
    [CONSENT_ROW] = {TEXT(consent_row, basis), TEXT(consent_row, actor),
                     NUMBER(consent_row, channel), NUMBER(consent_row, given), END},
    [PREFERENCE_ROW] = {TEXT(preference_row, code), TEXT(preference_row, hours),
                        NUMBER(preference_row, channels), NUMBER(preference_row, has_until),
                        NUMBER(preference_row, until), END},
    [NEED_ROW] = {TEXT(need_row, client), TEXT(need_row, code), TEXT(need_row, text),
                  TEXT(need_row, product), TEXT(need_row, currency), NUMBER(need_row, met),
                  NUMBER(need_row, has_packs), NUMBER(need_row, packs), NUMBER(need_row, minor),
                  END},
    [FEEDBACK_ROW] = {TEXT(feedback_row, client), TEXT(feedback_row, person),
                      TEXT(feedback_row, topic), TEXT(feedback_row, ref), TEXT(feedback_row, actor),
                      NUMBER(feedback_row, channel), NUMBER(feedback_row, sentiment), END},
    [DECISION_ROW] = {TEXT(decision_row, decision_id), TEXT(decision_row, client),
                      TEXT(decision_row, decision), TEXT(decision_row, reason),
                      TEXT(decision_row, actor), NUMBER(decision_row, has_basis),
                      NUMBER(decision_row, basis), END},
    [DEAL_ROW] = {TEXT(deal_row, client), TEXT(deal_row, source), TEXT(deal_row, pipeline),
                  TEXT(deal_row, stage), TEXT(deal_row, currency), NUMBER(deal_row, kind),
                  NUMBER(deal_row, minor), END},
    [DOCUMENT_ROW] = {TEXT(document_row, client), TEXT(document_row, deal),
                      TEXT(document_row, template), TEXT(document_row, version),
                      TEXT(document_row, sha256), TEXT(document_row, actor),
                      NUMBER(document_row, status), NUMBER(document_row, has_inputs),
                      NUMBER(document_row, inputs), END},
};

void outreach_row_write(enum outreach_shape shape, const void *row, struct ledger_buffer *value) {
    for (const struct field *field = shapes[shape]; field->offset != SIZE_MAX; field++) {
        const uint8_t *at = (const uint8_t *)row + field->offset;
        if (field->text) {
            const char *text;
            memcpy(&text, at, sizeof text);
            projection_value_text(value, text);
        } else {
            int64_t number;
            memcpy(&number, at, sizeof number);
            projection_value_number(value, number);
        }
    }
}

void outreach_row_read(enum outreach_shape shape, struct ledger_span value, void *row) {
    struct projection_reader reader = {value};
    for (const struct field *field = shapes[shape]; field->offset != SIZE_MAX; field++) {
        uint8_t *at = (uint8_t *)row + field->offset;
        if (field->text) {
            const char *text = projection_read_text(&reader);
            memcpy(at, &text, sizeof text);
        } else {
            int64_t number = projection_read_number(&reader);
            memcpy(at, &number, sizeof number);
        }
    }
}
