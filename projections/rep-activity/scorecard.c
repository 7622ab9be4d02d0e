// The scorecard: what each representative did, and how much of the client base that reached.
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "contacts.h"

enum { LATE_SECONDS = 24 * 3600 };

struct card {
    const char *rep;
    uint64_t contacts, visits, unknown_time, interactions;
    uint64_t reached, reached_registered; // clients
    uint64_t field_days;
    uint64_t assessed, late;
    int64_t twice_median_delay;
};

struct scorecard {
    struct projection_view *view;
    struct ledger_arena *arena;
    struct contacts contacts;
    struct projection_ids reps;
    struct card *cards; // by number of the representative
    size_t capacity;
    bool *reached; // by number of the client; grows with contacts.clients
    size_t reached_capacity;
    struct ledger_error *error;
};

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

static struct card *card_of(struct scorecard *scorecard, const char *rep) {
    size_t number = projection_ids_add(&scorecard->reps, rep);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(scorecard->arena, &scorecard->cards, &scorecard->capacity, number,
                         sizeof(struct card)))
        return NULL;
    scorecard->cards[number].rep = scorecard->reps.texts[number];
    return &scorecard->cards[number];
}

static bool count_clients(struct scorecard *scorecard, const struct rep_contacts *rep,
                          struct card *card) {
    for (size_t i = 0; i < rep->count; i++) {
        size_t client = rep->visits[i].client;
        if (i && rep->visits[i - 1].client == client)
            continue;
        card->reached++;
        card->reached_registered += client < scorecard->contacts.registered;
        while (client >= scorecard->reached_capacity)
            if (!projection_grow(scorecard->arena, &scorecard->reached,
                                 &scorecard->reached_capacity, scorecard->reached_capacity,
                                 sizeof(bool)))
                return false;
        scorecard->reached[client] = true;
    }
    return true;
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
        if (failed || !count_clients(scorecard, rep, card) || !measure_delay(scorecard, rep, card))
            return projection_no_memory(scorecard->error);
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
        if (!projection_period_holds(&scorecard->contacts.period, &row.occurred) ||
            !projection_key_read_text(&row.key, &id))
            continue;
        struct card *card = card_of(scorecard, (const char *)id.data);
        if (!card)
            return projection_no_memory(scorecard->error);
        card->interactions++;
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

// ---- the answer
static void answer_card(const struct scorecard *scorecard, struct projection_answer *answer,
                        const struct card *card) {
    projection_answer_text(answer, card->rep);
    projection_answer_text(answer, projection_name(scorecard->view, EMPLOYEES, card->rep));
    projection_answer_integer(answer, (int64_t)card->contacts);
    projection_answer_integer(answer, (int64_t)card->visits);
    projection_answer_integer(answer, (int64_t)card->reached);
    projection_answer_ratio(answer, card->reached_registered, scorecard->contacts.registered);
    projection_answer_ratio(answer, card->contacts, card->reached);
    projection_answer_integer(answer, (int64_t)card->field_days);
    projection_answer_ratio(answer, card->contacts, card->field_days);
    projection_answer_ratio(answer, card->twice_median_delay, card->assessed ? 2 * 3600 : 0);
    projection_answer_ratio(answer, card->late, card->assessed);
    projection_answer_integer(answer, (int64_t)card->assessed);
    projection_answer_integer(answer, (int64_t)card->unknown_time);
    projection_answer_integer(answer, (int64_t)card->interactions);
}

static struct card sum_cards(const struct scorecard *scorecard, uint64_t *reps) {
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
    for (size_t i = 0; i < scorecard->reached_capacity; i++) {
        total.reached += scorecard->reached[i];
        total.reached_registered += scorecard->reached[i] && i < scorecard->contacts.registered;
    }
    return total;
}

static void answer_totals(const struct scorecard *scorecard, struct projection_answer *answer) {
    uint64_t reps;
    size_t universe = scorecard->contacts.registered;
    const struct card total = sum_cards(scorecard, &reps);
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)total.contacts);
    projection_answer_integer(answer, (int64_t)total.visits);
    projection_answer_integer(answer, (int64_t)reps);
    projection_answer_integer(answer, (int64_t)total.reached);
    projection_answer_integer(answer, (int64_t)universe);
    projection_answer_ratio(answer, total.reached_registered, universe);
    projection_answer_integer(answer, (int64_t)total.field_days);
    projection_answer_integer(answer, (int64_t)total.unknown_time);
    projection_answer_note(
        answer, "There is no target list: coverage is of the %s.",
        projection_count(answer, universe, "registered client", "registered clients"));
    if (total.reached > total.reached_registered)
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
    struct scorecard scorecard = {
        .view = view, .arena = arena, .reps = {.arena = arena}, .error = error};
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = contacts_begin(&scorecard.contacts, view, arguments, error);
    if (!err)
        err = fill_cards(&scorecard);
    if (!err)
        err = count_interactions(&scorecard, projection_argument(arguments, "rep"));
    if (err)
        return err;
    if (scorecard.reps.count)
        qsort(scorecard.cards, scorecard.reps.count, sizeof(struct card), by_contacts);
    projection_answer_table(answer, "reps", "Representatives", PROJECTION_COLUMNS(rep_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < scorecard.reps.count; i++)
        answer_card(&scorecard, answer, &scorecard.cards[i]);
    answer_totals(&scorecard, answer);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
