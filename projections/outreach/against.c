// Contacts that we began against what the person had asked for, or had refused.
#include <string.h>

#include "consents.h"
#include "contacts.h"
#include "flags.h"
#include "preference.h"
#include "words.h"

static const struct projection_column contact_columns[] = {
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
    {"contact", "Interaction or visit", PROJECTION_ID, .detail = true},
    {"visit", "Visit", PROJECTION_FLAG},
    {"occurred", "When", PROJECTION_TEXT},
    {"actor", "By", PROJECTION_ID},
    {"actor_name", "By, name", PROJECTION_TEXT},
    {"person", "Person", PROJECTION_ID},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"channel", "Channel", PROJECTION_TEXT},
    {"automatic", "Sent by a machine", PROJECTION_FLAG},
    {"against_channel", "Channel not wished", PROJECTION_FLAG},
    {"against_hour", "Hour not wished", PROJECTION_FLAG},
    {"no_consent", "Consent refused", PROJECTION_FLAG},
};
static const struct projection_column total_columns[] = {
    {"contacts", "Contacts begun by us with a named person", PROJECTION_INTEGER},
    {"against", "Of these, against a wish or a refusal", PROJECTION_INTEGER},
    {"share", "Share", PROJECTION_RATIO},
    {"against_channel", "Channel not wished", PROJECTION_INTEGER},
    {"against_hour", "Hour not wished", PROJECTION_INTEGER},
    {"no_consent", "Consent refused", PROJECTION_INTEGER},
    {"consent_unknown", "Consent not known", PROJECTION_INTEGER},
    {"wish_unclear", "Wish recorded that cannot be read", PROJECTION_INTEGER},
    {"hour_unknown", "Hour of the contact not known", PROJECTION_INTEGER},
};

struct verdict {
    bool channel, hour, consent_refused; // against what was in force
    bool consent_unknown, wish_unclear, hour_unknown;
};

struct sums {
    uint64_t contacts, against, channel, hour, refused, consent_unknown, wish_unclear, hour_unknown;
    uint64_t without_person, without_direction;
};

// ---- judging
// Minutes after midnight, by the clock of the place.
static int local_minute(const struct ledger_moment *when) {
    int64_t micros = when->micros + (int64_t)when->offset_minutes * 60 * 1000000;
    return (int)((micros - (int64_t)when->day * LEDGER_MICROS_PER_DAY) / 60000000);
}

static void judge_channel(struct verdict *verdict, const struct wishes *wishes,
                          const struct contact *contact) {
    const struct preference_row *wish = preference_at(wishes, PREFERRED_CHANNEL, &contact->when);
    if (!wish)
        return;
    if (!wish->channels)
        verdict->wish_unclear = true;
    else if (channel_name(contact->row.channel))
        verdict->channel = !(wish->channels >> contact->row.channel & 1);
}

static void judge_hour(struct verdict *verdict, const struct wishes *wishes,
                       const struct contact *contact) {
    const struct preference_row *wish = preference_at(wishes, PREFERRED_HOUR, &contact->when);
    if (!wish)
        return;
    if (!wish->hours)
        verdict->wish_unclear = true;
    else if (contact->when.when != LEDGER_WHEN_INSTANT)
        verdict->hour_unknown = true;
    else
        verdict->hour = !preference_hour_is_in(wish->hours, local_minute(&contact->when));
}

static enum ledger_err judge(struct verdict *verdict, struct projection_view *view,
                             struct wishes *wishes, const struct contact *contact,
                             struct ledger_error *error) {
    *verdict = (struct verdict){0};
    enum ledger_err err = wishes_read(wishes, view, contact->row.person, true, error);
    if (err)
        return err;
    enum consent consent = consent_in_force(wishes, contact->row.channel, &contact->when);
    verdict->consent_refused = consent == CONSENT_REFUSED;
    verdict->consent_unknown = consent == CONSENT_NOT_KNOWN;
    judge_channel(verdict, wishes, contact);
    judge_hour(verdict, wishes, contact);
    return LEDGER_E_OK;
}

// ---- counting
static bool is_assessed(struct sums *sums, const struct contact *contact) {
    const char *direction = direction_name(contact->row.direction);
    sums->without_direction += !direction;
    if (!direction || strcmp(direction, "outbound") != 0)
        return false;
    sums->without_person += !contact->row.person;
    return contact->row.person;
}

static bool is_against(struct sums *sums, const struct verdict *verdict) {
    bool against = verdict->channel || verdict->hour || verdict->consent_refused;
    sums->contacts++;
    sums->against += against;
    sums->channel += verdict->channel;
    sums->hour += verdict->hour;
    sums->refused += verdict->consent_refused;
    sums->consent_unknown += verdict->consent_unknown;
    sums->wish_unclear += verdict->wish_unclear;
    sums->hour_unknown += verdict->hour_unknown;
    return against;
}

// ---- the answer
static void answer_contact(struct projection_view *view, struct projection_answer *answer,
                           const struct contact *contact, const struct verdict *verdict) {
    projection_answer_integer(answer, (int64_t)contact->position);
    projection_answer_text(answer, contact->id);
    projection_answer_flag(answer, contact->visit);
    projection_answer_moment(answer, &contact->when);
    projection_answer_text(answer, contact->row.actor);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, contact->row.actor));
    projection_answer_text(answer, contact->row.person);
    projection_answer_text(answer, contact->client);
    projection_answer_text(answer, projection_name(view, CLIENTS, contact->client));
    projection_answer_text(answer, channel_name(contact->row.channel));
    projection_answer_flag(answer, contact->row.automatic);
    projection_answer_flag(answer, verdict->channel);
    projection_answer_flag(answer, verdict->hour);
    projection_answer_flag(answer, verdict->consent_refused);
}

static void answer_sums(struct projection_answer *answer, const struct sums *sums) {
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)sums->contacts);
    projection_answer_integer(answer, (int64_t)sums->against);
    projection_answer_ratio(answer, sums->against, sums->contacts);
    projection_answer_integer(answer, (int64_t)sums->channel);
    projection_answer_integer(answer, (int64_t)sums->hour);
    projection_answer_integer(answer, (int64_t)sums->refused);
    projection_answer_integer(answer, (int64_t)sums->consent_unknown);
    projection_answer_integer(answer, (int64_t)sums->wish_unclear);
    projection_answer_integer(answer, (int64_t)sums->hour_unknown);
    if (sums->without_person)
        projection_answer_note(answer, "%s no person and cannot be assessed.",
                               projection_count(answer, sums->without_person,
                                                "contact begun by us names",
                                                "contacts begun by us name"));
    if (sums->without_direction)
        projection_answer_note(
            answer, "Of %s it is not said who began; not assessed.",
            projection_count(answer, sums->without_direction, "interaction", "interactions"));
}

enum ledger_err against_preference_answer(struct projection_view *view,
                                          const struct projection_arguments *arguments,
                                          struct projection_answer *answer,
                                          struct ledger_error *error) {
    struct contacts contacts;
    struct wishes wishes = {0};
    struct sums sums = {0};
    struct flags flags = {0};
    const struct contact *contact = NULL;
    uint64_t limit = 0;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = contacts_begin(&contacts, view, arguments, true, error);
    if (err)
        return err;
    projection_answer_table(answer, "contacts", "Contacts against a wish or a refusal",
                            PROJECTION_COLUMNS(contact_columns));
    projection_answer_limit(answer, limit);
    while (!err) {
        struct verdict verdict;
        err = contacts_next(&contacts, &contact, error);
        if (err || !contact)
            break;
        if (!is_assessed(&sums, contact))
            continue;
        err = judge(&verdict, view, &wishes, contact, error);
        if (!err && is_against(&sums, &verdict))
            answer_contact(view, answer, contact, &verdict);
    }
    if (err)
        return err;
    answer_sums(answer, &sums);
    flags.counts[INTERACTION_LOGGED_TWICE] = contacts.repeated;
    flags.counts[VISIT_REPORTED_TWICE] = contacts.repeated_visits;
    flags_answer(answer, &flags);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
