// What the merges of clients join, as known from one position on. Read by many questions at once,
// and never changed once it is made.
#ifndef PROJECTION_MERGE_GRAPH_H
#define PROJECTION_MERGE_GRAPH_H

#include <stdatomic.h>

#include "ids.h"
#include "ledger/uuid.h"

struct projection_view;

struct merge_edge {
    uint64_t position;
    struct ledger_uuid merge_id;
    const char *survivor, *merged;
    size_t survivor_number, merged_number; // in ids, unless it is reversed
    bool reversed;
    bool ignored; // it would join what is joined
};

struct merge_graph {
    struct ledger_arena *arena; // holds the graph, too
    _Atomic unsigned references;
    uint64_t changed_at; // of the last change that it knows
    struct projection_ids ids;
    size_t *survivors; // by number; its own number = a survivor. A step to it while joining
    size_t *others;    // by number: number + 1 of another id with the survivor; 0 = the last
    size_t *counts;    // by a survivor's number: ids that stand for it, itself too
    struct merge_edge *edges;
    size_t edge_count;
};

// The graph as the view sees it. A view of the newest merges takes the one that the model keeps.
// NULL after a failure, which sticks to the view. To be released.
struct merge_graph *merge_graph_of(struct projection_view *view);
void merge_graph_release(struct merge_graph *graph); // NULL is allowed

#endif
