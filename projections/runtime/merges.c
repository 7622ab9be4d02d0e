// Which client an id stands for. Nothing is moved by a merge: it is an edge between two ids, and
// the question joins what the edges known at its position join. Taking a merge back takes its edge
// out, and whatever depended on it falls apart again.
//
// Set aside for good is what can never count: a client merged into itself, and a reversal that
// names no merge before it. That hangs on the ledger up to the fact alone, so that mapping it again
// gives the same. A reversal of what is reversed already is set aside too, but keeps its row: it
// counts once the reversal before it is taken back.
//
// One row for each merge and each reversal, under an empty key, so that they come in order of
// position. Value: number (1 = merge, 0 = reversal), event id of the merge, survivor, merged.
#include "projection_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#include "facts/v1/client.pb-c.h"
#include "merge_graph.h"

// What a view asked of the graph.
struct projection_merges {
    struct merge_graph *graph;
    const char ***lists; // by a survivor's number: its ids, once they were asked for
    bool *asked;         // by number: the answer is about this id
};

static void put(struct projection_rows *rows, bool merge, const uint8_t id[16],
                const char *survivor, const char *merged) {
    const struct projection_key key = {0};
    struct ledger_uuid uuid;
    char text[LEDGER_UUID_TEXT_SIZE];
    memcpy(uuid.bytes, id, sizeof uuid.bytes);
    ledger_uuid_format(&uuid, text);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, merge);
    projection_value_text(value, text);
    projection_value_text(value, survivor);
    projection_value_text(value, merged);
    projection_rows_put(rows, PROJECTION_TABLE_MERGES, &key, ledger_buffer_span(value));
}

static void map_merge(const struct projection_fact *fact, struct projection_rows *rows,
                      struct ledger_error *reason) {
    const Facts__V1__ClientsMerged *merge = (const Facts__V1__ClientsMerged *)fact->payload;
    const Ledger__V1__Event *event = fact->record->event;
    if (!merge->survivor || !merge->merged || event->event_id.len != sizeof(struct ledger_uuid))
        (void)ledger_fail(reason, LEDGER_E_MISSING_FIELD, "payload", "a merge names two clients");
    else if (strcmp(merge->survivor, merge->merged) == 0)
        (void)ledger_fail(reason, LEDGER_E_INVALID_VALUE, "payload.merged",
                          "a client cannot be merged into itself");
    else
        put(rows, true, event->event_id.data, merge->survivor, merge->merged);
}

// *merge is the ClientsMerged that the reversal names; NULL if there is none before it.
static enum ledger_err find_merge(struct projection_batch *batch,
                                  const struct projection_fact *reversal,
                                  Ledger__V1__Record **merge, struct ledger_error *error) {
    const Facts__V1__MergeReversed *undo = (const Facts__V1__MergeReversed *)reversal->payload;
    *merge = NULL;
    if (undo->merge_event_id.len != sizeof(struct ledger_uuid))
        return LEDGER_E_OK;
    enum ledger_err err =
        projection_fetch_before(batch, undo->merge_event_id.data, reversal->position, merge, error);
    if (err || !*merge)
        return err;
    const struct ledger_fact_type *type = ledger_fact_find(ledger_span_text((*merge)->event->type));
    if (!type || type->fact != LEDGER_FACT_ClientsMerged)
        *merge = NULL;
    return LEDGER_E_OK;
}

enum ledger_err projection_merges_map(struct projection_batch *batch,
                                      const struct projection_fact *fact,
                                      struct ledger_error *reason, struct ledger_error *error) {
    if (fact->type->fact == LEDGER_FACT_ClientsMerged) {
        map_merge(fact, &batch->rows, reason);
        return LEDGER_E_OK;
    }
    Ledger__V1__Record *merge;
    enum ledger_err err = find_merge(batch, fact, &merge, error);
    if (err)
        return err;
    if (merge)
        put(&batch->rows, false, merge->event->event_id.data, NULL, NULL);
    else
        (void)ledger_fail(reason, LEDGER_E_NOT_FOUND, "payload.merge_event_id",
                          "it names no ClientsMerged that the ledger holds before it");
    return LEDGER_E_OK;
}

enum ledger_err projection_merge_reversed(struct projection_batch *batch,
                                          const Ledger__V1__Record *record,
                                          Ledger__V1__Record **merge, struct ledger_error *error) {
    struct projection_fact fact;
    struct ledger_error reason;
    *merge = NULL;
    enum ledger_err err = projection_fact_read(batch, record, &fact, &reason, error);
    return err || reason.code ? err : find_merge(batch, &fact, merge, error);
}

// The position of another reversal of that merge that is in force; 0 if there is none.
static uint64_t find_reversal(struct run_cursor *rows, const char *merge_id, uint64_t but_not) {
    const uint8_t table = PROJECTION_TABLE_MERGES;
    const struct ledger_span prefix = ledger_span_of(&table, 1);
    struct ledger_kv_pair pair;
    for (bool more = run_cursor_seek(rows, prefix, prefix, &pair); more;
         more = run_cursor_next(rows, &pair)) {
        uint64_t position = ledger_key_u64_read(pair.key.data + pair.key.size - ROW_KEY_SUFFIX);
        if (pair.value.size < ROW_HEADER_SIZE || position == but_not ||
            row_header_read(pair.value.data).known_until != UINT64_MAX)
            continue;
        struct projection_reader reader = {
            ledger_span_of(pair.value.data + ROW_HEADER_SIZE, pair.value.size - ROW_HEADER_SIZE)};
        bool merge = projection_read_number(&reader);
        const char *id = projection_read_text(&reader);
        if (!merge && id && strcmp(id, merge_id) == 0)
            return position;
    }
    return 0;
}

enum ledger_err projection_merges_repeated(struct projection_batch *batch,
                                           const struct projection_fact *fact,
                                           struct ledger_error *reason,
                                           struct ledger_error *error) {
    const Facts__V1__MergeReversed *undo = (const Facts__V1__MergeReversed *)fact->payload;
    struct ledger_uuid uuid;
    char id[LEDGER_UUID_TEXT_SIZE];
    if (fact->type->fact != LEDGER_FACT_MergeReversed || reason->code)
        return LEDGER_E_OK;
    memcpy(uuid.bytes, undo->merge_event_id.data, sizeof uuid.bytes);
    ledger_uuid_format(&uuid, id);
    struct run_cursor *cursor =
        run_cursor_open(batch->model, batch->txn, &batch->runs, 0, batch->runs.count, true);
    if (!cursor)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a scan");
    uint64_t other = find_reversal(cursor, id, fact->position);
    enum ledger_err err = run_cursor_failed(cursor);
    run_cursor_close(cursor);
    if (err)
        return ledger_fail(error, err, NULL, "the merges of clients cannot be read");
    if (other)
        (void)ledger_fail(reason, LEDGER_E_INVALID_VALUE, "payload.merge_event_id",
                          "the merge is reversed already, at position %" PRIu64
                          "; this reversal counts only if that one is taken back",
                          other);
    return LEDGER_E_OK;
}

// ---- as known at the view's position
static struct projection_merges *merges_of(struct projection_view *view) {
    if (view->merges || view->failed)
        return view->merges;
    struct projection_merges *merges = ledger_arena_calloc(view->arena, sizeof *merges);
    struct merge_graph *graph = merges ? merge_graph_of(view) : NULL;
    if (graph) {
        size_t places = graph->ids.count + 1;
        merges->graph = graph;
        merges->lists = ledger_arena_calloc(view->arena, places * sizeof *merges->lists);
        merges->asked = ledger_arena_calloc(view->arena, places * sizeof *merges->asked);
    }
    if (!graph || !merges->lists || !merges->asked) {
        merge_graph_release(graph);
        projection_view_fail(view, LEDGER_E_NO_MEMORY);
        return NULL;
    }
    view->merges = merges;
    return merges;
}

void projection_merges_end(struct projection_view *view) {
    if (view->merges)
        merge_graph_release(view->merges->graph);
    view->merges = NULL;
}

const char *projection_view_client(struct projection_view *view, const char *client_id) {
    struct projection_merges *merges = merges_of(view);
    size_t id = merges && client_id ? projection_ids_find(&merges->graph->ids, client_id)
                                    : PROJECTION_ID_NONE;
    if (id == PROJECTION_ID_NONE)
        return client_id;
    merges->asked[id] = true;
    return merges->graph->ids.texts[merges->graph->survivors[id]];
}

bool projection_view_is_client(struct projection_view *view, const char *id,
                               const char *client_id) {
    const struct projection_merges *merges = merges_of(view);
    if (!merges || !id || !client_id)
        return false;
    size_t left = projection_ids_find(&merges->graph->ids, id);
    size_t right = projection_ids_find(&merges->graph->ids, client_id);
    if (left == PROJECTION_ID_NONE || right == PROJECTION_ID_NONE)
        return strcmp(id, client_id) == 0;
    return merges->graph->survivors[left] == merges->graph->survivors[right];
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The survivor first, the others in order. NULL when out of memory.
static const char **list_ids(struct projection_view *view, struct projection_merges *merges,
                             size_t survivor) {
    size_t count = merges->graph->counts[survivor];
    const char **list = ledger_arena_alloc(view->arena, count * sizeof *list);
    if (!list)
        return NULL;
    list[0] = merges->graph->ids.texts[survivor];
    merges->asked[survivor] = true;
    size_t listed = 1;
    for (size_t next = merges->graph->others[survivor]; next;
         next = merges->graph->others[next - 1]) {
        list[listed++] = merges->graph->ids.texts[next - 1];
        merges->asked[next - 1] = true;
    }
    qsort(list + 1, count - 1, sizeof *list, by_text);
    return list;
}

// A client that is in no merge.
static size_t only_id(struct projection_view *view, const char *client_id,
                      const char *const **ids) {
    const char **list = ledger_arena_alloc(view->arena, sizeof *list);
    if (!list) {
        projection_view_fail(view, LEDGER_E_NO_MEMORY);
        return 0;
    }
    list[0] = client_id;
    *ids = list;
    return 1;
}

size_t projection_view_client_ids(struct projection_view *view, const char *client_id,
                                  const char *const **ids) {
    struct projection_merges *merges = merges_of(view);
    size_t id = merges && client_id ? projection_ids_find(&merges->graph->ids, client_id)
                                    : PROJECTION_ID_NONE;
    if (id == PROJECTION_ID_NONE)
        return only_id(view, client_id, ids);
    size_t survivor = merges->graph->survivors[id];
    merges->asked[id] = true;
    if (!merges->lists[survivor])
        merges->lists[survivor] = list_ids(view, merges, survivor);
    if (!merges->lists[survivor]) {
        projection_view_fail(view, LEDGER_E_NO_MEMORY);
        return 0;
    }
    *ids = merges->lists[survivor];
    return merges->graph->counts[survivor];
}

void projection_merges_notes(struct projection_view *view, struct projection_answer *answer) {
    const struct projection_merges *merges = view->merges;
    for (size_t i = 0; merges && i < merges->graph->edge_count; i++) {
        const struct merge_edge *edge = &merges->graph->edges[i];
        if (edge->ignored &&
            (merges->asked[edge->survivor_number] || merges->asked[edge->merged_number]))
            projection_answer_note(answer,
                                   "The merge of %s into %s at position %s is ignored: earlier "
                                   "merges have joined the two. It counts once an earlier one is "
                                   "reversed and they are parted.",
                                   edge->merged, edge->survivor,
                                   projection_number(answer, edge->position));
    }
}
