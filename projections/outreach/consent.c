// One person's consents: where they stand by channel, and how they came to be so.
#include "consents.h"
#include "words.h"

static const struct projection_column state_columns[] = {
    {"channel", "Channel", PROJECTION_TEXT},
    {"consent", "Consent", PROJECTION_TEXT},
    {"since", "Since", PROJECTION_TEXT},
    {"for_all", "Stated for all channels", PROJECTION_FLAG},
    {"basis", "Basis", PROJECTION_TEXT},
};
static const struct projection_column change_columns[] = {
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"channel", "Channel", PROJECTION_TEXT},
    {"consent", "Consent", PROJECTION_TEXT},
    {"basis", "Basis", PROJECTION_TEXT},
    {"actor", "Recorded by", PROJECTION_ID},
    {"actor_name", "Recorded by, name", PROJECTION_TEXT},
};

static enum consent stated(const struct consent_statement *consent) {
    return consent->row.given ? CONSENT_GIVEN : CONSENT_REFUSED;
}

static void answer_states(struct projection_answer *answer, const struct wishes *wishes) {
    const struct ledger_moment last = ledger_moment_date(LEDGER_DAY_MAX);
    projection_answer_table(answer, "channels", "Consent by channel",
                            PROJECTION_COLUMNS(state_columns));
    for (int64_t channel = 1; channel <= CHANNELS; channel++) {
        const struct consent_statement *consent = consent_at(wishes, channel, &last);
        if (!consent)
            continue;
        projection_answer_text(answer, channel_name(channel));
        projection_answer_text(answer, consent_name(stated(consent)));
        projection_answer_moment(answer, &consent->at.occurred);
        projection_answer_flag(answer, !consent->row.channel);
        projection_answer_text(answer, consent->row.basis);
    }
}

static uint64_t answer_changes(struct projection_view *view, struct projection_answer *answer,
                               const struct wishes *wishes) {
    uint64_t unknown_time = 0;
    projection_answer_table(answer, "changes", "Changes", PROJECTION_COLUMNS(change_columns));
    for (size_t i = 0; i < wishes->consent_count; i++) {
        const struct consent_statement *consent = &wishes->consents[i];
        unknown_time += consent->at.occurred.when == LEDGER_WHEN_UNKNOWN;
        projection_answer_integer(answer, (int64_t)consent->at.position);
        projection_answer_moment(answer, &consent->at.occurred);
        projection_answer_text(answer,
                               consent->row.channel ? channel_name(consent->row.channel) : "all");
        projection_answer_text(answer, consent_name(stated(consent)));
        projection_answer_text(answer, consent->row.basis);
        projection_answer_text(answer, consent->row.actor);
        projection_answer_text(answer, projection_name(view, EMPLOYEES, consent->row.actor));
    }
    return unknown_time;
}

enum ledger_err consent_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    struct wishes wishes = {0};
    enum ledger_err err =
        wishes_read(&wishes, view, projection_argument(arguments, "person"), false, error);
    if (err)
        return err;
    answer_states(answer, &wishes);
    uint64_t unknown_time = answer_changes(view, answer, &wishes);
    projection_answer_note(answer,
                           "Of channels that are not listed, no consent or refusal is known.");
    if (unknown_time)
        projection_answer_note(
            answer, "%s no known time, and so is taken to come before all others.",
            projection_count(answer, unknown_time, "change has", "changes have"));
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
