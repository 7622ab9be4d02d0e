// What was said, asked, sent and answered: contacts, surveys, mailings, consents, needs, feedback,
// the decisions taken on them, and documents.
#ifndef OUTREACH_H
#define OUTREACH_H

#include "runtime/months.h"
#include "runtime/order.h"
#include "runtime/queries.h"

enum outreach_table {
    ANSWERS = 1,         // key: client id ("" = none); value: struct answer_row
    SURVEY_ANSWERS,      // key: survey id; value: struct answer_row
    MAILINGS,            // key: mailing id; value: struct mailing_row
    CAMPAIGN_MAILINGS,   // key: campaign id, mailing id; no value
    SURVEY_MAILINGS,     // key: survey id, id of a mailing that carried it; no value
    RECIPIENTS,          // key: mailing id, id of a person whom the sending names; no value
    RESPONSES,           // key: mailing id; value: struct response_row
    INTERACTIONS,        // key: interaction id; value: struct interaction_row
    ACTOR_INTERACTIONS,  // key: actor, interaction id; no value
    CLIENT_INTERACTIONS, // key: client id, interaction id; no value
    VISITS,              // key: visit id; value: struct interaction_row
    ACTOR_VISITS,        // key: actor, visit id; no value
    CLIENT_VISITS,       // key: client id, visit id; no value
    CONSENTS,            // key: person id; value: struct consent_row
    PREFERENCES,         // key: person id; value: struct preference_row
    NEEDS,               // key: need id; value: struct need_row
    CLIENT_NEEDS,        // key: client id, need id; no value
    FEEDBACK,            // key: client id; value: struct feedback_row
    DECISIONS,           // key: client id ("" = none); value: struct decision_row
    DEAL_FACTS,          // key: deal id; value: struct deal_row
    CAMPAIGN_DEALS,      // key: source of the deal, deal id; no value
    PIPELINES, // key: pipeline id; value: number of stages; of each its id and enum stage_end
    EMPLOYEES, // key: employee id; value: name
    CLIENTS,   // key: client id; value: name
    PRODUCTS,  // key: product id; value: name
    DOCUMENTS, // key: document id; value: struct document_row
    CLIENT_DOCUMENTS, // key: client id, document id; no value
};

// Rows are texts (NULL = not said) and numbers; see rows.c. Enumerations are those of the facts,
// 0 = not said.
struct answer_row {
    const char *survey, *question, *answer, *client, *person, *actor;
};
struct mailing_row {
    const char *campaign, *currency; // NULL = no cost is known
    int64_t channel, has_recipients, recipients, cost_minor;
};
struct response_row {
    const char *person, *client;
    int64_t kind;
};
struct interaction_row {
    const char *client, *person, *actor, *outcome;
    int64_t channel, direction, automatic, has_seconds, seconds;
    int64_t has_started, started_micros, started_offset; // UTC; minutes
};
struct consent_row {
    const char *basis, *actor;
    int64_t channel; // 0 = all
    int64_t given;
};
struct preference_row {
    const char *code;
    const char *hours; // code "hour": see preference.h; NULL = not understood
    int64_t channels;  // code "channel": bit n = channel n is welcome; 0 = not understood
    int64_t has_until, until;
};
struct need_row {
    const char *client, *code, *text, *product, *currency; // currency NULL = no value is known
    int64_t met, has_packs, packs, minor;
};
struct feedback_row {
    const char *client, *person, *topic, *ref, *actor;
    int64_t channel, sentiment;
};
struct decision_row {
    const char *decision_id, *client, *decision, *reason, *actor;
    int64_t has_basis, basis;
};
struct document_row {
    const char *client, *deal, *template, *version, *sha256, *actor;
    int64_t status; // DOCUMENT_ISSUED, or as Facts.V1.DocumentStatusChanged.Status
    int64_t has_inputs, inputs;
};
enum { DOCUMENT_ISSUED = -1 };
enum deal_fact_kind {
    DEAL_OPENED = 1,
    DEAL_MOVED,
    DEAL_AMOUNT,
    DEAL_OTHER,
    DEAL_WON,
    DEAL_LOST,
    DEAL_REOPENED
};
struct deal_row {
    const char *client, *source, *pipeline, *stage, *currency; // currency NULL = no amount
    int64_t kind, minor;
};

enum stage_end { STAGE_OPEN, STAGE_WON, STAGE_LOST };

enum outreach_shape {
    ANSWER_ROW,
    MAILING_ROW,
    RESPONSE_ROW,
    INTERACTION_ROW,
    CONSENT_ROW,
    PREFERENCE_ROW,
    NEED_ROW,
    FEEDBACK_ROW,
    DECISION_ROW,
    DEAL_ROW,
    DOCUMENT_ROW,
};
// `row` is the struct that the shape is of.
void outreach_row_write(enum outreach_shape shape, const void *row, struct ledger_buffer *value);
// Texts point into the value.
void outreach_row_read(enum outreach_shape shape, struct ledger_span value, void *row);

// The fold.
enum { OUTREACH_TYPES = 22 };
extern const enum ledger_fact outreach_types[OUTREACH_TYPES];
enum ledger_err outreach_map(const struct projection_fact *fact, struct projection_rows *rows,
                             struct ledger_error *error);

extern const struct projection outreach;

typedef enum ledger_err outreach_query(struct projection_view *view,
                                       const struct projection_arguments *arguments,
                                       struct projection_answer *answer,
                                       struct ledger_error *error);
outreach_query answers_answer, asked_again_answer, survey_answer, mailings_answer,
    interactions_answer, against_preference_answer, consent_answer, needs_answer, feedback_answer,
    decisions_answer, documents_answer;

// Notes the client, employee, person, survey, mailing and campaign that were asked for, if nothing
// is known of them.
void note_unknown_ids(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer);

#endif
