// What visits left behind: samples, and what was agreed and is to come next.
#include <stdlib.h>
#include <string.h>

#include "runtime/months.h"
#include "runtime/order.h"
#include "scope.h"
#include "visit_states.h"

enum dimension { BY_PRODUCT, BY_REP, BY_CLIENT, BY_MONTH };
enum { DIMENSIONS = BY_MONTH + 1 };
static const char *const dimension_names[DIMENSIONS] = {"product", "rep", "client", "month"};

struct group {
    const char *keys[DIMENSIONS]; // NULL where it is not grouped by, or not known
    int64_t packs;
    uint64_t visits, clients;
    uint64_t last_visit; // its number: a visit counts once
};

struct samples_rep {
    const char *rep;
    uint64_t held, with_samples, with_agreement, with_next_step;
    int64_t packs;
};

struct samples {
    struct scope scope;
    struct ledger_arena *arena;
    const char *client, *product; // NULL = all
    bool by[DIMENSIONS];
    uint64_t visits; // held, so far
    struct projection_ids ids;
    struct group *groups; // by number
    size_t capacity;
    struct projection_ids clients; // of groups
    struct projection_ids reps;
    struct samples_rep *by_rep; // by number
    size_t rep_capacity;
    struct visit_state *agreed;
    size_t agreed_count, agreed_capacity;
};

static const struct projection_column group_columns[] = {
    {"product", "Product", PROJECTION_ID},
    {"product_name", "Product's name", PROJECTION_TEXT},
    {"rep", "Representative", PROJECTION_ID},
    {"rep_name", "Representative's name", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"month", "Month", PROJECTION_TEXT},
    {"packs", "Packs given", PROJECTION_INTEGER},
    {"visits", "Visits", PROJECTION_INTEGER},
    {"clients", "Clients", PROJECTION_INTEGER},
};
#define VISIT_COLUMNS                                                                              \
    {"held", "Visits held", PROJECTION_INTEGER},                                                   \
        {"with_samples", "With samples", PROJECTION_INTEGER},                                      \
        {"packs", "Packs given", PROJECTION_INTEGER},                                              \
        {"with_agreement", "With an agreement", PROJECTION_INTEGER},                               \
        {"agreement_share", "Share with an agreement", PROJECTION_RATIO}, {                        \
        "with_next_step", "With a next step", PROJECTION_INTEGER                                   \
    }
static const struct projection_column rep_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    VISIT_COLUMNS,
};
static const struct projection_column total_columns[] = {VISIT_COLUMNS};
static const struct projection_column agreement_columns[] = {
    {"visit", "Visit", PROJECTION_ID, .detail = true}, {"held", "Held", PROJECTION_TEXT},
    {"rep", "Representative", PROJECTION_ID},          {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT}, {"agreements", "Agreed", PROJECTION_TEXT},
    {"next_step", "Next step", PROJECTION_TEXT},
};

// ---- the question
static enum ledger_err read_dimensions(struct samples *samples, const char *list,
                                       struct ledger_error *error) {
    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        size_t length = strcspn(at, ",");
        size_t found = 0;
        while (found < DIMENSIONS && (strlen(dimension_names[found]) != length ||
                                      strncmp(dimension_names[found], at, length) != 0))
            found++;
        if (found == DIMENSIONS)
            return ledger_fail(error, LEDGER_E_INVALID_VALUE, "by",
                               "%.60s is none of product, rep, client and month", at);
        samples->by[found] = true;
    }
    return LEDGER_E_OK;
}

// ---- counting
static struct group *group_of(struct samples *samples, const char *keys[DIMENSIONS],
                              size_t *number) {
    const char *text = "";
    for (size_t i = 0; i < DIMENSIONS && text; i++) {
        keys[i] = samples->by[i] ? keys[i] : NULL;
        text = ledger_arena_printf(samples->arena, "%s\n%s", text, keys[i] ? keys[i] : "");
    }
    *number = text ? projection_ids_add(&samples->ids, text) : PROJECTION_ID_NONE;
    if (*number == PROJECTION_ID_NONE ||
        !projection_grow(samples->arena, &samples->groups, &samples->capacity, *number,
                         sizeof *samples->groups))
        return NULL;
    memcpy(samples->groups[*number].keys, keys, sizeof samples->groups->keys);
    return &samples->groups[*number];
}

static bool add_sample(struct samples *samples, const struct visit_state *visit,
                       const struct visit_sample *sample) {
    const char *month =
        visit->held.when == LEDGER_WHEN_UNKNOWN
            ? NULL
            : projection_month_text(samples->arena, projection_month_of(visit->held.day));
    const char *keys[DIMENSIONS] = {sample->product, visit->rep, visit->client, month};
    size_t number;
    struct group *group = group_of(samples, keys, &number);
    const char *client =
        ledger_arena_printf(samples->arena, "%zu\n%s", number, visit->client ? visit->client : "");
    size_t clients = samples->clients.count;
    if (!group || !client || projection_ids_add(&samples->clients, client) == PROJECTION_ID_NONE)
        return false;
    group->packs += sample->qty;
    group->visits += group->last_visit != samples->visits;
    group->last_visit = samples->visits;
    group->clients += samples->clients.count > clients;
    return true;
}

static bool is_said(const char *text) {
    return text && *text;
}

static bool add_visit(struct samples *samples, const struct visit_state *visit) {
    size_t number = projection_ids_add(&samples->reps, visit->rep);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(samples->arena, &samples->by_rep, &samples->rep_capacity, number,
                         sizeof *samples->by_rep) ||
        !projection_grow(samples->arena, &samples->agreed, &samples->agreed_capacity,
                         samples->agreed_count, sizeof *visit))
        return false;
    struct samples_rep *rep = &samples->by_rep[number];
    bool given = false;
    samples->visits++;
    rep->rep = samples->reps.texts[number];
    rep->held++;
    rep->with_agreement += is_said(visit->agreements);
    rep->with_next_step += is_said(visit->next_step);
    if (is_said(visit->agreements) || is_said(visit->next_step))
        samples->agreed[samples->agreed_count++] = *visit;
    for (size_t i = 0; i < visit->sample_count; i++) {
        const struct visit_sample *sample = &visit->samples[i];
        if (samples->product &&
            (!sample->product || strcmp(samples->product, sample->product) != 0))
            continue;
        given = true;
        rep->packs += sample->qty;
        if (!add_sample(samples, visit, sample))
            return false;
    }
    rep->with_samples += given;
    return true;
}

static enum ledger_err take_visit(void *user, struct visit_state *visit,
                                  struct ledger_error *error) {
    struct samples *samples = user;
    if (visit->status != VISIT_IS_HELD || !scope_holds(&samples->scope, visit->rep, &visit->held) ||
        (samples->client && (!visit->client || strcmp(visit->client, samples->client) != 0)))
        return LEDGER_E_OK;
    return add_visit(samples, visit) ? LEDGER_E_OK : projection_no_memory(error);
}

static enum ledger_err collect(struct samples *samples, const char *rep,
                               struct ledger_error *error) {
    return visit_states_each(samples->scope.view, rep, &samples->scope.period, take_visit, samples,
                             error);
}

// ---- the answer
static int by_keys(const void *a, const void *b) {
    const struct group *left = a;
    const struct group *right = b;
    int order = 0;
    for (size_t i = 0; i < DIMENSIONS && !order; i++)
        order = projection_text_order(left->keys[i], right->keys[i]);
    return order;
}

static int by_rep(const void *a, const void *b) {
    const struct samples_rep *left = a;
    const struct samples_rep *right = b;
    return strcmp(left->rep, right->rep);
}

// Unknown times last.
static int latest_first(const void *a, const void *b) {
    const struct visit_state *left = a;
    const struct visit_state *right = b;
    int order = projection_moment_order(&right->held, &left->held);
    return order ? order : strcmp(left->id, right->id);
}

static void answer_groups(struct samples *samples, struct projection_answer *answer) {
    static const uint8_t names[DIMENSIONS] = {PRODUCTS, EMPLOYEES, CLIENTS, 0};
    static const char *const columns[DIMENSIONS][2] = {
        {"product", "product_name"}, {"rep", "rep_name"}, {"client", "client_name"}, {"month"}};
    if (samples->ids.count)
        qsort(samples->groups, samples->ids.count, sizeof *samples->groups, by_keys);
    projection_answer_table(answer, "samples", "Samples given", PROJECTION_COLUMNS(group_columns));
    projection_answer_limit(answer, samples->scope.limit);
    for (size_t i = 0; i < DIMENSIONS; i++)
        for (size_t j = 0; j < 2 && columns[i][j]; j++)
            projection_answer_detail(answer, columns[i][j], !samples->by[i]);
    for (size_t i = 0; i < samples->ids.count; i++) {
        const struct group *group = &samples->groups[i];
        for (size_t j = 0; j < DIMENSIONS; j++) {
            projection_answer_text(answer, group->keys[j]);
            if (names[j])
                projection_answer_text(
                    answer, projection_name(samples->scope.view, names[j], group->keys[j]));
        }
        projection_answer_integer(answer, group->packs);
        projection_answer_integer(answer, (int64_t)group->visits);
        projection_answer_integer(answer, (int64_t)group->clients);
    }
}

static void answer_visits(struct projection_answer *answer, const struct samples_rep *rep) {
    projection_answer_integer(answer, (int64_t)rep->held);
    projection_answer_integer(answer, (int64_t)rep->with_samples);
    projection_answer_integer(answer, rep->packs);
    projection_answer_integer(answer, (int64_t)rep->with_agreement);
    projection_answer_ratio(answer, rep->with_agreement, rep->held);
    projection_answer_integer(answer, (int64_t)rep->with_next_step);
}

static void answer_reps(struct samples *samples, struct projection_answer *answer) {
    struct samples_rep total = {0};
    if (samples->reps.count)
        qsort(samples->by_rep, samples->reps.count, sizeof *samples->by_rep, by_rep);
    projection_answer_table(answer, "reps", "By representative", PROJECTION_COLUMNS(rep_columns));
    projection_answer_limit(answer, samples->scope.limit);
    for (size_t i = 0; i < samples->reps.count; i++) {
        const struct samples_rep *rep = &samples->by_rep[i];
        projection_answer_text(answer, rep->rep);
        projection_answer_text(answer, projection_name(samples->scope.view, EMPLOYEES, rep->rep));
        answer_visits(answer, rep);
        total.held += rep->held;
        total.with_samples += rep->with_samples;
        total.packs += rep->packs;
        total.with_agreement += rep->with_agreement;
        total.with_next_step += rep->with_next_step;
    }
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    answer_visits(answer, &total);
}

static void answer_agreements(struct samples *samples, struct projection_answer *answer) {
    struct projection_view *view = samples->scope.view;
    if (samples->agreed_count)
        qsort(samples->agreed, samples->agreed_count, sizeof *samples->agreed, latest_first);
    projection_answer_table(answer, "agreements", "What was agreed, latest first",
                            PROJECTION_COLUMNS(agreement_columns));
    projection_answer_limit(answer, samples->scope.limit);
    for (size_t i = 0; i < samples->agreed_count; i++) {
        const struct visit_state *visit = &samples->agreed[i];
        projection_answer_text(answer, visit->id);
        projection_answer_moment(answer, &visit->held);
        projection_answer_text(answer, visit->rep);
        projection_answer_text(answer, visit->client);
        projection_answer_text(answer, projection_name(view, CLIENTS, visit->client));
        projection_answer_text(answer, visit->agreements);
        projection_answer_text(answer, visit->next_step);
    }
}

enum ledger_err samples_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    static const uint8_t products = PRODUCTS;
    struct ledger_arena *arena = projection_view_arena(view);
    const char *by = projection_argument(arguments, "by");
    struct samples samples = {
        .arena = arena,
        .client = projection_view_client(view, projection_argument(arguments, "client")),
        .product = projection_argument(arguments, "product"),
        .ids = {.arena = arena},
        .clients = {.arena = arena},
        .reps = {.arena = arena}};
    enum ledger_err err = scope_begin(&samples.scope, view, arguments, error);
    if (!err)
        err = read_dimensions(&samples, by ? by : "product", error);
    for (size_t i = 0; !err && i < samples.scope.rep_count; i++)
        err = collect(&samples, samples.scope.reps[i], error);
    if (!err && samples.scope.territories.failed)
        err = projection_no_memory(error);
    if (err)
        return err;
    answer_groups(&samples, answer);
    answer_reps(&samples, answer);
    answer_agreements(&samples, answer);
    if (samples.product && !samples.ids.count &&
        !projection_knows(view, &products, 1, samples.product))
        projection_answer_nothing_known(answer, "product", samples.product);
    scope_notes(&samples.scope, arguments, answer);
    return LEDGER_E_OK;
}
