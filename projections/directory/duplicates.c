// Clients suspected to be the same: the queue that awaits a verdict or a merge, best score first.
//
// A suspicion is of two ids; after merges it is of the clients that they stand for. Suspicions of
// the same two clients are one line: the last score and the last verdict count.
#include <stdlib.h>
#include <string.h>

#include "facts/v1/client.pb-c.h"
#include "holdings.h"

static const struct projection_column total_columns[] = {
    {"queue", "Await a verdict", PROJECTION_INTEGER},
    {"duplicate", "Found to be duplicates, not merged", PROJECTION_INTEGER},
    {"not_duplicate", "Found not to be", PROJECTION_INTEGER},
    {"merged", "Merged", PROJECTION_INTEGER},
};
static const struct projection_column pair_columns[] = {
    {"a", "Client", PROJECTION_ID},
    {"a_name", "Name", PROJECTION_TEXT},
    {"b", "Other client", PROJECTION_ID},
    {"b_name", "Other name", PROJECTION_TEXT},
    {"score", "Score", PROJECTION_RATIO},
    {"rule", "Rule", PROJECTION_TEXT},
    {"suspected", "Last suspected", PROJECTION_TEXT},
    {"times", "Times", PROJECTION_INTEGER},
    {"verdict", "Verdict", PROJECTION_TEXT},
    {"decided", "Decided", PROJECTION_TEXT},
};

struct pair {
    const char *a, *b; // as after merges, a before b; the same = merged
    bool has_score;
    int64_t score_bp, times, verdict;
    const char *rule;
    struct dated scored, last, decided;
};

struct pairs {
    struct projection_view *view;
    struct standpoint stand;
    struct projection_ids ids; // of pairs
    struct pair *list;         // by number
    size_t capacity;
};

static struct pair *find_pair(struct pairs *pairs, const char *left, const char *right) {
    const char *a = projection_view_client(pairs->view, left);
    const char *b = projection_view_client(pairs->view, right);
    bool turned = strcmp(a, b) > 0;
    const char *first = turned ? b : a;
    const char *second = turned ? a : b;
    // Merged ones stay apart by the ids of the suspicion: they are only counted.
    const char *text =
        strcmp(a, b) == 0
            ? ledger_arena_printf(pairs->ids.arena, "=%zu %s %s", strlen(left), left, right)
            : ledger_arena_printf(pairs->ids.arena, "%zu %s %s", strlen(first), first, second);
    size_t number = text ? projection_ids_add(&pairs->ids, text) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(pairs->ids.arena, &pairs->list, &pairs->capacity, number,
                         sizeof *pairs->list))
        return NULL;
    struct pair *pair = &pairs->list[number];
    pair->a = first;
    pair->b = second;
    return pair;
}

static bool is_later(const struct dated *dated, const struct dated *than) {
    return !than->position || dated_compare(dated, than) > 0;
}

static void take(struct pair *pair, const struct duplicate_row *row, const struct dated *dated) {
    pair->times++;
    if (is_later(dated, &pair->last))
        pair->last = *dated;
    if (row->has_score && is_later(dated, &pair->scored)) {
        pair->scored = *dated;
        pair->has_score = true;
        pair->score_bp = row->score_bp;
        pair->rule = row->rule;
    }
    if (row->verdict && is_later(dated, &pair->decided)) {
        pair->decided = *dated;
        pair->verdict = row->verdict;
    }
}

static enum ledger_err read_pairs(struct pairs *pairs, struct ledger_error *error) {
    struct projection_cursor *cursor = projection_scan(pairs->view, DUPLICATES, NULL, false);
    struct projection_row row;
    while (projection_next(cursor, &row)) {
        struct ledger_span left, right;
        const struct dated dated = dated_of(&row, false, 0);
        if (!dated_begun(&dated, &pairs->stand) || !projection_key_read_text(&row.key, &left) ||
            !projection_key_read_text(&row.key, &right))
            continue;
        const struct duplicate_row suspicion = duplicate_row_read(row.value);
        struct pair *pair = find_pair(pairs, (const char *)left.data, (const char *)right.data);
        if (!pair)
            return projection_no_memory(error);
        take(pair, &suspicion, &dated);
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static int by_score(const void *a, const void *b) {
    const struct pair *left = a;
    const struct pair *right = b;
    if (left->has_score != right->has_score)
        return left->has_score ? -1 : 1;
    if (left->score_bp != right->score_bp)
        return left->score_bp > right->score_bp ? -1 : 1;
    int order = strcmp(left->a, right->a);
    return order ? order : strcmp(left->b, right->b);
}

static void answer_pair(struct pairs *pairs, struct projection_answer *answer,
                        const struct pair *pair) {
    projection_answer_text(answer, pair->a);
    projection_answer_text(answer, client_name(pairs->view, pair->a));
    projection_answer_text(answer, pair->b);
    projection_answer_text(answer, client_name(pairs->view, pair->b));
    projection_answer_ratio(answer, pair->score_bp, pair->has_score ? 10000 : 0);
    projection_answer_text(answer, pair->rule);
    answer_dated(answer, &pair->last);
    projection_answer_integer(answer, pair->times);
    answer_code(pairs->view, answer, &facts__v1__duplicate_suspected__verdict__descriptor,
                pair->verdict);
    if (pair->verdict)
        answer_dated(answer, &pair->decided);
    else
        projection_answer_none(answer);
}

enum ledger_err duplicates_answer(struct projection_view *view,
                                  const struct projection_arguments *arguments,
                                  struct projection_answer *answer, struct ledger_error *error) {
    struct pairs pairs = {
        .view = view, .stand = standpoint_of(view), .ids = {.arena = projection_view_arena(view)}};
    const char *verdicts = projection_argument(arguments, "verdicts");
    int64_t queue = 0;
    int64_t merged = 0;
    int64_t found[3] = {0};
    uint64_t limit;
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err && verdicts && strcmp(verdicts, "yes") != 0 && strcmp(verdicts, "no") != 0)
        err = ledger_fail(error, LEDGER_E_INVALID_VALUE, "verdicts", "%.60s is neither yes nor no",
                          verdicts);
    if (!err)
        err = read_pairs(&pairs, error);
    if (err)
        return err;
    bool all = verdicts && strcmp(verdicts, "yes") == 0;
    if (pairs.ids.count)
        qsort(pairs.list, pairs.ids.count, sizeof *pairs.list, by_score);
    projection_answer_table(answer, "duplicates", "Suspected duplicates",
                            PROJECTION_COLUMNS(pair_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < pairs.ids.count; i++) {
        const struct pair *pair = &pairs.list[i];
        bool is_merged = strcmp(pair->a, pair->b) == 0;
        merged += is_merged;
        queue += !is_merged && !pair->verdict;
        if (!is_merged && pair->verdict > 0 && pair->verdict < 3)
            found[pair->verdict]++;
        if (!is_merged && (all || !pair->verdict))
            answer_pair(&pairs, answer, pair);
    }
    projection_answer_detail(answer, "verdict", !all);
    projection_answer_detail(answer, "decided", !all);
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, queue);
    projection_answer_integer(answer, found[FACTS__V1__DUPLICATE_SUSPECTED__VERDICT__DUPLICATE]);
    projection_answer_integer(answer,
                              found[FACTS__V1__DUPLICATE_SUSPECTED__VERDICT__NOT_DUPLICATE]);
    projection_answer_integer(answer, merged);
    standpoint_note(&pairs.stand, answer);
    return LEDGER_E_OK;
}
