// What each fact of a deal says of it.
#include <assert.h>

#include "facts/v1/deal.pb-c.h"
#include "map.h"
#include "runtime/amounts.h"

static void set_amount(struct deal_fact *fact, const Ledger__V1__Money *amount) {
    if (!amount)
        return;
    fact->has_amount = true;
    fact->minor = amount->minor;
    fact->currency = amount->currency;
}

static void set_closed_on(struct deal_fact *fact, const Ledger__V1__Date *date) {
    if (!date)
        return;
    fact->has_closed_on = true;
    fact->closed_on = date->days;
}

static void set_close_date(struct deal_fact *fact, const Ledger__V1__Date *date) {
    if (!date)
        return;
    fact->has_close_date = true;
    fact->close_date = date->days;
}

static void set_probability(struct deal_fact *fact, uint32_t probability_bp) {
    fact->has_probability = true;
    fact->probability_bp = (int32_t)probability_bp;
}

static void set_products(struct deal_fact *fact, char **ids, size_t count) {
    fact->products = (const char **)ids;
    fact->product_count = count;
}

static const char *read_opened(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealOpened *opened = (const Facts__V1__DealOpened *)payload;
    fact->kind = DEAL_OPENED;
    if (opened->client_id)
        fact->client = opened->client_id;
    fact->owner = opened->owner_id;
    fact->pipeline = opened->pipeline_id;
    fact->stage = opened->stage;
    set_products(fact, opened->product_ids, opened->n_product_ids);
    set_amount(fact, opened->amount);
    set_close_date(fact, opened->close_date);
    if (opened->has_probability_bp)
        set_probability(fact, opened->probability_bp);
    fact->source = opened->source;
    fact->enquiry = opened->enquiry_id;
    return opened->deal_id;
}

static const char *read_stage(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealStageChanged *change = (const Facts__V1__DealStageChanged *)payload;
    fact->kind = DEAL_STAGE_CHANGED;
    fact->pipeline = change->pipeline_to;
    fact->stage = change->to;
    fact->from_pipeline = change->pipeline_from;
    fact->from_stage = change->from;
    return change->deal_id;
}

static const char *read_terms(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealTermsChanged *change = (const Facts__V1__DealTermsChanged *)payload;
    const Facts__V1__DealTermsChanged__Terms *terms = change->new_;
    fact->kind = DEAL_TERMS_CHANGED;
    switch (change->field) {
    case FACTS__V1__DEAL_TERMS_CHANGED__FIELD__AMOUNT:
        fact->kind = DEAL_AMOUNT_CHANGED;
        set_amount(fact, terms ? terms->amount : NULL);
        break;
    case FACTS__V1__DEAL_TERMS_CHANGED__FIELD__CLOSE_DATE:
        fact->kind = DEAL_CLOSE_DATE_CHANGED;
        set_close_date(fact, terms ? terms->close_date : NULL);
        fact->has_old_close_date = change->old && change->old->close_date;
        if (fact->has_old_close_date)
            fact->old_close_date = change->old->close_date->days;
        break;
    case FACTS__V1__DEAL_TERMS_CHANGED__FIELD__PROBABILITY:
        fact->kind = DEAL_PROBABILITY_CHANGED;
        if (terms && terms->has_probability_bp)
            set_probability(fact, terms->probability_bp);
        break;
    case FACTS__V1__DEAL_TERMS_CHANGED__FIELD__PRODUCTS:
        fact->kind = DEAL_PRODUCTS_CHANGED;
        if (terms)
            set_products(fact, terms->product_ids, terms->n_product_ids);
        break;
    case FACTS__V1__DEAL_TERMS_CHANGED__FIELD__FIELD_UNSPECIFIED:
    case _FACTS__V1__DEAL_TERMS_CHANGED__FIELD_IS_INT_SIZE:
        break;
    }
    return change->deal_id;
}

static const char *read_reassigned(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealReassigned *change = (const Facts__V1__DealReassigned *)payload;
    fact->kind = DEAL_REASSIGNED;
    fact->owner = change->to_employee;
    return change->deal_id;
}

static const char *read_won(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealWon *won = (const Facts__V1__DealWon *)payload;
    fact->kind = DEAL_WON;
    fact->reason = won->success_factor;
    set_amount(fact, won->amount);
    set_closed_on(fact, won->closed_on);
    return won->deal_id;
}

static const char *read_lost(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealLost *lost = (const Facts__V1__DealLost *)payload;
    fact->kind = DEAL_LOST;
    fact->reason = lost->reason_code;
    fact->competitor = lost->competitor;
    fact->detail = lost->detail;
    set_closed_on(fact, lost->closed_on);
    return lost->deal_id;
}

static const char *read_reopened(const ProtobufCMessage *payload, struct deal_fact *fact) {
    const Facts__V1__DealReopened *reopened = (const Facts__V1__DealReopened *)payload;
    fact->kind = DEAL_REOPENED;
    fact->stage = reopened->to_stage;
    fact->reason = reopened->reason;
    return reopened->deal_id;
}

// Each fills in what its fact says, and returns the deal's id.
static const struct {
    enum ledger_fact fact;
    const char *(*read)(const ProtobufCMessage *payload, struct deal_fact *fact);
} deal_readers[] = {
    {LEDGER_FACT_DealOpened, read_opened},         {LEDGER_FACT_DealStageChanged, read_stage},
    {LEDGER_FACT_DealTermsChanged, read_terms},    {LEDGER_FACT_DealWon, read_won},
    {LEDGER_FACT_DealReassigned, read_reassigned}, {LEDGER_FACT_DealLost, read_lost},
    {LEDGER_FACT_DealReopened, read_reopened},
};

// An opening that names an enquiry is also found under the enquiry.
static void put_enquiry_deal(struct projection_rows *rows, const char *enquiry, const char *deal) {
    struct projection_key key = {0};
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_key_text(&key, enquiry);
    projection_value_text(value, deal);
    projection_rows_put(rows, ENQUIRY_DEALS, &key, ledger_buffer_span(value));
}

enum ledger_err map_deal(const struct projection_fact *fact, struct projection_rows *rows,
                         struct ledger_error *error) {
    const size_t count = sizeof deal_readers / sizeof deal_readers[0];
    size_t reader = 0;
    while (reader < count && deal_readers[reader].fact != fact->type->fact)
        reader++;
    assert(reader < count); // fold.c names the same types
    struct deal_fact deal = {.actor = fact->record->event->actor,
                             .client = projection_subject(fact->record, "client"),
                             .territory = fact->record->event->territory};
    const char *id = deal_readers[reader].read(fact->payload, &deal);
    if (!id)
        return map_missing(error, "payload.deal_id", "the fact names no deal");
    if (deal.has_amount && !deal.currency)
        return map_missing(error, "payload.amount.currency", "the amount has no currency");
    enum ledger_err err = projection_check_minor(deal.minor, "payload.amount.minor", error);
    if (err)
        return err;
    deal_fact_put(rows, id, &deal);
    if (deal.enquiry)
        put_enquiry_deal(rows, deal.enquiry, id);
    return LEDGER_E_OK;
}
