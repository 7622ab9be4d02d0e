#include "postings.h"

#include <stdlib.h>
#include <string.h>

// Older postings come run by run from the index; the newest of the index and those of the tail
// are one array, all of them later than any run.
struct postings {
    struct index *index;
    struct ledger_kv_txn *txn;
    struct ledger_kv_cursor *cursor; // opened, as `run` is allocated, when a run is needed
    uint64_t low;                    // the first position that is asked for
    uint32_t number;
    bool has_runs;
    uint64_t *run; // unpacked, INDEX_RUN_POSITIONS_MAX places
    uint32_t run_count;
    uint64_t *recent;
    size_t recent_count;
    // The last answers: between what was asked for and what was found there is nothing. A walk
    // over several terms asks each of them again and again for what lies before its next posting.
    struct {
        uint64_t asked;
        uint64_t found; // NONE_AFTER, in reverse 0: nothing at all
    } forward, reverse;
    enum ledger_err failed;
};
#define NONE_AFTER UINT64_MAX

// The first place in an ascending array that holds `position` or more.
static size_t lower_bound(const uint64_t *positions, size_t count, uint64_t position) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (positions[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// ---- opening

// The part of a generation's postings that is durable, in the range, and not in the index snapshot.
static struct position_range tail_part(const struct tail_term *term,
                                       const struct snapshot *snapshot,
                                       struct position_range range) {
    struct position_range part = {0, 0}; // of places in term->positions
    if (term == NULL)
        return part;
    uint64_t low = range.low > snapshot->folded_to ? range.low : snapshot->folded_to + 1;
    uint64_t high = range.high < snapshot->head ? range.high : snapshot->head;
    part.low = lower_bound(term->positions, term->count, low);
    part.high = lower_bound(term->positions, term->count, high + 1);
    if (part.high < part.low)
        part.high = part.low;
    return part;
}

static void take_tail(struct postings *postings, const struct tail_term *term,
                      struct position_range part) {
    size_t count = part.high - part.low;
    if (count == 0)
        return;
    memcpy(postings->recent + postings->recent_count, term->positions + part.low,
           count * sizeof *postings->recent);
    postings->recent_count += count;
}

struct postings *postings_open_tail(const struct snapshot *snapshot, struct ledger_span key,
                                    struct position_range range) {
    struct postings *postings = calloc(1, sizeof *postings);
    if (postings == NULL)
        return NULL;
    postings->index = snapshot->index;
    postings->txn = snapshot->txn;
    postings->low = range.low;
    postings->forward.asked = NONE_AFTER; // nothing was asked yet
    postings->reverse.found = NONE_AFTER;
    const struct tail_term *frozen =
        snapshot->frozen != NULL ? tail_find_term(snapshot->frozen, key) : NULL;
    const struct tail_term *active = tail_find_term(snapshot->active, key);
    struct position_range of_frozen = tail_part(frozen, snapshot, range);
    struct position_range of_active = tail_part(active, snapshot, range);
    size_t most = (of_frozen.high - of_frozen.low) + (of_active.high - of_active.low);
    postings->recent = malloc((most + 1) * sizeof *postings->recent);
    if (postings->recent == NULL) {
        postings_close(postings);
        return NULL;
    }
    take_tail(postings, frozen, of_frozen);
    take_tail(postings, active, of_active);
    return postings;
}

// The newest of the index come before those of the tail.
static enum ledger_err prepend_newest(struct postings *postings, const struct index_term *known) {
    size_t count = known->newest_count + postings->recent_count;
    uint64_t *recent = malloc((count + 1) * sizeof *recent);
    if (recent == NULL)
        return LEDGER_E_NO_MEMORY;
    enum ledger_err err = index_unpack(known->newest, known->newest_count, recent);
    memcpy(recent + known->newest_count, postings->recent, postings->recent_count * sizeof *recent);
    free(postings->recent);
    postings->recent = recent;
    postings->recent_count = count;
    return err;
}

enum ledger_err postings_take_index(struct postings *postings, struct ledger_span key) {
    struct index_term known;
    enum ledger_err err = index_find_term(postings->index, postings->txn, key, &known);
    if (err != LEDGER_E_OK || known.count == 0 || known.last < postings->low)
        return err;
    postings->number = known.number;
    postings->has_runs = known.count > known.newest_count;
    return prepend_newest(postings, &known);
}

struct postings *postings_open(const struct snapshot *snapshot, struct ledger_span key,
                               struct position_range range, enum ledger_err *err) {
    struct postings *postings = postings_open_tail(snapshot, key, range);
    *err = postings == NULL ? LEDGER_E_NO_MEMORY : postings_take_index(postings, key);
    if (*err == LEDGER_E_OK)
        return postings;
    postings_close(postings);
    return NULL;
}

void postings_close(struct postings *postings) {
    if (postings == NULL)
        return;
    ledger_kv_cursor_close(postings->cursor);
    free(postings->run);
    free(postings->recent);
    free(postings);
}

enum ledger_err postings_failed(const struct postings *postings) {
    return postings->failed;
}

// ---- walking

// Makes the run that was found current. False: there is none, or it cannot be read.
static bool take_run(struct postings *postings, enum ledger_err err, const struct index_run *run) {
    postings->run_count = 0;
    if (err == LEDGER_E_OK && run->count != 0)
        err = index_unpack(run->packed, run->count, postings->run);
    postings->failed = err;
    if (err == LEDGER_E_OK)
        postings->run_count = run->count;
    return postings->run_count != 0;
}

static bool open_runs(struct postings *postings) {
    if (!postings->has_runs || postings->failed != LEDGER_E_OK)
        return false;
    if (postings->run == NULL)
        postings->run = malloc(INDEX_RUN_POSITIONS_MAX * sizeof *postings->run);
    if (postings->cursor == NULL)
        postings->cursor = index_postings_cursor(postings->index, postings->txn);
    if (postings->run == NULL || postings->cursor == NULL)
        postings->failed = LEDGER_E_NO_MEMORY;
    return postings->failed == LEDGER_E_OK;
}

// Makes the run current that may hold the position, unless it is already.
static bool seek_run(struct postings *postings, uint64_t position) {
    if (!open_runs(postings))
        return false;
    if (postings->run_count != 0 && postings->run[0] <= position &&
        position <= postings->run[postings->run_count - 1])
        return true;
    struct index_run run;
    return take_run(postings, index_run_at(postings->cursor, postings->number, position, &run),
                    &run);
}

static bool next_run(struct postings *postings) {
    struct index_run run;
    return take_run(postings, index_run_next(postings->cursor, postings->number, &run), &run);
}

static uint64_t find_after(struct postings *postings, uint64_t position) {
    uint64_t first_recent = postings->recent_count != 0 ? postings->recent[0] : UINT64_MAX;
    if (position < first_recent) {
        for (bool found = seek_run(postings, position); found; found = next_run(postings)) {
            size_t i = lower_bound(postings->run, postings->run_count, position);
            if (i < postings->run_count)
                return postings->run[i];
        }
    }
    size_t i = lower_bound(postings->recent, postings->recent_count, position);
    return i < postings->recent_count ? postings->recent[i] : NONE_AFTER;
}

uint64_t postings_at_or_after(struct postings *postings, uint64_t position) {
    if (position < postings->forward.asked || position > postings->forward.found) {
        uint64_t found = find_after(postings, position);
        if (postings->failed != LEDGER_E_OK)
            return 0;
        postings->forward.asked = position;
        postings->forward.found = found;
    }
    return postings->forward.found == NONE_AFTER ? 0 : postings->forward.found;
}

static uint64_t find_before(struct postings *postings, uint64_t position) {
    if (postings->recent_count != 0 && position >= postings->recent[0]) {
        size_t i = lower_bound(postings->recent, postings->recent_count, position);
        bool exact = i < postings->recent_count && postings->recent[i] == position;
        return postings->recent[exact ? i : i - 1];
    }
    if (!seek_run(postings, position))
        return 0;
    size_t i = lower_bound(postings->run, postings->run_count, position);
    if (i < postings->run_count && postings->run[i] == position)
        return position;
    return i > 0 ? postings->run[i - 1] : 0;
}

uint64_t postings_at_or_before(struct postings *postings, uint64_t position) {
    if (position > postings->reverse.asked || position < postings->reverse.found) {
        uint64_t found = find_before(postings, position);
        if (postings->failed != LEDGER_E_OK)
            return 0;
        postings->reverse.asked = position;
        postings->reverse.found = found;
    }
    return postings->reverse.found;
}
