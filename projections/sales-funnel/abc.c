// Clients by won value, largest first. A client's class comes from the share of the whole that the
// clients before it make: below 0.80 it is A, below 0.95 B, else C. Each currency is ranked apart.
#include <stdlib.h>
#include <string.h>

#include "deals.h"

struct client {
    const char *id, *currency;
    uint64_t won;
    __int128 minor;
};

struct ranking {
    struct projection_view *view;
    struct ledger_arena *arena;
    struct projection_ids keys; // currency and client
    struct client *list;        // by number
    size_t capacity;
    uint64_t without_client, without_amount;
};

enum { CLASSES = 3 };
static const struct {
    const char *name;
    int below_percent; // of the cumulative share before the client
} classes[CLASSES] = {{"A", 80}, {"B", 95}, {"C", 101}};

static const struct projection_column client_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"won", "Won", PROJECTION_INTEGER},
    {"won_value", "Won value", PROJECTION_MONEY},
    {"share_before", "Cumulative share before", PROJECTION_RATIO},
    {"class", "Class", PROJECTION_TEXT},
};
static const struct projection_column class_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"class", "Class", PROJECTION_TEXT},
    {"clients", "Clients", PROJECTION_INTEGER},
    {"won_value", "Won value", PROJECTION_MONEY},
};

static bool add(struct ranking *ranking, const struct deals *deals, const struct deal *deal) {
    if (deal->left_out || deal->status != DEAL_IS_WON)
        return true;
    ranking->without_client += !deal->client;
    ranking->without_amount += deal->client && !deal->has_amount;
    if (!deal->client || !deal->has_amount)
        return true;
    const char *id = deal_client(deals, deal);
    const char *key = ledger_arena_printf(ranking->arena, "%s\n%s", deal->currency, id);
    size_t number = key ? projection_ids_add(&ranking->keys, key) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(ranking->arena, &ranking->list, &ranking->capacity, number,
                         sizeof(struct client)))
        return false;
    struct client *client = &ranking->list[number];
    client->id = id;
    client->currency = deal->currency;
    client->won++;
    client->minor += deal->minor;
    return true;
}

static int by_value(const void *a, const void *b) {
    const struct client *left = a;
    const struct client *right = b;
    int currency = strcmp(left->currency, right->currency);
    if (currency)
        return currency;
    if (left->minor != right->minor)
        return left->minor > right->minor ? -1 : 1;
    return strcmp(left->id, right->id);
}

static size_t class_of(__int128 before, __int128 total) {
    size_t class = 0;
    while (class < CLASSES - 1 && before * 100 >= total * classes[class].below_percent)
        class ++;
    return class;
}

struct class_sum {
    const char *currency;
    size_t class;
    uint64_t clients;
    __int128 minor;
};

// One currency's clients, from `first` on; its sums by class go into `sums`. Returns the end.
static size_t answer_currency(struct projection_answer *answer, const struct ranking *ranking,
                              size_t first, struct class_sum sums[CLASSES]) {
    const char *currency = ranking->list[first].currency;
    __int128 total = 0;
    __int128 before = 0;
    size_t end = first;
    for (; end < ranking->keys.count && strcmp(ranking->list[end].currency, currency) == 0; end++)
        total += ranking->list[end].minor;
    for (size_t class = 0; class < CLASSES; class ++)
        sums[class] = (struct class_sum){.currency = currency, .class = class};
    for (size_t i = first; i < end; i++) {
        const struct client *client = &ranking->list[i];
        size_t class = class_of(before, total);
        projection_answer_text(answer, client->id);
        projection_answer_text(answer, projection_name(ranking->view, CLIENTS, client->id));
        projection_answer_integer(answer, (int64_t)client->won);
        projection_answer_money(answer, client->minor, currency);
        projection_answer_ratio(answer, before, total);
        projection_answer_text(answer, classes[class].name);
        sums[class].clients++;
        sums[class].minor += client->minor;
        before += client->minor;
    }
    return end;
}

static enum ledger_err answer_ranking(struct projection_answer *answer,
                                      const struct ranking *ranking, uint64_t limit,
                                      struct ledger_error *error) {
    struct class_sum *sums =
        ledger_arena_alloc(ranking->arena, (ranking->keys.count + 1) * CLASSES * sizeof *sums);
    size_t count = 0;
    if (!sums)
        return projection_no_memory(error);
    projection_answer_table(answer, "clients", "Clients by won value",
                            PROJECTION_COLUMNS(client_columns));
    projection_answer_limit(answer, limit);
    for (size_t at = 0; at < ranking->keys.count; count += CLASSES)
        at = answer_currency(answer, ranking, at, sums + count);
    projection_answer_table(answer, "classes", "Classes", PROJECTION_COLUMNS(class_columns));
    for (size_t i = 0; i < count; i++) {
        projection_answer_text(answer, sums[i].currency);
        projection_answer_text(answer, classes[sums[i].class].name);
        projection_answer_integer(answer, (int64_t)sums[i].clients);
        projection_answer_money(answer, sums[i].minor, sums[i].currency);
    }
    return LEDGER_E_OK;
}

enum ledger_err abc_answer(struct projection_view *view,
                           const struct projection_arguments *arguments,
                           struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct deals deals;
    struct ranking ranking = {.view = view, .arena = arena, .keys = {.arena = arena}};
    uint64_t limit = 0;
    bool limited;
    const struct deal *deal = NULL;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    while (!err) {
        err = deals_next(&deals, &deal);
        if (err || !deal)
            break;
        if (!add(&ranking, &deals, deal))
            err = projection_no_memory(error);
    }
    if (err)
        return err;
    if (ranking.keys.count)
        qsort(ranking.list, ranking.keys.count, sizeof(struct client), by_value);
    err = answer_ranking(answer, &ranking, limit, error);
    if (ranking.without_client)
        projection_answer_note(
            answer, "%s no client.",
            projection_count(answer, ranking.without_client, "won deal has", "won deals have"));
    if (ranking.without_amount)
        projection_answer_note(
            answer, "%s no amount.",
            projection_count(answer, ranking.without_amount, "won deal has", "won deals have"));
    deals_notes(&deals, answer, NULL);
    return err;
}
