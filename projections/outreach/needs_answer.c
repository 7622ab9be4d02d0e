// The answer on needs: what is not met, by code or product; whose; and what has been met since.
#include <stdlib.h>
#include <string.h>

#include "flags.h"
#include "needs.h"
#include "sets.h"
#include "words.h"

struct group {
    const char *id; // "" = not said
    uint64_t clients, needs, partly;
    int64_t packs;
};
struct worth {
    const char *id, *currency;
    uint64_t needs;
    __int128 minor;
};

struct tally {
    struct projection_view *view;
    bool by_product;
    struct projection_ids groups, worths, seen;
    struct group *list; // by number
    struct worth *worth_list;
    size_t capacity, worth_capacity;
    uint64_t not_said, without_value;
};

static const struct projection_column group_columns[] = {
    {"group", "Group", PROJECTION_TEXT},
    {"name", "Name", PROJECTION_TEXT},
    {"clients", "Clients", PROJECTION_INTEGER},
    {"needs", "Needs not met", PROJECTION_INTEGER},
    {"partly", "Of these, partly met", PROJECTION_INTEGER},
    {"packs", "Packs, estimated", PROJECTION_INTEGER},
};
static const struct projection_column worth_columns[] = {
    {"group", "Group", PROJECTION_TEXT},
    {"currency", "Currency", PROJECTION_TEXT},
    {"needs", "Needs with a value", PROJECTION_INTEGER},
    {"value", "Value, estimated", PROJECTION_MONEY},
};
static const struct projection_column need_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"need", "Need", PROJECTION_ID, .detail = true},
    {"text", "In words", PROJECTION_TEXT},
    {"product", "Product", PROJECTION_ID},
    {"met", "Met", PROJECTION_TEXT},
    {"first", "First recorded", PROJECTION_TEXT},
    {"last", "Last recorded", PROJECTION_TEXT},
    {"packs", "Packs, estimated", PROJECTION_INTEGER},
    {"value", "Value, estimated", PROJECTION_MONEY},
};
static const struct projection_column met_columns[] = {
    {"need", "Need", PROJECTION_ID},
    {"code", "Code", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"product", "Product", PROJECTION_ID},
    {"first", "First recorded", PROJECTION_TEXT},
    {"met_since", "Met since", PROJECTION_TEXT},
    {"days", "Days until met", PROJECTION_INTEGER},
};

// ---- counting
static bool count(struct tally *tally, const struct need *need) {
    struct ledger_arena *arena = tally->seen.arena;
    const char *id = tally->by_product ? need->row.product : need->row.code;
    size_t number = projection_ids_add(&tally->groups, id ? id : "");
    size_t worth, seen;
    bool fresh;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(arena, &tally->list, &tally->capacity, number, sizeof(struct group)))
        return false;
    struct group *group = &tally->list[number];
    group->id = tally->groups.texts[number];
    if (!set_add(&tally->seen, &seen, &fresh, group->id, need->client, NULL))
        return false;
    group->clients += fresh;
    group->needs++;
    group->partly += need_is_partly_met(need);
    group->packs += need->row.packs;
    if (!need->row.currency) {
        tally->without_value++;
        return true;
    }
    if (!set_add(&tally->worths, &worth, NULL, group->id, need->row.currency, NULL) ||
        !projection_grow(arena, &tally->worth_list, &tally->worth_capacity, worth,
                         sizeof(struct worth)))
        return false;
    struct worth *of = &tally->worth_list[worth];
    of->id = group->id;
    of->currency = need->row.currency;
    of->needs++;
    of->minor += need->row.minor;
    return true;
}

static bool count_all(struct tally *tally, const struct needs *needs) {
    for (size_t i = 0; i < needs->count; i++) {
        const struct need *need = &needs->list[i];
        tally->not_said += !need_is_unmet(need) && !need_is_met(need);
        if (need_is_unmet(need) && !count(tally, need))
            return false;
    }
    return true;
}

// ---- the tables
// Most clients first.
static int by_clients(const void *a, const void *b) {
    const struct group *left = a;
    const struct group *right = b;
    if (left->clients != right->clients)
        return left->clients > right->clients ? -1 : 1;
    return strcmp(left->id, right->id);
}

static int by_value(const void *a, const void *b) {
    const struct worth *left = a;
    const struct worth *right = b;
    int currency = strcmp(left->currency, right->currency);
    if (currency)
        return currency;
    if (left->minor != right->minor)
        return left->minor > right->minor ? -1 : 1;
    return strcmp(left->id, right->id);
}

static void answer_tally(struct projection_answer *answer, struct tally *tally, uint64_t limit) {
    if (tally->groups.count)
        qsort(tally->list, tally->groups.count, sizeof(struct group), by_clients);
    if (tally->worths.count)
        qsort(tally->worth_list, tally->worths.count, sizeof(struct worth), by_value);
    projection_answer_table(answer, "needs", "Needs not met", PROJECTION_COLUMNS(group_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < tally->groups.count; i++) {
        const struct group *group = &tally->list[i];
        projection_answer_text(answer, *group->id ? group->id : NULL);
        projection_answer_text(
            answer, tally->by_product ? projection_name(tally->view, PRODUCTS, group->id) : NULL);
        projection_answer_integer(answer, (int64_t)group->clients);
        projection_answer_integer(answer, (int64_t)group->needs);
        projection_answer_integer(answer, (int64_t)group->partly);
        projection_answer_integer(answer, group->packs);
    }
    projection_answer_detail(answer, "name", !tally->by_product);
    projection_answer_table(answer, "values", "Estimated value of needs not met",
                            PROJECTION_COLUMNS(worth_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < tally->worths.count; i++) {
        const struct worth *worth = &tally->worth_list[i];
        projection_answer_text(answer, *worth->id ? worth->id : NULL);
        projection_answer_text(answer, worth->currency);
        projection_answer_integer(answer, (int64_t)worth->needs);
        projection_answer_money(answer, worth->minor, worth->currency);
    }
}

static int by_client(const void *a, const void *b) {
    const struct need *left = a;
    const struct need *right = b;
    int order = projection_text_order(left->client, right->client);
    return order ? order : strcmp(left->id, right->id);
}

static void answer_clients(struct projection_view *view, struct projection_answer *answer,
                           const struct needs *needs, uint64_t limit) {
    projection_answer_table(answer, "clients", "Clients with these needs",
                            PROJECTION_COLUMNS(need_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < needs->count; i++) {
        const struct need *need = &needs->list[i];
        if (!need_is_unmet(need))
            continue;
        projection_answer_text(answer, need->client);
        projection_answer_text(answer, projection_name(view, CLIENTS, need->client));
        projection_answer_text(answer, need->id);
        projection_answer_text(answer, need->row.text);
        projection_answer_text(answer, need->row.product);
        projection_answer_text(answer, met_name(need->row.met));
        projection_answer_moment(answer, &need->first);
        projection_answer_moment(answer, &need->last);
        if (need->row.has_packs)
            projection_answer_integer(answer, need->row.packs);
        else
            projection_answer_none(answer);
        if (need->row.currency)
            projection_answer_money(answer, need->row.minor, need->row.currency);
        else
            projection_answer_none(answer);
    }
}

// Needs that never were unmet are no success to show.
static void answer_met(struct projection_view *view, struct projection_answer *answer,
                       const struct needs *needs, const struct projection_period *period,
                       uint64_t limit) {
    projection_answer_table(answer, "met", "Needs met since", PROJECTION_COLUMNS(met_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < needs->count; i++) {
        const struct need *need = &needs->list[i];
        if (!need_is_met(need) || !need->was_unmet ||
            !projection_period_holds(period, &need->met_since))
            continue;
        projection_answer_text(answer, need->id);
        projection_answer_text(answer, need->row.code);
        projection_answer_text(answer, need->client);
        projection_answer_text(answer, projection_name(view, CLIENTS, need->client));
        projection_answer_text(answer, need->row.product);
        projection_answer_moment(answer, &need->first);
        projection_answer_moment(answer, &need->met_since);
        if (need->first.when != LEDGER_WHEN_UNKNOWN && need->met_since.when != LEDGER_WHEN_UNKNOWN)
            projection_answer_integer(answer, (int64_t)need->met_since.day - need->first.day);
        else
            projection_answer_none(answer);
    }
}

enum ledger_err needs_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    const char *by = projection_argument(arguments, "by");
    struct needs needs = {.view = view};
    struct tally tally = {.view = view,
                          .by_product = by && strcmp(by, "product") == 0,
                          .groups = {.arena = arena},
                          .worths = {.arena = arena},
                          .seen = {.arena = arena}};
    struct projection_period period;
    struct flags flags = {0};
    uint64_t limit = 0;
    if (by && !tally.by_product && strcmp(by, "code") != 0)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "by",
                           "needs are grouped by code or product");
    enum ledger_err err = projection_argument_period(arguments, &period, error);
    if (!err)
        err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = needs_read(&needs, arguments, error);
    if (!err && !count_all(&tally, &needs))
        err = projection_no_memory(error);
    if (err)
        return err;
    answer_tally(answer, &tally, limit);
    if (needs.count)
        qsort(needs.list, needs.count, sizeof *needs.list, by_client);
    if (needs.code || needs.client)
        answer_clients(view, answer, &needs, limit);
    answer_met(view, answer, &needs, &period, limit);
    flags.counts[NEED_OF_SEVERAL_CLIENTS] = needs.several_clients;
    flags_answer(answer, &flags);
    if (tally.without_value)
        projection_answer_note(answer, "%s no estimated value.",
                               projection_count(answer, tally.without_value,
                                                "need that is not met has",
                                                "needs that are not met have"));
    if (tally.not_said)
        projection_answer_note(answer,
                               "Of %s the last record does not say whether it is met; it "
                               "is in no figure.",
                               projection_count(answer, tally.not_said, "need", "needs"));
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
