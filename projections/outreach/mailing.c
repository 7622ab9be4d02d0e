#include "mailing.h"

#include <string.h>

#include "facts/v1/communication.pb-c.h"
#include "sets.h"

enum {
    DELIVERED = FACTS__V1__MAILING_RESPONDED__KIND__DELIVERED,
    OPENED = FACTS__V1__MAILING_RESPONDED__KIND__OPENED,
    CLICKED = FACTS__V1__MAILING_RESPONDED__KIND__CLICKED,
    BOUNCED = FACTS__V1__MAILING_RESPONDED__KIND__BOUNCED,
    UNSUBSCRIBED = FACTS__V1__MAILING_RESPONDED__KIND__UNSUBSCRIBED,
};
static_assert(UNSUBSCRIBED == RESPONSE_KINDS - 1, "a place for each kind");

struct reading {
    struct mailing *mailing;
    struct projection_view *view;
    struct flags *flags;
    struct projection_ids people; // by kind
    struct projection_ids named;  // those whose consent is asked for
};

// ---- people
static bool count_response(struct reading *reading, const struct projection_row *row) {
    static const char *const kinds[RESPONSE_KINDS] = {"0", "1", "2", "3", "4", "5"};
    struct mailing *mailing = reading->mailing;
    struct response_row response;
    size_t number;
    bool fresh;
    outreach_row_read(RESPONSE_ROW, row->value, &response);
    bool both_known =
        row->occurred.when != LEDGER_WHEN_UNKNOWN && mailing->occurred.when != LEDGER_WHEN_UNKNOWN;
    reading->flags->counts[RESPONSE_BEFORE_SENDING] +=
        both_known && row->occurred.micros < mailing->occurred.micros;
    const char *who =
        projection_view_client(reading->view, response.person ? response.person : response.client);
    size_t kind = response.kind > 0 && response.kind < RESPONSE_KINDS ? (size_t)response.kind : 0;
    if (!who) {
        mailing->figures.unnamed++;
        return true;
    }
    if (!set_add(&reading->people, &number, &fresh, kinds[kind], who, NULL))
        return false;
    mailing->figures.people[kind] += fresh;
    if (fresh && (kind == DELIVERED || kind == BOUNCED)) {
        const char *other = ledger_arena_printf(reading->people.arena, "%s\x1f%s\x1f",
                                                kinds[DELIVERED + BOUNCED - kind], who);
        if (!other)
            return false;
        reading->flags->counts[DELIVERED_AND_BOUNCED] +=
            projection_ids_find(&reading->people, other) != PROJECTION_ID_NONE;
    }
    return !response.person || projection_ids_add(&reading->named, who) != PROJECTION_ID_NONE;
}

static bool read_responses(struct reading *reading) {
    struct projection_key prefix = {0};
    struct projection_row row;
    projection_key_text(&prefix, reading->mailing->id);
    struct projection_cursor *cursor = projection_scan(reading->view, RESPONSES, &prefix, false);
    while (projection_next(cursor, &row))
        if (!count_response(reading, &row))
            return false;
    projection_scan_end(cursor);
    return true;
}

// People that the sending itself names. The rows are those of every sending of the mailing.
static bool read_recipients(struct reading *reading) {
    struct projection_key prefix = {0};
    struct projection_row row;
    struct ledger_span mailing, person;
    projection_key_text(&prefix, reading->mailing->id);
    struct projection_cursor *cursor = projection_scan(reading->view, RECIPIENTS, &prefix, true);
    while (projection_next(cursor, &row))
        if (projection_key_read_text(&row.key, &mailing) &&
            projection_key_read_text(&row.key, &person) &&
            projection_ids_add(&reading->named,
                               projection_view_client(reading->view, (const char *)person.data)) ==
                PROJECTION_ID_NONE)
            return false;
    projection_scan_end(cursor);
    return true;
}

static enum ledger_err ask_consents(struct reading *reading, struct wishes *wishes,
                                    struct ledger_error *error) {
    struct mailing *mailing = reading->mailing;
    for (size_t i = 0; i < reading->named.count; i++) {
        enum ledger_err err =
            wishes_read(wishes, reading->view, reading->named.texts[i], false, error);
        if (err)
            return err;
        mailing->figures
            .consents[consent_in_force(wishes, mailing->row.channel, &mailing->occurred)]++;
    }
    return LEDGER_E_OK;
}

enum ledger_err mailing_read(struct mailing *mailing, struct projection_view *view,
                             const struct projection_history *history, struct wishes *wishes,
                             struct flags *flags, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct reading reading = {.mailing = mailing,
                              .view = view,
                              .flags = flags,
                              .people = {.arena = arena},
                              .named = {.arena = arena}};
    *mailing = (struct mailing){.id = history->id, .occurred = history->list[0].occurred};
    outreach_row_read(MAILING_ROW, history->list[0].value, &mailing->row);
    mailing->figures.mailings = 1;
    mailing->figures.sent = (uint64_t)mailing->row.recipients;
    mailing->figures.without_sent = !mailing->row.has_recipients;
    flags->counts[MAILING_SENT_TWICE] += history->count - 1;
    if (!read_responses(&reading) || !read_recipients(&reading))
        return projection_no_memory(error);
    flags->counts[DELIVERED_MORE_THAN_SENT] +=
        mailing->row.has_recipients && mailing->figures.people[DELIVERED] > mailing->figures.sent;
    return ask_consents(&reading, wishes, error);
}

// ---- figures
void mailing_figures_add(struct mailing_figures *sum, const struct mailing_figures *figures) {
    sum->mailings += figures->mailings;
    sum->sent += figures->sent;
    sum->without_sent += figures->without_sent;
    for (size_t i = 0; i < RESPONSE_KINDS; i++)
        sum->people[i] += figures->people[i];
    sum->unnamed += figures->unnamed;
    for (size_t i = 0; i <= CONSENT_REFUSED; i++)
        sum->consents[i] += figures->consents[i];
}

void mailing_figures_answer(struct projection_answer *answer,
                            const struct mailing_figures *figures) {
    static const size_t counted[] = {DELIVERED, OPENED, CLICKED, BOUNCED, UNSUBSCRIBED};
    static const size_t of_sent[] = {DELIVERED, BOUNCED};
    static const size_t of_delivered[] = {OPENED, CLICKED, UNSUBSCRIBED};
    static const enum consent consents[] = {CONSENT_GIVEN, CONSENT_REFUSED, CONSENT_NOT_KNOWN};
    uint64_t known = figures->without_sent ? 0 : figures->sent;
    if (figures->without_sent && figures->without_sent == figures->mailings)
        projection_answer_none(answer);
    else
        projection_answer_integer(answer, (int64_t)figures->sent);
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
        projection_answer_integer(answer, (int64_t)figures->people[counted[i]]);
    for (size_t i = 0; i < sizeof of_sent / sizeof of_sent[0]; i++)
        projection_answer_ratio(answer, figures->people[of_sent[i]], known);
    for (size_t i = 0; i < sizeof of_delivered / sizeof of_delivered[0]; i++)
        projection_answer_ratio(answer, figures->people[of_delivered[i]],
                                figures->people[DELIVERED]);
    for (size_t i = 0; i < sizeof consents / sizeof consents[0]; i++)
        projection_answer_integer(answer, (int64_t)figures->consents[consents[i]]);
    projection_answer_integer(answer, (int64_t)figures->unnamed);
}
