#include "merge_graph.h"

#include <stdlib.h>

#include "projection_internal.h"

// ---- reading the rows
// Texts are borrowed from the rows until they are numbered.
static bool read_edges(struct projection_view *view, struct merge_graph *graph) {
    size_t capacity = 0;
    struct projection_row row;
    struct projection_cursor *cursor =
        scan_begin(view, PROJECTION_TABLE_MERGES, NULL, SCAN_ANY_TIME);
    while (projection_next(cursor, &row)) {
        struct projection_reader reader = {row.value};
        bool merge = projection_read_number(&reader);
        const char *id = projection_read_text(&reader);
        struct merge_edge edge = {.position = row.position};
        if (!id || !ledger_uuid_parse(ledger_span_text(id), &edge.merge_id))
            continue;
        edge.survivor = projection_read_text(&reader);
        edge.merged = projection_read_text(&reader);
        for (size_t i = 0; i < graph->edge_count && !merge; i++)
            if (memcmp(&graph->edges[i].merge_id, &edge.merge_id, sizeof edge.merge_id) == 0)
                graph->edges[i].reversed = true;
        if (!merge || !edge.survivor || !edge.merged)
            continue;
        if (!projection_grow(graph->arena, &graph->edges, &capacity, graph->edge_count,
                             sizeof edge))
            return false;
        graph->edges[graph->edge_count++] = edge;
    }
    projection_scan_end(cursor);
    return !view->failed;
}

// ---- joining
static size_t survivor_of(size_t *steps, size_t id) {
    while (steps[id] != id)
        id = steps[id] = steps[steps[id]];
    return id;
}

static void list_others(struct merge_graph *graph) {
    for (size_t i = 0; i < graph->ids.count; i++) {
        size_t survivor = graph->survivors[i] = survivor_of(graph->survivors, i);
        graph->counts[survivor]++;
        if (i == survivor)
            continue;
        graph->others[i] = graph->others[survivor];
        graph->others[survivor] = i + 1;
    }
}

static bool join_edge(struct merge_graph *graph, struct merge_edge *edge) {
    size_t survivor = projection_ids_add(&graph->ids, edge->survivor);
    size_t merged = projection_ids_add(&graph->ids, edge->merged);
    if (survivor == PROJECTION_ID_NONE || merged == PROJECTION_ID_NONE)
        return false;
    edge->survivor_number = survivor;
    edge->merged_number = merged;
    edge->survivor = graph->ids.texts[survivor];
    edge->merged = graph->ids.texts[merged];
    survivor = survivor_of(graph->survivors, survivor);
    merged = survivor_of(graph->survivors, merged);
    edge->ignored = survivor == merged;
    if (!edge->ignored)
        graph->survivors[merged] = survivor;
    return true;
}

static bool join_edges(struct merge_graph *graph) {
    size_t places = 2 * graph->edge_count + 1;
    graph->survivors = ledger_arena_alloc(graph->arena, places * sizeof *graph->survivors);
    graph->others = ledger_arena_calloc(graph->arena, places * sizeof *graph->others);
    graph->counts = ledger_arena_calloc(graph->arena, places * sizeof *graph->counts);
    if (!graph->survivors || !graph->others || !graph->counts)
        return false;
    for (size_t i = 0; i < places; i++)
        graph->survivors[i] = i;
    for (size_t i = 0; i < graph->edge_count; i++)
        if (!graph->edges[i].reversed && !join_edge(graph, &graph->edges[i]))
            return false;
    list_others(graph);
    return true;
}

// ---- made, kept, let go
static struct merge_graph *make(struct projection_view *view, uint64_t changed_at) {
    struct ledger_arena *arena = ledger_arena_new(0);
    struct merge_graph *graph = arena ? ledger_arena_calloc(arena, sizeof *graph) : NULL;
    if (graph) {
        graph->arena = graph->ids.arena = arena;
        graph->references = 1;
        graph->changed_at = changed_at;
    }
    if (graph && read_edges(view, graph) && join_edges(graph))
        return graph;
    projection_view_fail(view, LEDGER_E_NO_MEMORY);
    ledger_arena_free(arena);
    return NULL;
}

void merge_graph_release(struct merge_graph *graph) {
    if (graph && atomic_fetch_sub(&graph->references, 1) == 1)
        ledger_arena_free(graph->arena);
}

static struct merge_graph *take_kept(struct projection_model *model, uint64_t changed_at) {
    pthread_mutex_lock(&model->graph_lock);
    struct merge_graph *graph = model->graph;
    if (graph && graph->changed_at == changed_at)
        atomic_fetch_add(&graph->references, 1);
    else
        graph = NULL;
    pthread_mutex_unlock(&model->graph_lock);
    return graph;
}

static void keep(struct projection_model *model, struct merge_graph *graph) {
    atomic_fetch_add(&graph->references, 1);
    pthread_mutex_lock(&model->graph_lock);
    struct merge_graph *before = model->graph;
    model->graph = graph;
    pthread_mutex_unlock(&model->graph_lock);
    merge_graph_release(before);
}

struct merge_graph *merge_graph_of(struct projection_view *view) {
    struct projection_state state;
    enum ledger_err err = projection_state_read(view->model, view->txn, &state, NULL);
    if (err) {
        projection_view_fail(view, err);
        return NULL;
    }
    if (view->position < state.merges_changed)
        return make(view, view->position);
    struct merge_graph *graph = take_kept(view->model, state.merges_changed);
    if (graph)
        return graph;
    graph = make(view, state.merges_changed);
    if (graph)
        keep(view->model, graph);
    return graph;
}
