// Which client an id stands for. Nothing is moved by a merge: it is an edge between two ids, and
// the question joins what the edges known at its position join. Taking a merge back takes its edge
// out, and whatever depended on it falls apart again.
//
// One row for each merge and each reversal, under an empty key, so that they come in order of
// position. Value: number (1 = merge, 0 = reversal), event id of the merge, survivor, merged.
#include "projection_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#include "facts/v1/client.pb-c.h"
#include "ids.h"

struct edge {
    uint64_t position;
    struct ledger_uuid merge_id;
    const char *survivor, *merged;
    bool reversed;
};

struct projection_merges {
    struct projection_ids ids;
    size_t *parents; // by number; its own number = a survivor
    struct edge *edges;
    size_t edge_count;
    uint64_t *cycles; // positions of merges that would close one
    size_t cycle_count;
};

static void put(struct projection_rows *rows, bool merge, const uint8_t *id, size_t id_size,
                const char *survivor, const char *merged) {
    const struct projection_key key = {0};
    struct ledger_uuid uuid = {0};
    char text[LEDGER_UUID_TEXT_SIZE];
    if (id_size != sizeof uuid.bytes)
        return;
    memcpy(uuid.bytes, id, sizeof uuid.bytes);
    ledger_uuid_format(&uuid, text);
    struct ledger_buffer *value = projection_rows_value(rows);
    projection_value_number(value, merge);
    projection_value_text(value, text);
    projection_value_text(value, survivor);
    projection_value_text(value, merged);
    projection_rows_put(rows, PROJECTION_TABLE_MERGES, &key, ledger_buffer_span(value));
}

void projection_merges_map(const struct projection_fact *fact, struct projection_rows *rows) {
    if (fact->type->fact == LEDGER_FACT_ClientsMerged) {
        const Facts__V1__ClientsMerged *merge = (const Facts__V1__ClientsMerged *)fact->payload;
        const Ledger__V1__Event *event = fact->record->event;
        put(rows, true, event->event_id.data, event->event_id.len, merge->survivor, merge->merged);
    } else {
        const Facts__V1__MergeReversed *undo = (const Facts__V1__MergeReversed *)fact->payload;
        put(rows, false, undo->merge_event_id.data, undo->merge_event_id.len, NULL, NULL);
    }
}

// ---- as known at the view's position
static bool read_edges(struct projection_view *view, struct projection_merges *merges) {
    size_t capacity = 0;
    struct projection_row row;
    struct projection_cursor *cursor =
        scan_begin(view, PROJECTION_TABLE_MERGES, NULL, SCAN_ANY_TIME);
    while (projection_next(cursor, &row)) {
        struct projection_reader reader = {row.value};
        bool merge = projection_read_number(&reader);
        const char *id = projection_read_text(&reader);
        struct edge edge = {.position = row.position};
        if (!id || !ledger_uuid_parse(ledger_span_text(id), &edge.merge_id))
            continue;
        edge.survivor = projection_read_text(&reader);
        edge.merged = projection_read_text(&reader);
        for (size_t i = 0; i < merges->edge_count && !merge; i++)
            if (memcmp(&merges->edges[i].merge_id, &edge.merge_id, sizeof edge.merge_id) == 0)
                merges->edges[i].reversed = true;
        if (!merge || !edge.survivor || !edge.merged)
            continue;
        if (!projection_grow(view->arena, &merges->edges, &capacity, merges->edge_count,
                             sizeof edge))
            return false;
        merges->edges[merges->edge_count++] = edge;
    }
    projection_scan_end(cursor);
    return true;
}

static size_t survivor_of(const struct projection_merges *merges, size_t id) {
    while (merges->parents[id] != id)
        id = merges->parents[id];
    return id;
}

static bool join_edges(struct projection_view *view, struct projection_merges *merges) {
    size_t places = 2 * merges->edge_count + 1;
    merges->parents = ledger_arena_alloc(view->arena, places * sizeof *merges->parents);
    merges->cycles = ledger_arena_alloc(view->arena, places * sizeof *merges->cycles);
    if (!merges->parents || !merges->cycles)
        return false;
    for (size_t i = 0; i < places; i++)
        merges->parents[i] = i;
    for (size_t i = 0; i < merges->edge_count; i++) {
        const struct edge *edge = &merges->edges[i];
        if (edge->reversed)
            continue;
        size_t survivor = projection_ids_add(&merges->ids, edge->survivor);
        size_t merged = projection_ids_add(&merges->ids, edge->merged);
        if (survivor == PROJECTION_ID_NONE || merged == PROJECTION_ID_NONE)
            return false;
        survivor = survivor_of(merges, survivor);
        merged = survivor_of(merges, merged);
        if (survivor == merged)
            merges->cycles[merges->cycle_count++] = edge->position;
        else
            merges->parents[merged] = survivor;
    }
    return true;
}

static struct projection_merges *merges_of(struct projection_view *view) {
    if (view->merges)
        return view->merges;
    struct projection_merges *merges = ledger_arena_calloc(view->arena, sizeof *merges);
    if (!merges) {
        projection_view_fail(view, LEDGER_E_NO_MEMORY);
        return NULL;
    }
    merges->ids.arena = view->arena;
    if (!read_edges(view, merges) || !join_edges(view, merges)) {
        projection_view_fail(view, LEDGER_E_NO_MEMORY);
        return NULL;
    }
    view->merges = merges;
    return merges;
}

const char *projection_view_client(struct projection_view *view, const char *client_id) {
    const struct projection_merges *merges = merges_of(view);
    size_t id =
        merges && client_id ? projection_ids_find(&merges->ids, client_id) : PROJECTION_ID_NONE;
    return id == PROJECTION_ID_NONE ? client_id : merges->ids.texts[survivor_of(merges, id)];
}

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

size_t projection_view_client_ids(struct projection_view *view, const char *client_id,
                                  const char *const **ids) {
    const struct projection_merges *merges = merges_of(view);
    size_t known = merges ? merges->ids.count : 0;
    const char **list = ledger_arena_alloc(view->arena, (known + 1) * sizeof *list);
    if (!list) {
        projection_view_fail(view, LEDGER_E_NO_MEMORY);
        return 0;
    }
    list[0] = projection_view_client(view, client_id);
    size_t count = 1;
    size_t survivor = merges ? projection_ids_find(&merges->ids, list[0]) : PROJECTION_ID_NONE;
    for (size_t i = 0; i < known && survivor != PROJECTION_ID_NONE; i++)
        if (i != survivor && survivor_of(merges, i) == survivor)
            list[count++] = merges->ids.texts[i];
    qsort(list + 1, count - 1, sizeof *list, by_text);
    *ids = list;
    return count;
}

void projection_merges_notes(struct projection_view *view, struct projection_answer *answer) {
    const struct projection_merges *merges = view->merges;
    for (size_t i = 0; merges && i < merges->cycle_count; i++)
        projection_answer_note(answer,
                               "The merge at position %" PRIu64
                               " joins clients that are joined already; it is ignored.",
                               merges->cycles[i]);
}
