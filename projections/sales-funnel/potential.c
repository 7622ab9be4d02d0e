// The class of clients by won value against their potential: whom to win more from.
#include <stdlib.h>
#include <string.h>

#include "ranking.h"
#include "sums.h"

static const struct projection_column matrix_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},    {"class", "Class", PROJECTION_TEXT},
    {"potential", "Potential", PROJECTION_TEXT},  {"clients", "Clients", PROJECTION_INTEGER},
    {"won_value", "Won value", PROJECTION_MONEY},
};
static const struct projection_column client_columns[] = {
    {"client", "Client", PROJECTION_ID},         {"name", "Name", PROJECTION_TEXT},
    {"potential", "Potential", PROJECTION_TEXT}, {"currency", "Currency", PROJECTION_TEXT},
    {"class", "Class", PROJECTION_TEXT},         {"won_value", "Won value", PROJECTION_MONEY},
};

// What stood on the last day of the period.
struct potential {
    const char *segment; // NULL = none
    struct ledger_moment occurred;
    uint64_t position;
    bool has_won; // a value in the period
};

struct potentials {
    struct ranking ranking;
    struct projection_ids clients; // after merges
    struct potential *list;        // by number
    size_t capacity;
    struct sums matrix;
    uint64_t without_class;
};

static bool add_deal(void *user, struct deals *deals, const struct deal *deal) {
    struct potentials *potentials = user;
    return ranking_add(&potentials->ranking, deals, deal);
}

static bool is_later(const struct projection_row *row, const struct potential *than) {
    bool known = row->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (known != (than->occurred.when != LEDGER_WHEN_UNKNOWN))
        return known;
    if (known && row->occurred.micros != than->occurred.micros)
        return row->occurred.micros > than->occurred.micros;
    return row->position > than->position;
}

static struct potential *potential_of(struct potentials *potentials, const char *client) {
    size_t number = projection_ids_add(&potentials->clients, client);
    return number != PROJECTION_ID_NONE &&
                   projection_grow(potentials->ranking.arena, &potentials->list,
                                   &potentials->capacity, number, sizeof(struct potential))
               ? &potentials->list[number]
               : NULL;
}

// Of all ids that a client has, the last that was said by the end of the period.
static bool read_potentials(struct potentials *potentials, struct projection_view *view) {
    struct projection_cursor *cursor = projection_scan(view, POTENTIALS, NULL, true);
    struct projection_row row;
    while (projection_next(cursor, &row)) {
        struct ledger_span id;
        struct ledger_span key = row.key;
        bool known = row.occurred.when != LEDGER_WHEN_UNKNOWN;
        if (!projection_key_read_text(&key, &id) ||
            (known && row.occurred.day > potentials->ranking.period.to))
            continue;
        struct potential *potential =
            potential_of(potentials, projection_view_client(view, (const char *)id.data));
        if (!potential)
            return false;
        if (potential->position && !is_later(&row, potential))
            continue;
        struct projection_reader reader = {row.value};
        *potential =
            (struct potential){projection_read_text(&reader), row.occurred, row.position, false};
    }
    projection_scan_end(cursor);
    return true;
}

static bool add(struct potentials *potentials, const char *currency, const char *class,
                const char *segment, __int128 minor) {
    struct sum *sum = sums_of(&potentials->matrix, class, segment, currency);
    if (!sum)
        return false;
    sum->counts[0]++;
    sum->amounts[0] += minor;
    return true;
}

static bool fill(struct potentials *potentials) {
    for (size_t i = 0; i < potentials->ranking.keys.count; i++) {
        const struct ranked_client *client = &potentials->ranking.list[i];
        struct potential *potential = potential_of(potentials, client->id);
        if (!potential || !add(potentials, client->currency, class_names[client->class],
                               potential->segment, client->minor))
            return false;
        potential->has_won = true;
    }
    for (size_t i = 0; i < potentials->clients.count; i++) {
        const struct potential *potential = &potentials->list[i];
        if (potential->has_won || !potential->segment)
            continue;
        potentials->without_class++;
        if (!add(potentials, NULL, NULL, potential->segment, 0))
            return false;
    }
    return true;
}

// ---- the answer
static int by_currency(const void *a, const void *b) {
    const struct sum *left = a;
    const struct sum *right = b;
    if (!*left->currency != !*right->currency)
        return *left->currency ? -1 : 1;
    int order = strcmp(left->currency, right->currency);
    if (!order)
        order = strcmp(left->name, right->name);
    return order ? order : strcmp(left->second, right->second);
}

static void answer_matrix(struct projection_answer *answer, struct potentials *potentials) {
    projection_answer_table(answer, "matrix", "Classes by potential",
                            PROJECTION_COLUMNS(matrix_columns));
    if (potentials->matrix.keys.count)
        qsort(potentials->matrix.list, potentials->matrix.keys.count, sizeof(struct sum),
              by_currency);
    for (size_t i = 0; i < potentials->matrix.keys.count; i++) {
        const struct sum *sum = &potentials->matrix.list[i];
        projection_answer_text(answer, sum_text(sum->currency));
        projection_answer_text(answer, sum_text(sum->name));
        projection_answer_text(answer, sum_text(sum->second));
        projection_answer_integer(answer, (int64_t)sum->counts[0]);
        sum_answer_money(answer, sum, 0);
    }
}

static void answer_clients(struct projection_answer *answer, struct projection_view *view,
                           struct potentials *potentials, uint64_t limit) {
    projection_answer_table(answer, "clients", "Clients", PROJECTION_COLUMNS(client_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < potentials->ranking.keys.count; i++) {
        const struct ranked_client *client = &potentials->ranking.list[i];
        size_t number = projection_ids_find(&potentials->clients, client->id);
        projection_answer_text(answer, client->id);
        projection_answer_text(answer, projection_name(view, CLIENTS, client->id));
        projection_answer_text(answer, potentials->list[number].segment);
        projection_answer_text(answer, client->currency);
        projection_answer_text(answer, class_names[client->class]);
        projection_answer_money(answer, client->minor, client->currency);
    }
    for (size_t i = 0; i < potentials->clients.count; i++) {
        const struct potential *potential = &potentials->list[i];
        if (potential->has_won || !potential->segment)
            continue;
        projection_answer_text(answer, potentials->clients.texts[i]);
        projection_answer_text(answer,
                               projection_name(view, CLIENTS, potentials->clients.texts[i]));
        projection_answer_text(answer, potential->segment);
        for (size_t none = 3; none < sizeof client_columns / sizeof client_columns[0]; none++)
            projection_answer_none(answer);
    }
}

enum ledger_err abc_potential_answer(struct projection_view *view,
                                     const struct projection_arguments *arguments,
                                     struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct deals deals;
    struct potentials potentials = {
        .ranking = RANKING_IN(arena), .clients = {.arena = arena}, .matrix = SUMS_IN(arena)};
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = projection_argument_period(arguments, &potentials.ranking.period, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    if (!err)
        err = deals_each(&deals, add_deal, &potentials);
    if (err)
        return err;
    ranking_finish(&potentials.ranking);
    if (!read_potentials(&potentials, view) || !fill(&potentials))
        return projection_no_memory(error);
    answer_matrix(answer, &potentials);
    answer_clients(answer, view, &potentials, limit);
    if (potentials.without_class)
        projection_answer_note(
            answer, "%s a potential and no class: no deal with an amount was won in the period.",
            projection_count(answer, potentials.without_class, "client has", "clients have"));
    ranking_notes(&potentials.ranking, answer);
    deals_notes(&deals, answer, NULL);
    return LEDGER_E_OK;
}
