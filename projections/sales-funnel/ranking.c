// A client's class comes from the share of the whole that the clients before it make: below 0.80 it
// is A, below 0.95 B, else C. Each currency is ranked apart.
#include "ranking.h"

#include <stdlib.h>
#include <string.h>

const char *const class_names[CLASSES] = {"A", "B", "C"};

bool ranking_add(struct ranking *ranking, const struct deals *deals, const struct deal *deal) {
    if (deal->left_out || deal->status != DEAL_IS_WON || !deal_closed_in(deal, &ranking->period))
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
                         sizeof(struct ranked_client)))
        return false;
    struct ranked_client *client = &ranking->list[number];
    client->id = id;
    client->currency = deal->currency;
    client->won++;
    client->minor += deal->minor;
    return true;
}

static int by_value(const void *a, const void *b) {
    const struct ranked_client *left = a;
    const struct ranked_client *right = b;
    int currency = strcmp(left->currency, right->currency);
    if (currency)
        return currency;
    if (left->minor != right->minor)
        return left->minor > right->minor ? -1 : 1;
    return strcmp(left->id, right->id);
}

static size_t class_of(__int128 before, __int128 total) {
    static const int below_percent[CLASSES] = {80, 95, 101};
    size_t class = CLASS_A;
    while (class < CLASS_C && before * 100 >= total * below_percent[class])
        class ++;
    return class;
}

// One currency's clients, from `first` on. Returns the end.
static size_t finish_currency(struct ranking *ranking, size_t first) {
    const char *currency = ranking->list[first].currency;
    __int128 total = 0;
    __int128 before = 0;
    size_t end = first;
    for (; end < ranking->keys.count && strcmp(ranking->list[end].currency, currency) == 0; end++)
        total += ranking->list[end].minor;
    for (size_t i = first; i < end; i++) {
        struct ranked_client *client = &ranking->list[i];
        client->before = before;
        client->total = total;
        client->class = class_of(before, total);
        before += client->minor;
    }
    return end;
}

void ranking_finish(struct ranking *ranking) {
    if (ranking->keys.count)
        qsort(ranking->list, ranking->keys.count, sizeof(struct ranked_client), by_value);
    for (size_t at = 0; at < ranking->keys.count;)
        at = finish_currency(ranking, at);
}

void ranking_notes(const struct ranking *ranking, struct projection_answer *answer) {
    if (ranking->without_client)
        projection_answer_note(
            answer, "%s no client.",
            projection_count(answer, ranking->without_client, "won deal has", "won deals have"));
    if (ranking->without_amount)
        projection_answer_note(
            answer, "%s no amount.",
            projection_count(answer, ranking->without_amount, "won deal has", "won deals have"));
}
