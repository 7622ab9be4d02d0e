// One client's merges and un-merges as a tree, and the proof that no fact was lost or doubled:
// the facts of its ids, each by itself = the facts of the client.
#include <stdlib.h>
#include <string.h>

#include "holdings.h"

static const struct projection_column tree_columns[] = {
    {"level", "Level", PROJECTION_INTEGER},
    {"id", "Id", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"merged_into", "Merged into", PROJECTION_ID},
    {"merged", "Merged", PROJECTION_TEXT},
    {"actor", "By", PROJECTION_ID},
    {"position", "Position", PROJECTION_INTEGER},
    {"facts", "Facts naming it", PROJECTION_INTEGER},
    {"own_facts", "Of them counted here", PROJECTION_INTEGER},
};
static const struct projection_column merge_columns[] = {
    {"position", "Position", PROJECTION_INTEGER},
    {"merged_on", "Occurred", PROJECTION_TEXT},
    {"survivor", "Survivor", PROJECTION_ID},
    {"merged", "Merged", PROJECTION_ID},
    {"actor", "By", PROJECTION_ID},
    {"standing", "Standing", PROJECTION_TEXT},
    {"reversed_on", "Reversed", PROJECTION_TEXT},
    {"reversed_by", "Reversed by", PROJECTION_ID},
    {"event", "Event", PROJECTION_TEXT, .detail = true},
};
static const struct projection_column sum_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"ids", "Ids", PROJECTION_INTEGER},
    {"facts_before", "Facts of its ids, each by itself", PROJECTION_INTEGER},
    {"facts_after", "Facts of the client", PROJECTION_INTEGER},
    {"equal", "Equal", PROJECTION_FLAG},
};

struct merge {
    struct merge_row row;
    struct dated dated;
    bool reversed, joins; // joins: it made the two one client, as the runtime reads merges
    struct dated reversed_on;
    const char *reversed_by;
};

struct lineage {
    struct projection_view *view;
    const char *const *ids; // of the client
    size_t id_count;
    struct merge *merges; // in order of position
    size_t count, capacity;
    uint64_t *positions; // of the facts, one for each id that they name
    size_t position_count, position_capacity;
    int64_t *facts, *own; // by id
};

// ---- merges
static void find_reversal(struct lineage *lineage, struct merge *merge) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, merge->row.event_id);
    merge->reversed = projection_latest(lineage->view, REVERSALS, &key, &row);
    if (!merge->reversed)
        return;
    struct projection_reader reader = {row.value};
    merge->reversed_by = projection_read_text(&reader);
    merge->reversed_on = dated_of(&row, false, 0);
}

static bool is_listed(const struct lineage *lineage, uint64_t position) {
    for (size_t i = 0; i < lineage->count; i++)
        if (lineage->merges[i].dated.position == position)
            return true;
    return false;
}

static enum ledger_err read_merges(struct lineage *lineage, const char *id,
                                   struct ledger_error *error) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, id);
    struct projection_cursor *cursor = projection_scan(lineage->view, MERGES, &key, true);
    while (projection_next(cursor, &row)) {
        if (is_listed(lineage, row.position))
            continue;
        if (!projection_grow(projection_view_arena(lineage->view), &lineage->merges,
                             &lineage->capacity, lineage->count, sizeof *lineage->merges))
            return projection_no_memory(error);
        struct merge *merge = &lineage->merges[lineage->count++];
        *merge =
            (struct merge){.row = merge_row_read(row.value), .dated = dated_of(&row, false, 0)};
        find_reversal(lineage, merge);
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static int by_position(const void *a, const void *b) {
    uint64_t left = ((const struct merge *)a)->dated.position;
    uint64_t right = ((const struct merge *)b)->dated.position;
    return left < right ? -1 : left > right;
}

static size_t number_of(const struct lineage *lineage, const char *id) {
    size_t number = 0;
    while (number < lineage->id_count && !is_same(lineage->ids[number], id))
        number++;
    return number;
}

// In order of position, a merge that would join what is joined already does not count.
static enum ledger_err find_joins(struct lineage *lineage, struct ledger_error *error) {
    size_t *group = ledger_arena_alloc(projection_view_arena(lineage->view),
                                       (lineage->id_count + 1) * sizeof *group);
    if (!group)
        return projection_no_memory(error);
    if (lineage->count)
        qsort(lineage->merges, lineage->count, sizeof *lineage->merges, by_position);
    for (size_t i = 0; i < lineage->id_count; i++)
        group[i] = i;
    for (size_t i = 0; i < lineage->count; i++) {
        struct merge *merge = &lineage->merges[i];
        size_t survivor = number_of(lineage, merge->row.survivor);
        size_t merged = number_of(lineage, merge->row.merged);
        if (merge->reversed || survivor == lineage->id_count || merged == lineage->id_count ||
            group[survivor] == group[merged])
            continue;
        merge->joins = true;
        size_t old = group[merged];
        for (size_t id = 0; id < lineage->id_count; id++)
            if (group[id] == old)
                group[id] = group[survivor];
    }
    return LEDGER_E_OK;
}

// ---- facts
static bool is_named_earlier(const struct lineage *lineage, struct client_fact_row *fact) {
    for (size_t i = 0; i < fact->earlier_count; i++) {
        const char *id = projection_read_text(&fact->earlier);
        if (id && number_of(lineage, id) < lineage->id_count)
            return true;
    }
    return false;
}

static enum ledger_err count_facts(struct lineage *lineage, size_t number,
                                   struct ledger_error *error) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, lineage->ids[number]);
    struct projection_cursor *cursor = projection_scan(lineage->view, CLIENT_FACTS, &key, false);
    while (projection_next(cursor, &row)) {
        struct client_fact_row fact = client_fact_row_read(row.value);
        if (!projection_grow(projection_view_arena(lineage->view), &lineage->positions,
                             &lineage->position_capacity, lineage->position_count,
                             sizeof *lineage->positions))
            return projection_no_memory(error);
        lineage->positions[lineage->position_count++] = row.position;
        lineage->facts[number]++;
        lineage->own[number] += !is_named_earlier(lineage, &fact);
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static int by_u64(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static int64_t distinct_positions(struct lineage *lineage) {
    int64_t distinct = 0;
    if (lineage->position_count)
        qsort(lineage->positions, lineage->position_count, sizeof *lineage->positions, by_u64);
    for (size_t i = 0; i < lineage->position_count; i++)
        distinct += !i || lineage->positions[i] != lineage->positions[i - 1];
    return distinct;
}

// ---- the answer
// How the id came into the client; NULL for the surviving one.
static const struct merge *merge_of(const struct lineage *lineage, const char *id) {
    for (size_t i = 0; i < lineage->count; i++)
        if (lineage->merges[i].joins && is_same(lineage->merges[i].row.merged, id))
            return &lineage->merges[i];
    return NULL;
}

static void answer_id(const struct lineage *lineage, struct projection_answer *answer,
                      size_t number, int64_t level, const struct merge *merge) {
    projection_answer_integer(answer, level);
    projection_answer_text(answer, lineage->ids[number]);
    projection_answer_text(answer, client_name(lineage->view, lineage->ids[number]));
    projection_answer_text(answer, merge ? merge->row.survivor : NULL);
    if (merge)
        answer_dated(answer, &merge->dated);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, merge ? merge->row.actor : NULL);
    if (merge)
        projection_answer_integer(answer, (int64_t)merge->dated.position);
    else
        projection_answer_none(answer);
    projection_answer_integer(answer, lineage->facts[number]);
    projection_answer_integer(answer, lineage->own[number]);
}

// Depth first, each id under that which it was merged into; then those whose merge the view does
// not see, since it is of a later time.
static enum ledger_err answer_tree(const struct lineage *lineage, struct projection_answer *answer,
                                   struct ledger_error *error) {
    struct place_in_tree {
        size_t number;
        int64_t level;
    } *stack = ledger_arena_alloc(projection_view_arena(lineage->view),
                                  (lineage->id_count + 1) * sizeof *stack);
    bool *shown = ledger_arena_calloc(projection_view_arena(lineage->view), lineage->id_count + 1);
    if (!stack || !shown)
        return projection_no_memory(error);
    for (size_t root = 0; root < lineage->id_count; root++) {
        size_t depth = 0;
        if (shown[root] || (root && merge_of(lineage, lineage->ids[root])))
            continue;
        stack[depth++] = (struct place_in_tree){root, root ? 1 : 0};
        while (depth) {
            const struct place_in_tree at = stack[--depth];
            answer_id(lineage, answer, at.number, at.level,
                      merge_of(lineage, lineage->ids[at.number]));
            shown[at.number] = true;
            for (size_t i = lineage->id_count; i-- > 0;) {
                const struct merge *merge = merge_of(lineage, lineage->ids[i]);
                if (merge && !shown[i] && is_same(merge->row.survivor, lineage->ids[at.number]))
                    stack[depth++] = (struct place_in_tree){i, at.level + 1};
            }
        }
    }
    return LEDGER_E_OK;
}

static void answer_merge(struct projection_answer *answer, const struct merge *merge) {
    projection_answer_integer(answer, (int64_t)merge->dated.position);
    answer_dated(answer, &merge->dated);
    projection_answer_text(answer, merge->row.survivor);
    projection_answer_text(answer, merge->row.merged);
    projection_answer_text(answer, merge->row.actor);
    projection_answer_text(answer, merge->reversed ? "reversed"
                                   : merge->joins  ? "in force"
                                                   : "ignored: joined already");
    if (merge->reversed)
        answer_dated(answer, &merge->reversed_on);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, merge->reversed_by);
    projection_answer_text(answer, merge->row.event_id);
}

static enum ledger_err read_lineage(struct lineage *lineage, const char *client,
                                    struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(lineage->view);
    enum ledger_err err = LEDGER_E_OK;
    lineage->id_count = projection_view_client_ids(lineage->view, client, &lineage->ids);
    lineage->facts = ledger_arena_calloc(arena, (lineage->id_count + 1) * sizeof(int64_t));
    lineage->own = ledger_arena_calloc(arena, (lineage->id_count + 1) * sizeof(int64_t));
    if (!lineage->facts || !lineage->own)
        return projection_no_memory(error);
    for (size_t i = 0; i < lineage->id_count && !err; i++) {
        err = read_merges(lineage, lineage->ids[i], error);
        if (!err)
            err = count_facts(lineage, i, error);
    }
    return err ? err : find_joins(lineage, error);
}

enum ledger_err lineage_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    static const uint8_t tables[] = {CLIENT_FACTS, MERGES};
    const char *client = projection_argument(arguments, "client");
    struct lineage lineage = {.view = view};
    int64_t before = 0;
    enum ledger_err err = read_lineage(&lineage, client, error);
    if (err)
        return err;
    projection_answer_table(answer, "tree", "Ids of the client", PROJECTION_COLUMNS(tree_columns));
    err = answer_tree(&lineage, answer, error);
    if (err)
        return err;
    projection_answer_table(answer, "merges", "Merges, reversed ones too",
                            PROJECTION_COLUMNS(merge_columns));
    for (size_t i = 0; i < lineage.count; i++)
        answer_merge(answer, &lineage.merges[i]);
    for (size_t i = 0; i < lineage.id_count; i++)
        before += lineage.own[i];
    int64_t after = distinct_positions(&lineage);
    projection_answer_table(answer, "sum", "Facts before and after",
                            PROJECTION_COLUMNS(sum_columns));
    projection_answer_text(answer, lineage.id_count ? lineage.ids[0] : client);
    projection_answer_integer(answer, (int64_t)lineage.id_count);
    projection_answer_integer(answer, before);
    projection_answer_integer(answer, after);
    projection_answer_flag(answer, before == after);
    if (!projection_knows(view, tables, sizeof tables, client) && lineage.id_count < 2)
        projection_answer_nothing_known(answer, "client", client);
    return LEDGER_E_OK;
}
