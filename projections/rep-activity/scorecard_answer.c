// The scorecard: what each representative did, and how much of what they were to reach that
// reached.
#include <stdlib.h>
#include <string.h>

#include "scorecard.h"

static const struct projection_column rep_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"contacts", "Contacts", PROJECTION_INTEGER},
    {"visits", "Visits reported", PROJECTION_INTEGER, .detail = true},
    {"clients_reached", "Clients reached", PROJECTION_INTEGER, .detail = true},
    {"coverage", "Coverage", PROJECTION_RATIO},
    {"contacts_per_client", "Contacts per client", PROJECTION_RATIO},
    {"field_days", "Field days", PROJECTION_INTEGER},
    {"contacts_per_field_day", "Contacts a field day", PROJECTION_RATIO},
    {"delay_median_hours", "Entry delay, median hours", PROJECTION_RATIO, .detail = true},
    {"delay_over_24h", "Entered after 24 h", PROJECTION_RATIO, .detail = true},
    {"delay_assessed", "Delays assessed", PROJECTION_INTEGER, .detail = true},
    {"visits_unknown_time", "Visits at an unknown time", PROJECTION_INTEGER, .detail = true},
    {"interactions", "Interactions", PROJECTION_INTEGER, .detail = true},
    {"targets", "Clients to reach", PROJECTION_INTEGER, .detail = true},
    {"on_target_share", "On-target share", PROJECTION_RATIO, .detail = true},
    {"frequency_compliance", "Frequency compliance", PROJECTION_RATIO, .detail = true},
    {"days_since", "Days since the last visit", PROJECTION_INTEGER, .detail = true},
    {"new_client_visits", "First visits of clients", PROJECTION_INTEGER, .detail = true},
    {"visit_hours", "Hours in visits", PROJECTION_RATIO, .detail = true},
    {"interaction_hours", "Hours in interactions", PROJECTION_RATIO, .detail = true},
    {"training_days", "Training days", PROJECTION_INTEGER, .detail = true},
    {"absence_days", "Days of absence", PROJECTION_INTEGER, .detail = true},
};
static const struct projection_column channel_columns[] = {
    {"channel", "Channel", PROJECTION_TEXT},
    {"visits", "Visits reported", PROJECTION_INTEGER},
    {"interactions", "Interactions", PROJECTION_INTEGER},
    {"automatic", "Of those, by a machine", PROJECTION_INTEGER},
    {"hours", "Hours", PROJECTION_RATIO},
};
static const struct projection_column total_columns[] = {
    {"contacts", "Contacts", PROJECTION_INTEGER},
    {"visits", "Visits reported", PROJECTION_INTEGER},
    {"reps", "Representatives with visits", PROJECTION_INTEGER},
    {"clients_reached", "Clients reached", PROJECTION_INTEGER},
    {"universe", "Client base", PROJECTION_INTEGER},
    {"coverage", "Coverage", PROJECTION_RATIO},
    {"field_days", "Field days", PROJECTION_INTEGER},
    {"visits_unknown_time", "Visits at an unknown time", PROJECTION_INTEGER},
};

static void answer_card(const struct scorecard *scorecard, struct projection_answer *answer,
                        const struct card *card) {
    const struct covered covered = coverage_of(&scorecard->coverage, card->rep);
    bool targets = coverage_has_targets(&scorecard->coverage);
    projection_answer_text(answer, card->rep);
    projection_answer_text(answer, projection_name(scorecard->view, EMPLOYEES, card->rep));
    projection_answer_integer(answer, (int64_t)card->contacts);
    projection_answer_integer(answer, (int64_t)card->visits);
    projection_answer_integer(answer, (int64_t)card->reached);
    projection_answer_ratio(answer, targets ? covered.reached : card->reached_registered,
                            targets ? covered.targets : scorecard->contacts.registered);
    projection_answer_ratio(answer, card->contacts, card->reached);
    projection_answer_integer(answer, (int64_t)card->field_days);
    projection_answer_ratio(answer, card->contacts, card->field_days);
    projection_answer_ratio(answer, card->twice_median_delay, card->assessed ? 2 * 3600 : 0);
    projection_answer_ratio(answer, card->late, card->assessed);
    projection_answer_integer(answer, (int64_t)card->assessed);
    projection_answer_integer(answer, (int64_t)card->unknown_time);
    projection_answer_integer(answer, (int64_t)card->interactions);
    if (targets)
        projection_answer_integer(answer, (int64_t)covered.targets);
    else
        projection_answer_none(answer);
    projection_answer_ratio(answer, card->on_target, targets ? card->contacts : 0);
    projection_answer_ratio(answer, covered.met, covered.targets);
    answer_days_since(answer, &scorecard->now, card->has_last, card->last);
    projection_answer_integer(answer, (int64_t)card->first_visits);
    projection_answer_ratio(answer, card->visit_seconds, 3600);
    projection_answer_ratio(answer, card->interaction_seconds, 3600);
    projection_answer_integer(answer, (int64_t)card->training_days);
    projection_answer_integer(answer, (int64_t)card->absence_days);
}

static struct card sum_cards(struct scorecard *scorecard, uint64_t *reps) {
    struct card total = {0};
    *reps = 0;
    for (size_t i = 0; i < scorecard->reps.count; i++) {
        const struct card *card = &scorecard->cards[i];
        total.contacts += card->contacts;
        total.visits += card->visits;
        total.unknown_time += card->unknown_time;
        total.field_days += card->field_days;
        total.assessed += card->assessed;
        *reps += card->visits > 0;
    }
    total.reached = scorecard->contacts.clients_reached;
    for (size_t i = 0;
         !coverage_has_targets(&scorecard->coverage) && i < scorecard->contacts.clients.count; i++)
        total.reached_registered += contacts_is_reached(&scorecard->contacts, i) &&
                                    contacts_is_registered(&scorecard->contacts, i);
    return total;
}

static void answer_totals(struct scorecard *scorecard, struct projection_answer *answer) {
    uint64_t reps;
    const struct card total = sum_cards(scorecard, &reps);
    bool targets = coverage_has_targets(&scorecard->coverage);
    uint64_t universe = targets ? 0 : scorecard->contacts.registered;
    uint64_t covered = total.reached_registered;
    for (size_t i = 0; i < scorecard->coverage.reps.count; i++) {
        universe += scorecard->coverage.list[i].targets;
        covered += scorecard->coverage.list[i].reached;
    }
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)total.contacts);
    projection_answer_integer(answer, (int64_t)total.visits);
    projection_answer_integer(answer, (int64_t)reps);
    projection_answer_integer(answer, (int64_t)total.reached);
    projection_answer_integer(answer, (int64_t)universe);
    projection_answer_ratio(answer, covered, universe);
    projection_answer_integer(answer, (int64_t)total.field_days);
    projection_answer_integer(answer, (int64_t)total.unknown_time);
    if (targets)
        projection_answer_note(answer, "Coverage is of the targets of call plans whose dates meet "
                                       "the period, each once for its representative.");
    else
        projection_answer_note(
            answer, "There is no target list: coverage is of the %s.",
            projection_count(answer, universe, "registered client", "registered clients"));
    if (!targets && total.reached > total.reached_registered)
        projection_answer_note(answer, "%s not registered, and left out of coverage.",
                               projection_count(answer, total.reached - total.reached_registered,
                                                "client reached is", "clients reached are"));
    if (total.assessed < total.visits)
        projection_answer_note(
            answer,
            "The entry delay of %s not assessed: imported from a source that "
            "does not say when it recorded them.",
            projection_count(answer, total.visits - total.assessed, "visit is", "visits is"));
}

static void answer_channels(const struct scorecard *scorecard, struct projection_answer *answer) {
    projection_answer_table(answer, "channels", "By channel", PROJECTION_COLUMNS(channel_columns));
    for (size_t i = 0; i < CHANNELS; i++) {
        const struct channel *channel = &scorecard->channels[i];
        if (!channel->visits && !channel->interactions)
            continue;
        projection_answer_text(answer, channel_text(scorecard->view, (int64_t)i));
        projection_answer_integer(answer, (int64_t)channel->visits);
        projection_answer_integer(answer, (int64_t)channel->interactions);
        projection_answer_integer(answer, (int64_t)channel->automatic);
        projection_answer_ratio(answer, channel->seconds, 3600);
    }
}

static int by_contacts(const void *a, const void *b) {
    const struct card *left = a;
    const struct card *right = b;
    if (left->contacts != right->contacts)
        return left->contacts > right->contacts ? -1 : 1;
    return strcmp(left->rep, right->rep);
}

enum ledger_err scorecard_answer(struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct scorecard scorecard = {.view = view,
                                  .arena = arena,
                                  .reps = {.arena = arena},
                                  .error = error,
                                  .now = projection_view_today(view)};
    enum ledger_err err = scorecard_fill(&scorecard, arguments);
    if (err)
        return err;
    if (scorecard.reps.count)
        qsort(scorecard.cards, scorecard.reps.count, sizeof(struct card), by_contacts);
    projection_answer_table(answer, "reps", "Representatives", PROJECTION_COLUMNS(rep_columns));
    projection_answer_limit(answer, scorecard.contacts.scope.limit);
    for (size_t i = 0; i < scorecard.reps.count; i++)
        answer_card(&scorecard, answer, &scorecard.cards[i]);
    answer_totals(&scorecard, answer);
    answer_channels(&scorecard, answer);
    client_mix_answer(&scorecard.mix, answer);
    projection_answer_note_today(answer, view);
    scope_notes(&scorecard.contacts.scope, arguments, answer);
    return LEDGER_E_OK;
}
