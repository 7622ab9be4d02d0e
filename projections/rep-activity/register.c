// The register of visits: each by its id, planned, moved, called off, held; with results, and the
// products spoken of by their place in the talk.
#include <stdlib.h>
#include <string.h>

#include "runtime/order.h"
#include "scope.h"
#include "visit_states.h"

struct register_rep {
    const char *rep;
    uint64_t visits, planned, moved, moves, by_status[VISIT_STATUSES], unplanned, unknown_time;
    uint64_t contradictions;
};

struct register_count {
    const char *id; // result code, or product
    int64_t order;  // place in the talk; 0 = not said
    uint64_t visits;
};

struct tally {
    struct projection_ids keys;
    struct register_count *list; // by number
    size_t capacity;
};

struct visit_register {
    struct scope scope;
    struct ledger_arena *arena;
    struct visit_state *visits;
    size_t count, capacity;
    struct projection_ids reps;
    struct register_rep *by_rep; // by number
    size_t rep_capacity;
    struct tally results, products;
};

static const struct projection_column visit_columns[] = {
    {"visit", "Visit", PROJECTION_ID},
    {"when", "When", PROJECTION_TEXT},
    {"status", "Status", PROJECTION_TEXT},
    {"rep", "Representative", PROJECTION_ID},
    {"rep_name", "Representative's name", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"planned_for", "Planned for", PROJECTION_TEXT},
    {"rescheduled", "Times rescheduled", PROJECTION_INTEGER},
    {"held", "Held", PROJECTION_TEXT, .detail = true},
    {"kind", "Kind", PROJECTION_TEXT, .detail = true},
    {"result", "Result", PROJECTION_TEXT},
    {"reason", "Why not held", PROJECTION_TEXT, .detail = true},
    {"contradictions", "Contradicting facts", PROJECTION_INTEGER, .detail = true},
};
#define COUNT_COLUMNS                                                                              \
    {"visits", "Visits", PROJECTION_INTEGER}, {"planned", "Planned", PROJECTION_INTEGER},          \
        {"rescheduled", "Rescheduled", PROJECTION_INTEGER},                                        \
        {"reschedulings", "Times rescheduled", PROJECTION_INTEGER, .detail = true},                \
        {"held", "Held", PROJECTION_INTEGER}, {"cancelled", "Cancelled", PROJECTION_INTEGER},      \
        {"not_held", "Not held", PROJECTION_INTEGER},                                              \
        {"open", "Planned, nothing since", PROJECTION_INTEGER},                                    \
        {"held_unplanned", "Held without a plan", PROJECTION_INTEGER},                             \
        {"held_share", "Held of planned", PROJECTION_RATIO},                                       \
        {"unknown_time", "At an unknown time", PROJECTION_INTEGER, .detail = true}, {              \
        "contradictions", "Contradicting facts", PROJECTION_INTEGER                                \
    }
static const struct projection_column rep_columns[] = {
    {"rep", "Representative", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    COUNT_COLUMNS,
};
static const struct projection_column total_columns[] = {COUNT_COLUMNS};
static const struct projection_column result_columns[] = {
    {"result", "Result", PROJECTION_TEXT},
    {"visits", "Visits held", PROJECTION_INTEGER},
    {"share", "Share", PROJECTION_RATIO},
};
static const struct projection_column product_columns[] = {
    {"product", "Product", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"order", "Place in the talk", PROJECTION_INTEGER},
    {"visits", "Visits held", PROJECTION_INTEGER},
};

// ---- counting
static bool count(struct tally *tally, const char *id, int64_t order) {
    struct ledger_arena *arena = tally->keys.arena;
    const char *key = ledger_arena_printf(arena, "%lld\n%s", (long long)order, id ? id : "");
    size_t number = key ? projection_ids_add(&tally->keys, key) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(arena, &tally->list, &tally->capacity, number, sizeof *tally->list))
        return false;
    tally->list[number].id = id;
    tally->list[number].order = order;
    tally->list[number].visits++;
    return true;
}

// A product named twice in a place counts once there.
static bool count_details(struct tally *products, const struct visit_state *visit) {
    for (size_t i = 0; i < visit->detail_count; i++) {
        const struct visit_detail *detail = &visit->details[i];
        bool again = !detail->product;
        for (size_t j = 0; j < i && !again; j++)
            again = visit->details[j].product && visit->details[j].order == detail->order &&
                    strcmp(visit->details[j].product, detail->product) == 0;
        if (!again && !count(products, detail->product, detail->order))
            return false;
    }
    return true;
}

static bool count_rep(struct visit_register *visits, const struct visit_state *visit) {
    size_t number = projection_ids_add(&visits->reps, visit->rep);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(visits->arena, &visits->by_rep, &visits->rep_capacity, number,
                         sizeof *visits->by_rep))
        return false;
    struct register_rep *rep = &visits->by_rep[number];
    bool held = visit->status == VISIT_IS_HELD;
    rep->rep = visits->reps.texts[number];
    rep->visits++;
    rep->planned += visit->planned;
    rep->moved += visit->moves > 0;
    rep->moves += visit->moves;
    rep->by_status[visit->status]++;
    rep->unplanned += held && !visit->planned;
    rep->unknown_time += visit_when(visit)->when == LEDGER_WHEN_UNKNOWN;
    rep->contradictions += visit->contradiction_count;
    return !held ||
           (count(&visits->results, visit->result, 0) && count_details(&visits->products, visit));
}

static enum ledger_err take_visit(void *user, struct visit_state *visit,
                                  struct ledger_error *error) {
    struct visit_register *visits = user;
    if (!scope_holds(&visits->scope, visit->rep, visit_when(visit)))
        return LEDGER_E_OK;
    if (!projection_grow(visits->arena, &visits->visits, &visits->capacity, visits->count,
                         sizeof *visits->visits) ||
        !count_rep(visits, visit))
        return projection_no_memory(error);
    visits->visits[visits->count++] = *visit;
    return LEDGER_E_OK;
}

static enum ledger_err collect(struct visit_register *visits, const char *rep,
                               struct ledger_error *error) {
    return visit_states_each(visits->scope.view, rep, &visits->scope.period, take_visit, visits,
                             error);
}

// ---- the answer
// Unknown times last.
static int latest_first(const void *a, const void *b) {
    const struct visit_state *left = a;
    const struct visit_state *right = b;
    int order = projection_moment_order(visit_when(right), visit_when(left));
    return order ? order : strcmp(left->id, right->id);
}

static int by_id(const void *a, const void *b) {
    const struct register_rep *left = a;
    const struct register_rep *right = b;
    return strcmp(left->rep, right->rep);
}

static int most_first(const void *a, const void *b) {
    const struct register_count *left = a;
    const struct register_count *right = b;
    if (left->visits != right->visits)
        return left->visits > right->visits ? -1 : 1;
    return strcmp(left->id ? left->id : "", right->id ? right->id : "");
}

static int by_product_and_order(const void *a, const void *b) {
    const struct register_count *left = a;
    const struct register_count *right = b;
    int product = strcmp(left->id, right->id);
    return product ? product : left->order < right->order ? -1 : left->order > right->order;
}

static void answer_when(struct projection_answer *answer, const struct ledger_moment *moment) {
    if (moment->when == LEDGER_WHEN_UNKNOWN)
        projection_answer_none(answer);
    else
        projection_answer_moment(answer, moment);
}

static void answer_visit(struct projection_view *view, struct projection_answer *answer,
                         const struct visit_state *visit) {
    projection_answer_text(answer, visit->id);
    projection_answer_moment(answer, visit_when(visit));
    projection_answer_text(answer, visit_status_text(visit->status));
    projection_answer_text(answer, visit->rep);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, visit->rep));
    projection_answer_text(answer, visit->client);
    projection_answer_text(answer, projection_name(view, CLIENTS, visit->client));
    answer_when(answer, &visit->start);
    projection_answer_integer(answer, (int64_t)visit->moves);
    if (visit->status == VISIT_IS_HELD)
        projection_answer_moment(answer, &visit->held);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, visit->kind);
    projection_answer_text(answer, visit->result);
    projection_answer_text(answer, visit->status == VISIT_IS_HELD ? NULL : visit->reason);
    projection_answer_integer(answer, (int64_t)visit->contradiction_count);
}

static void answer_counts(struct projection_answer *answer, const struct register_rep *rep) {
    projection_answer_integer(answer, (int64_t)rep->visits);
    projection_answer_integer(answer, (int64_t)rep->planned);
    projection_answer_integer(answer, (int64_t)rep->moved);
    projection_answer_integer(answer, (int64_t)rep->moves);
    projection_answer_integer(answer, (int64_t)rep->by_status[VISIT_IS_HELD]);
    projection_answer_integer(answer, (int64_t)rep->by_status[VISIT_IS_CANCELLED]);
    projection_answer_integer(answer, (int64_t)rep->by_status[VISIT_IS_NOT_HELD]);
    projection_answer_integer(answer, (int64_t)rep->by_status[VISIT_IS_PLANNED]);
    projection_answer_integer(answer, (int64_t)rep->unplanned);
    projection_answer_ratio(answer, rep->by_status[VISIT_IS_HELD] - rep->unplanned, rep->planned);
    projection_answer_integer(answer, (int64_t)rep->unknown_time);
    projection_answer_integer(answer, (int64_t)rep->contradictions);
}

static void answer_reps(struct visit_register *visits, struct projection_answer *answer) {
    struct register_rep total = {0};
    if (visits->reps.count)
        qsort(visits->by_rep, visits->reps.count, sizeof *visits->by_rep, by_id);
    projection_answer_table(answer, "reps", "Visits by representative",
                            PROJECTION_COLUMNS(rep_columns));
    for (size_t i = 0; i < visits->reps.count; i++) {
        const struct register_rep *rep = &visits->by_rep[i];
        projection_answer_text(answer, rep->rep);
        projection_answer_text(answer, projection_name(visits->scope.view, EMPLOYEES, rep->rep));
        answer_counts(answer, rep);
        total.visits += rep->visits;
        total.planned += rep->planned;
        total.moved += rep->moved;
        total.moves += rep->moves;
        for (size_t status = 0; status < VISIT_STATUSES; status++)
            total.by_status[status] += rep->by_status[status];
        total.unplanned += rep->unplanned;
        total.unknown_time += rep->unknown_time;
        total.contradictions += rep->contradictions;
    }
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    answer_counts(answer, &total);
}

static void answer_results(struct visit_register *visits, struct projection_answer *answer) {
    struct tally *results = &visits->results;
    uint64_t held = 0;
    if (results->keys.count)
        qsort(results->list, results->keys.count, sizeof *results->list, most_first);
    for (size_t i = 0; i < results->keys.count; i++)
        held += results->list[i].visits;
    projection_answer_table(answer, "results", "Visits held by result",
                            PROJECTION_COLUMNS(result_columns));
    for (size_t i = 0; i < results->keys.count; i++) {
        projection_answer_text(answer, results->list[i].id);
        projection_answer_integer(answer, (int64_t)results->list[i].visits);
        projection_answer_ratio(answer, results->list[i].visits, held);
    }
}

static void answer_products(struct visit_register *visits, struct projection_answer *answer) {
    struct tally *products = &visits->products;
    if (products->keys.count)
        qsort(products->list, products->keys.count, sizeof *products->list, by_product_and_order);
    projection_answer_table(answer, "products", "Products spoken of, by place in the talk",
                            PROJECTION_COLUMNS(product_columns));
    for (size_t i = 0; i < products->keys.count; i++) {
        const struct register_count *product = &products->list[i];
        projection_answer_text(answer, product->id);
        projection_answer_text(answer, projection_name(visits->scope.view, PRODUCTS, product->id));
        projection_answer_integer(answer, product->order);
        projection_answer_integer(answer, (int64_t)product->visits);
    }
}

enum ledger_err register_answer(struct projection_view *view,
                                const struct projection_arguments *arguments,
                                struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct visit_register visits = {.arena = arena,
                                    .reps = {.arena = arena},
                                    .results = {.keys = {.arena = arena}},
                                    .products = {.keys = {.arena = arena}}};
    enum ledger_err err = scope_begin(&visits.scope, view, arguments, error);
    for (size_t i = 0; !err && i < visits.scope.rep_count; i++)
        err = collect(&visits, visits.scope.reps[i], error);
    if (!err && visits.scope.territories.failed)
        err = projection_no_memory(error);
    if (err)
        return err;
    if (visits.count)
        qsort(visits.visits, visits.count, sizeof *visits.visits, latest_first);
    size_t kept = visits.scope.limit && visits.scope.limit < visits.count
                      ? (size_t)visits.scope.limit
                      : visits.count;
    projection_answer_table(answer, "visits", "Visits", PROJECTION_COLUMNS(visit_columns));
    for (size_t i = 0; i < kept; i++)
        answer_visit(view, answer, &visits.visits[i]);
    projection_answer_left_off(answer, visits.count - kept);
    answer_reps(&visits, answer);
    answer_results(&visits, answer);
    answer_products(&visits, answer);
    scope_notes(&visits.scope, arguments, answer);
    return LEDGER_E_OK;
}
