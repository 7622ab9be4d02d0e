// Won, lost and open by one attribute of the deal. A group whose won deals are in several
// currencies has a row for each, with its counts repeated.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deals.h"

struct group {
    const char *id; // "" = none
    uint64_t won, lost, open;
};

struct amount {
    size_t group, currency;
    __int128 minor;
};

struct groups {
    struct projection_view *view;
    struct ledger_arena *arena;
    const struct grouping *by;
    struct projection_ids ids;
    struct group *list; // by number
    size_t capacity;
    struct projection_ids currencies;
    struct projection_ids amount_keys; // currency and group
    struct amount *amounts;            // by number
    size_t amount_capacity;
    uint64_t several_products, open_in_no_quarter;
};

static const struct projection_column columns[] = {
    {"group", "Group", PROJECTION_ID},          {"name", "Name", PROJECTION_TEXT},
    {"won", "Won", PROJECTION_INTEGER},         {"lost", "Lost", PROJECTION_INTEGER},
    {"open", "Open", PROJECTION_INTEGER},       {"won_value", "Won value", PROJECTION_MONEY},
    {"win_rate", "Win rate", PROJECTION_RATIO},
};

// ---- what deals can be grouped by
static const char *owner_of(struct groups *groups, const struct deals *deals,
                            const struct deal *deal) {
    (void)groups, (void)deals;
    return deal->owner;
}
static const char *territory_of(struct groups *groups, const struct deals *deals,
                                const struct deal *deal) {
    (void)groups, (void)deals;
    return deal->territory;
}
static const char *client_of(struct groups *groups, const struct deals *deals,
                             const struct deal *deal) {
    (void)groups;
    return deal_client(deals, deal);
}
static const char *pipeline_of(struct groups *groups, const struct deals *deals,
                               const struct deal *deal) {
    (void)groups;
    return deals->pipelines.list[deal->pipeline].id;
}
static const char *source_of(struct groups *groups, const struct deals *deals,
                             const struct deal *deal) {
    (void)groups, (void)deals;
    return deal->source;
}
static const char *quarter_of(struct groups *groups, const struct deals *deals,
                              const struct deal *deal) {
    int year, month, day;
    (void)deals;
    if (!deal->has_closed_day)
        return NULL;
    ledger_civil_from_days(deal->closed_day, &year, &month, &day);
    return ledger_arena_printf(groups->arena, "%04d-Q%d", year, (month + 2) / 3);
}

struct grouping {
    const char *name;
    // NULL = the deal has none; a grouping without it takes each of the deal's products.
    const char *(*id_of)(struct groups *groups, const struct deals *deals, const struct deal *deal);
    uint8_t names; // table; 0 = the id is the name
    bool closed_only;
};
static const struct grouping groupings[] = {
    {"owner", owner_of, EMPLOYEES, false}, {"territory", territory_of, 0, false},
    {"product", NULL, PRODUCTS, false},    {"client", client_of, CLIENTS, false},
    {"quarter", quarter_of, 0, true},      {"pipeline", pipeline_of, PIPELINES, false},
    {"source", source_of, 0, false},
};

static const struct grouping *find_grouping(const char *name) {
    for (size_t i = 0; i < sizeof groupings / sizeof groupings[0]; i++)
        if (strcmp(groupings[i].name, name) == 0)
            return &groupings[i];
    return NULL;
}

// ---- counting
static bool add_amount(struct groups *groups, size_t group, const struct deal *deal) {
    size_t currency = projection_ids_add(&groups->currencies, deal->currency);
    const char *key = ledger_arena_printf(groups->arena, "%zu %zu", group, currency);
    size_t number = key ? projection_ids_add(&groups->amount_keys, key) : PROJECTION_ID_NONE;
    if (currency == PROJECTION_ID_NONE || number == PROJECTION_ID_NONE ||
        !projection_grow(groups->arena, &groups->amounts, &groups->amount_capacity, number,
                         sizeof(struct amount)))
        return false;
    struct amount *amount = &groups->amounts[number];
    amount->group = group;
    amount->currency = currency;
    amount->minor += deal->minor;
    return true;
}

static bool count(struct groups *groups, const char *id, const struct deal *deal) {
    size_t number = projection_ids_add(&groups->ids, id ? id : "");
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(groups->arena, &groups->list, &groups->capacity, number,
                         sizeof(struct group)))
        return false;
    struct group *group = &groups->list[number];
    group->id = groups->ids.texts[number];
    group->won += deal->status == DEAL_IS_WON;
    group->lost += deal->status == DEAL_IS_LOST;
    group->open += deal->status == DEAL_IS_OPEN;
    return deal->status != DEAL_IS_WON || !deal->has_amount || add_amount(groups, number, deal);
}

static bool count_products(struct groups *groups, const struct deal *deal) {
    groups->several_products += deal->product_count > 1;
    if (!deal->product_count)
        return count(groups, NULL, deal);
    for (size_t i = 0; i < deal->product_count; i++)
        if (!count(groups, deal->products[i], deal))
            return false;
    return true;
}

static bool count_deal(struct groups *groups, const struct deals *deals, const struct deal *deal) {
    if (groups->by->closed_only && deal->status == DEAL_IS_OPEN) {
        groups->open_in_no_quarter++;
        return true;
    }
    return groups->by->id_of ? count(groups, groups->by->id_of(groups, deals, deal), deal)
                             : count_products(groups, deal);
}

// ---- the answer
struct line {
    const struct group *group;
    const char *currency; // NULL = nothing won
    __int128 minor;
};

static int by_value(const void *a, const void *b) {
    const struct line *left = a;
    const struct line *right = b;
    if (!left->currency != !right->currency)
        return left->currency ? -1 : 1;
    int currency = left->currency ? strcmp(left->currency, right->currency) : 0;
    if (currency)
        return currency;
    if (left->minor != right->minor)
        return left->minor > right->minor ? -1 : 1;
    return strcmp(left->group->id, right->group->id);
}

static int by_quarter(const void *a, const void *b) {
    const struct line *left = a;
    const struct line *right = b;
    int quarter = strcmp(left->group->id, right->group->id);
    return quarter ? quarter : by_value(a, b);
}

static struct line *make_lines(const struct groups *groups, size_t *count_made) {
    size_t amounts = groups->amount_keys.count;
    struct line *lines =
        ledger_arena_alloc(groups->arena, (groups->ids.count + amounts + 1) * sizeof *lines);
    bool *valued = ledger_arena_calloc(groups->arena, groups->ids.count + 1);
    if (!lines || !valued)
        return NULL;
    size_t made = 0;
    for (size_t i = 0; i < amounts; i++) {
        const struct amount *amount = &groups->amounts[i];
        valued[amount->group] = true;
        lines[made++] = (struct line){&groups->list[amount->group],
                                      groups->currencies.texts[amount->currency], amount->minor};
    }
    for (size_t i = 0; i < groups->ids.count; i++)
        if (!valued[i])
            lines[made++] = (struct line){.group = &groups->list[i]};
    if (made)
        qsort(lines, made, sizeof *lines, groups->by->closed_only ? by_quarter : by_value);
    *count_made = made;
    return lines;
}

static void answer_line(struct projection_answer *answer, const struct groups *groups,
                        const struct line *line) {
    const struct group *group = line->group;
    bool none = !*group->id;
    projection_answer_text(answer, none ? NULL : group->id);
    projection_answer_text(answer, none ? NULL
                                   : groups->by->names
                                       ? projection_name(groups->view, groups->by->names, group->id)
                                       : group->id);
    projection_answer_integer(answer, (int64_t)group->won);
    projection_answer_integer(answer, (int64_t)group->lost);
    projection_answer_integer(answer, (int64_t)group->open);
    if (line->currency)
        projection_answer_money(answer, line->minor, line->currency);
    else
        projection_answer_none(answer);
    projection_answer_ratio(answer, group->won, group->won + group->lost);
}

static enum ledger_err answer_groups(struct projection_answer *answer, struct groups *groups,
                                     uint64_t limit, struct ledger_error *error) {
    size_t lines = 0;
    const struct line *list = make_lines(groups, &lines);
    if (!list)
        return projection_no_memory(error);
    projection_answer_table(answer, "groups", "Deals by group", PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < lines; i++)
        answer_line(answer, groups, &list[i]);
    if (groups->currencies.count > 1)
        projection_answer_note(answer, "A group with several currencies has a row for each; its "
                                       "counts are repeated there.");
    if (groups->several_products)
        projection_answer_note(answer, "%s whole in each.",
                               projection_count(answer, groups->several_products,
                                                "deal has several products and counts",
                                                "deals have several products and count"));
    if (groups->open_in_no_quarter)
        projection_answer_note(
            answer, "Quarters are of the closing day; %s in none.",
            projection_count(answer, groups->open_in_no_quarter, "open deal is", "open deals are"));
    return LEDGER_E_OK;
}

enum ledger_err by_answer(struct projection_view *view,
                          const struct projection_arguments *arguments,
                          struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct deals deals;
    struct groups groups = {.view = view,
                            .arena = arena,
                            .by = find_grouping(projection_argument(arguments, "group")),
                            .ids = {.arena = arena},
                            .currencies = {.arena = arena},
                            .amount_keys = {.arena = arena}};
    struct doubts doubts = {0};
    uint64_t limit = 0;
    bool limited;
    const struct deal *deal = NULL;
    if (!groups.by)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "group",
                           "deals are grouped by owner, territory, product, client, quarter, "
                           "pipeline or source");
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    while (!err) {
        err = deals_next(&deals, &deal);
        if (err || !deal)
            break;
        if (doubts_add(&doubts, deal) && !count_deal(&groups, &deals, deal))
            err = projection_no_memory(error);
    }
    if (!err)
        err = answer_groups(answer, &groups, limit, error);
    if (!err)
        deals_notes(&deals, answer, &doubts);
    return err;
}
