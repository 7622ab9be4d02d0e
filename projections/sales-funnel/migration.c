// How clients changed their class from one period to another.
#include <stdlib.h>
#include <string.h>

#include "ranking.h"

static const struct projection_column matrix_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"from", "Class in the first period", PROJECTION_TEXT},
    {"to", "Class in the second", PROJECTION_TEXT},
    {"clients", "Clients", PROJECTION_INTEGER},
    {"first_value", "Won value in the first", PROJECTION_MONEY},
    {"second_value", "Won value in the second", PROJECTION_MONEY},
};
static const struct projection_column client_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"from", "Class in the first period", PROJECTION_TEXT},
    {"to", "Class in the second", PROJECTION_TEXT},
    {"first_value", "Won value in the first", PROJECTION_MONEY},
    {"second_value", "Won value in the second", PROJECTION_MONEY},
};

enum { PERIODS = 2 };

struct migrant {
    const char *id, *currency;
    const char *classes[PERIODS]; // NULL = nothing won
    __int128 minor[PERIODS];
};

struct migration {
    struct ledger_arena *arena;
    struct ranking rankings[PERIODS];
    struct projection_ids keys; // currency and client
    struct migrant *list;       // by number
    size_t capacity;
};

static bool add(void *user, struct deals *deals, const struct deal *deal) {
    struct migration *migration = user;
    for (size_t period = 0; period < PERIODS; period++)
        if (!ranking_add(&migration->rankings[period], deals, deal))
            return false;
    return true;
}

static bool join_period(struct migration *migration, size_t period) {
    const struct ranking *ranking = &migration->rankings[period];
    for (size_t i = 0; i < ranking->keys.count; i++) {
        const struct ranked_client *client = &ranking->list[i];
        const char *key =
            ledger_arena_printf(migration->arena, "%s\n%s", client->currency, client->id);
        size_t number = key ? projection_ids_add(&migration->keys, key) : PROJECTION_ID_NONE;
        if (number == PROJECTION_ID_NONE ||
            !projection_grow(migration->arena, &migration->list, &migration->capacity, number,
                             sizeof(struct migrant)))
            return false;
        struct migrant *migrant = &migration->list[number];
        migrant->id = client->id;
        migrant->currency = client->currency;
        migrant->classes[period] = class_names[client->class];
        migrant->minor[period] = client->minor;
    }
    return true;
}

// By currency, classes (none last) and id.
static int compare(const void *a, const void *b) {
    const struct migrant *left = a;
    const struct migrant *right = b;
    int order = strcmp(left->currency, right->currency);
    for (size_t period = 0; period < PERIODS && !order; period++) {
        const char *one = left->classes[period];
        const char *other = right->classes[period];
        if (!one || !other)
            order = (other != NULL) - (one != NULL);
        else
            order = strcmp(one, other);
    }
    return order ? order : strcmp(left->id, right->id);
}

static void answer_move(struct projection_answer *answer, const struct migrant *migrant) {
    for (size_t period = 0; period < PERIODS; period++)
        projection_answer_text(answer, migrant->classes[period]);
}

static bool same_move(const struct migrant *a, const struct migrant *b) {
    return strcmp(a->currency, b->currency) == 0 && a->classes[0] == b->classes[0] &&
           a->classes[1] == b->classes[1];
}

// The clients of one currency and pair of classes stand together.
static void answer_matrix(struct projection_answer *answer, const struct migration *migration) {
    projection_answer_table(answer, "matrix", "Clients by class in both periods",
                            PROJECTION_COLUMNS(matrix_columns));
    for (size_t i = 0, end; i < migration->keys.count; i = end) {
        const struct migrant *first = &migration->list[i];
        __int128 minor[PERIODS] = {0};
        for (end = i; end < migration->keys.count && same_move(first, &migration->list[end]); end++)
            for (size_t period = 0; period < PERIODS; period++)
                minor[period] += migration->list[end].minor[period];
        projection_answer_text(answer, first->currency);
        answer_move(answer, first);
        projection_answer_integer(answer, (int64_t)(end - i));
        for (size_t period = 0; period < PERIODS; period++)
            projection_answer_money(answer, minor[period], first->currency);
    }
}

static void answer_clients(struct projection_answer *answer, struct projection_view *view,
                           const struct migration *migration, uint64_t limit) {
    projection_answer_table(answer, "clients", "Clients", PROJECTION_COLUMNS(client_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < migration->keys.count; i++) {
        const struct migrant *migrant = &migration->list[i];
        projection_answer_text(answer, migrant->id);
        projection_answer_text(answer, projection_name(view, CLIENTS, migrant->id));
        answer_move(answer, migrant);
        for (size_t period = 0; period < PERIODS; period++)
            projection_answer_money(answer, migrant->minor[period], migrant->currency);
    }
}

static enum ledger_err read_periods(const struct projection_arguments *arguments,
                                    struct migration *migration, struct ledger_error *error) {
    struct projection_period *first = &migration->rankings[0].period;
    struct projection_period *second = &migration->rankings[1].period;
    bool present;
    enum ledger_err err = projection_argument_period(arguments, first, error);
    if (!err)
        err = projection_argument_day(arguments, "then-from", &second->from, &present, error);
    if (!err)
        err = projection_argument_day(arguments, "then-to", &second->to, &present, error);
    if (!err && second->from > second->to)
        err = ledger_fail(error, LEDGER_E_INVALID_VALUE, "then-from", "is later than then-to");
    return err;
}

enum ledger_err migration_answer(struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct deals deals;
    struct migration migration = {.arena = arena,
                                  .rankings = {RANKING_IN(arena), RANKING_IN(arena)},
                                  .keys = {.arena = arena}};
    const char *listed = projection_argument(arguments, "list");
    uint64_t limit = 0;
    bool limited;
    if (listed && strcmp(listed, "clients") != 0)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "list", "what can be listed is clients");
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = read_periods(arguments, &migration, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    if (!err)
        err = deals_each(&deals, add, &migration);
    if (err)
        return err;
    for (size_t period = 0; period < PERIODS; period++) {
        ranking_finish(&migration.rankings[period]);
        if (!join_period(&migration, period))
            return projection_no_memory(error);
    }
    if (migration.keys.count)
        qsort(migration.list, migration.keys.count, sizeof(struct migrant), compare);
    answer_matrix(answer, &migration);
    if (listed)
        answer_clients(answer, view, &migration, limit);
    projection_answer_note(answer, "With a client without a class, no deal with an amount was won "
                                   "in that period.");
    deals_notes(&deals, answer, NULL);
    return LEDGER_E_OK;
}
