#include "scorecard.h"

#include "workdays.h"

enum { LATE_SECONDS = 24 * 3600 };

static struct card *card_of(struct scorecard *scorecard, const char *rep) {
    size_t number = projection_ids_add(&scorecard->reps, rep);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(scorecard->arena, &scorecard->cards, &scorecard->capacity, number,
                         sizeof(struct card)))
        return NULL;
    scorecard->cards[number].rep = scorecard->reps.texts[number];
    return &scorecard->cards[number];
}

static void count_clients(struct scorecard *scorecard, const struct rep_contacts *rep,
                          struct card *card) {
    for (size_t i = 0; i < rep->count; i++) {
        size_t client = rep->visits[i].client;
        if (i && rep->visits[i - 1].client == client)
            continue;
        card->reached++;
        card->reached_registered += !coverage_has_targets(&scorecard->coverage) &&
                                    contacts_is_registered(&scorecard->contacts, client);
    }
}

static bool measure_delay(struct scorecard *scorecard, const struct rep_contacts *rep,
                          struct card *card) {
    int64_t *delays = ledger_arena_alloc(scorecard->arena, (rep->count + 1) * sizeof *delays);
    if (!delays)
        return false;
    for (size_t i = 0; i < rep->count; i++) {
        if (!rep->visits[i].assessed)
            continue;
        delays[card->assessed++] = rep->visits[i].delay_seconds;
        card->late += rep->visits[i].delay_seconds > LATE_SECONDS;
    }
    card->twice_median_delay = twice_median(delays, card->assessed);
    return true;
}

static struct channel *channel_of(struct scorecard *scorecard, int64_t channel) {
    return &scorecard->channels[channel > 0 && channel < CHANNELS ? channel : 0];
}

static bool measure_mix(struct scorecard *scorecard, const struct rep_contacts *rep,
                        struct card *card) {
    for (size_t i = 0; i < rep->count; i++) {
        const struct contact_visit *visit = &rep->visits[i];
        struct channel *channel = channel_of(scorecard, visit->channel);
        channel->visits++;
        channel->seconds += visit->seconds;
        card->visit_seconds += visit->seconds;
        if (!card->has_last || card->last < visit->day)
            card->last = visit->day;
        card->has_last = true;
    }
    card->on_target = coverage_take(&scorecard->coverage, &scorecard->contacts, rep);
    return client_mix_take(&scorecard->mix, &scorecard->contacts, rep, &card->first_visits);
}

static enum ledger_err measure_staff(struct scorecard *scorecard) {
    const struct projection_period *period = &scorecard->contacts.scope.period;
    enum ledger_err err = LEDGER_E_OK;
    for (size_t i = 0; !err && i < scorecard->reps.count; i++) {
        struct card *card = &scorecard->cards[i];
        struct staff staff;
        err = staff_read(&staff, scorecard->view, card->rep, scorecard->error);
        if (err)
            break;
        card->training_days = staff_days(&staff, STAFF_TRAINED, period->from, period->to);
        card->absence_days = staff_days(&staff, STAFF_ABSENT, period->from, period->to);
    }
    return err;
}

static enum ledger_err fill_cards(struct scorecard *scorecard) {
    for (;;) {
        const struct rep_contacts *rep;
        enum ledger_err err = contacts_next(&scorecard->contacts, &rep, scorecard->error);
        if (err || !rep)
            return err;
        struct card *card = card_of(scorecard, rep->rep);
        bool failed = !card;
        if (card) {
            card->visits = rep->count;
            card->unknown_time = rep->unknown_time;
            for (size_t i = 0; i < rep->count; i++)
                card->contacts += rep->visits[i].first;
            card->field_days = field_days(rep, scorecard->arena, &failed);
        }
        if (failed || !measure_delay(scorecard, rep, card) || !measure_mix(scorecard, rep, card))
            return projection_no_memory(scorecard->error);
        count_clients(scorecard, rep, card);
    }
}

static enum ledger_err count_interactions(struct scorecard *scorecard, const char *rep) {
    struct projection_key prefix = {0};
    struct projection_row row;
    if (rep)
        projection_key_text(&prefix, rep);
    struct projection_cursor *cursor =
        projection_scan(scorecard->view, INTERACTIONS, &prefix, false);
    while (projection_next(cursor, &row)) {
        struct ledger_span id;
        if (!projection_key_read_text(&row.key, &id) ||
            !scope_holds(&scorecard->contacts.scope, (const char *)id.data, &row.occurred))
            continue;
        const struct interaction_row interaction = interaction_row_read(row.value);
        struct channel *channel = channel_of(scorecard, interaction.channel);
        struct card *card = card_of(scorecard, (const char *)id.data);
        if (!card)
            return projection_no_memory(scorecard->error);
        card->interactions++;
        card->interaction_seconds += interaction.seconds;
        channel->interactions++;
        channel->automatic += interaction.automatic;
        channel->seconds += interaction.seconds;
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

enum ledger_err scorecard_fill(struct scorecard *scorecard,
                               const struct projection_arguments *arguments) {
    client_mix_begin(&scorecard->mix, scorecard->view);
    enum ledger_err err =
        contacts_begin(&scorecard->contacts, scorecard->view, arguments, scorecard->error);
    if (!err)
        err = coverage_begin(&scorecard->coverage, &scorecard->contacts.scope, scorecard->error);
    if (!err && !coverage_has_targets(&scorecard->coverage))
        err = contacts_universe(&scorecard->contacts, scorecard->error);
    if (!err)
        err = fill_cards(scorecard);
    for (size_t i = 0; !err && i < scorecard->contacts.scope.rep_count; i++)
        err = count_interactions(scorecard, scorecard->contacts.scope.reps[i]);
    if (!err)
        err = coverage_settle(&scorecard->coverage, scorecard->error);
    for (size_t i = 0; !err && i < scorecard->coverage.reps.count; i++)
        if (*scorecard->coverage.reps.texts[i] &&
            !card_of(scorecard, scorecard->coverage.reps.texts[i]))
            err = projection_no_memory(scorecard->error);
    if (!err)
        err = measure_staff(scorecard);
    return err;
}
