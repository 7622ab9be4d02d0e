#include "ids.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "ids_run.h"

enum {
    RUN_KEY_SIZE = 1 + 4,
    RUNS_MAX = 64, // of a bucket: each is more than twice as large as the next, but for the budget
    // All buckets grow alike, and would make their large merges in one fold; so a fold merges so
    // many times what it adds, and leaves the rest to the next ones. An id is merged about once for
    // each doubling of the index: 32 would be some 10^14 events.
    MERGE_BUDGET_TIMES = 32,
    MERGE_BUDGET_LEAST = 8 << 20,
    MERGE_ALWAYS_BYTES = 4 << 10,
};

struct entry {
    uint64_t hash;
    uint64_t position;
};

static uint64_t hash_of(const struct ids *ids, const struct ledger_uuid *id) {
    return XXH3_64bits_withSeed(id->bytes, sizeof id->bytes, ids->seed);
}

// The bucket is the first byte of the hash, the entry has the other seven.
static uint8_t bucket_of(uint64_t hash) {
    return (uint8_t)(hash >> (8 * IDS_HASH_BYTES));
}

static void run_key(uint8_t key[RUN_KEY_SIZE], uint8_t bucket, uint32_t run) {
    key[0] = bucket;
    for (int i = 0; i < 4; i++)
        key[1 + i] = (uint8_t)(run >> (8 * (3 - i)));
}

// ---- a bucket's runs

struct runs {
    struct ids_run runs[RUNS_MAX]; // the oldest first
    uint32_t numbers[RUNS_MAX];
    size_t count;
};

static enum ledger_err read_runs(const struct ids *ids, struct ledger_kv_txn *txn, uint8_t bucket,
                                 struct runs *runs) {
    uint8_t key[RUN_KEY_SIZE];
    struct ledger_kv_pair pair;
    runs->count = 0;
    run_key(key, bucket, 0);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, ids->table);
    if (cursor == NULL)
        return LEDGER_E_NO_MEMORY;
    bool found = ledger_kv_seek(cursor, ledger_span_of(key, sizeof key), &pair);
    enum ledger_err err = LEDGER_E_OK;
    for (; err == LEDGER_E_OK && found; found = ledger_kv_next(cursor, &pair)) {
        if (pair.key.size != RUN_KEY_SIZE || runs->count == RUNS_MAX)
            err = LEDGER_E_CORRUPT;
        else if (pair.key.data[0] != bucket)
            break;
        else {
            uint32_t number = 0;
            for (int i = 1; i < RUN_KEY_SIZE; i++)
                number = number << 8 | pair.key.data[i];
            runs->numbers[runs->count] = number;
            err = ids_run_read(pair.value, &runs->runs[runs->count++]);
        }
    }
    if (err == LEDGER_E_OK && !found)
        err = ledger_kv_cursor_failed(cursor);
    ledger_kv_cursor_close(cursor);
    return err;
}

// ---- folding

static int by_hash(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

// The generation's ids in the order of their hashes.
static enum ledger_err sort_entries(const struct ids *ids, const struct tail_generation *tail,
                                    struct entry *entries) {
    size_t starts[IDS_BUCKETS + 1] = {0}, count = 0;
    struct entry *unsorted = malloc((tail->id_count + 1) * sizeof *unsorted);
    if (unsorted == NULL)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < tail->id_slots; i++) {
        if (tail->ids[i].position == 0)
            continue;
        uint64_t hash = hash_of(ids, &tail->ids[i].id);
        unsorted[count++] = (struct entry){hash, tail->ids[i].position};
        starts[bucket_of(hash) + 1]++;
    }
    for (size_t b = 0; b < IDS_BUCKETS; b++)
        starts[b + 1] += starts[b];
    size_t next[IDS_BUCKETS];
    memcpy(next, starts, sizeof next);
    for (size_t i = 0; i < count; i++)
        entries[next[bucket_of(unsorted[i].hash)]++] = unsorted[i];
    for (size_t b = 0; b < IDS_BUCKETS; b++)
        qsort(entries + starts[b], starts[b + 1] - starts[b], sizeof *entries, by_hash);
    free(unsorted);
    return LEDGER_E_OK;
}

struct folding {
    const struct ids *ids;
    struct ledger_kv_txn *txn;
    size_t budget;             // bytes that may still be merged
    uint8_t *merged, *reading; // two buffers, each the other's source
    size_t capacity;           // of each
};

static bool make_room(struct folding *folding, size_t size) {
    if (size <= folding->capacity)
        return true;
    uint8_t *merged = realloc(folding->merged, size);
    if (merged != NULL)
        folding->merged = merged;
    uint8_t *reading = realloc(folding->reading, size);
    if (reading != NULL)
        folding->reading = reading;
    if (merged == NULL || reading == NULL)
        return false;
    folding->capacity = size;
    return true;
}

// Is the older run to be merged with a newer one of that size?
static bool merges(const struct folding *folding, const struct runs *runs, size_t newer) {
    if (runs->count == 0)
        return false;
    size_t older = runs->runs[runs->count - 1].entries.size;
    if (older + newer <= MERGE_ALWAYS_BYTES || runs->count == RUNS_MAX)
        return true;
    return older <= 2 * newer && older + newer <= folding->budget;
}

static void delete_run(struct folding *folding, uint8_t bucket, uint32_t number) {
    uint8_t key[RUN_KEY_SIZE];
    run_key(key, bucket, number);
    ledger_kv_delete(folding->txn, folding->ids->table, ledger_span_of(key, sizeof key));
}

static enum ledger_err fold_bucket(struct folding *folding, uint8_t bucket,
                                   const struct entry *entries, size_t count) {
    struct runs runs;
    enum ledger_err err = read_runs(folding->ids, folding->txn, bucket, &runs);
    if (err != LEDGER_E_OK)
        return err;
    if (!make_room(folding, count * IDS_ENTRY_SIZE))
        return LEDGER_E_NO_MEMORY;
    uint8_t *end = folding->merged;
    for (size_t i = 0; i < count; i++)
        end = ids_entry_write(end, ids_hash_in_bucket(entries[i].hash), entries[i].position);
    size_t size = (size_t)(end - folding->merged);
    size_t kept = runs.count;
    for (; merges(folding, &runs, size); runs.count--) {
        struct ledger_span older = runs.runs[runs.count - 1].entries;
        if (!make_room(folding, older.size + size))
            return LEDGER_E_NO_MEMORY;
        uint8_t *newer = folding->merged;
        folding->merged = folding->reading;
        folding->reading = newer;
        size = ids_entries_merge(older, ledger_span_of(newer, size), folding->merged);
        folding->budget -= size < folding->budget ? size : folding->budget;
    }
    // Nothing that was read is looked at from here on: it may move.
    uint32_t number = runs.count == kept ? (kept == 0 ? 0 : runs.numbers[kept - 1] + 1)
                                         : runs.numbers[runs.count];
    for (size_t i = runs.count + 1; i < kept; i++)
        delete_run(folding, bucket, runs.numbers[i]);
    uint8_t key[RUN_KEY_SIZE];
    run_key(key, bucket, number);
    uint8_t *place;
    struct ledger_span whole = ledger_span_of(folding->merged, size);
    ledger_kv_put_reserve(folding->txn, folding->ids->table, ledger_span_of(key, sizeof key),
                          ids_run_size(whole), false, &place);
    if (place != NULL)
        ids_run_write(whole, place);
    return ledger_kv_failed(folding->txn);
}

static size_t merge_budget(const struct tail_generation *tail) {
    size_t budget = tail->id_count * IDS_ENTRY_SIZE * MERGE_BUDGET_TIMES;
    return budget > MERGE_BUDGET_LEAST ? budget : MERGE_BUDGET_LEAST;
}

enum ledger_err ids_fold(const struct ids *ids, struct ledger_kv_txn *txn,
                         const struct tail_generation *tail) {
    struct folding folding = {.ids = ids, .txn = txn, .budget = merge_budget(tail)};
    if (tail->last >= IDS_POSITION_LIMIT)
        return LEDGER_E_INTERNAL; // some trillion events
    struct entry *entries = calloc(tail->id_count + 1, sizeof *entries);
    if (entries == NULL)
        return LEDGER_E_NO_MEMORY;
    enum ledger_err err = sort_entries(ids, tail, entries);
    // Begins at another bucket each time, so that the budget is not always used up by the first.
    size_t first = (tail->last * UINT64_C(0x9E3779B97F4A7C15)) >> 56, at = 0;
    while (at < tail->id_count && bucket_of(entries[at].hash) < first)
        at++;
    for (size_t done = 0; err == LEDGER_E_OK && done < tail->id_count;) {
        size_t from = at % tail->id_count, count = 1;
        uint8_t bucket = bucket_of(entries[from].hash);
        while (from + count < tail->id_count && bucket_of(entries[from + count].hash) == bucket)
            count++;
        err = fold_bucket(&folding, bucket, entries + from, count);
        at = from + count;
        done += count;
    }
    free(entries);
    free(folding.merged);
    free(folding.reading);
    return err;
}

enum ledger_err ids_count(const struct ids *ids, struct ledger_kv_txn *txn, uint64_t *count) {
    *count = 0;
    for (unsigned bucket = 0; bucket < IDS_BUCKETS; bucket++) {
        struct runs runs;
        enum ledger_err err = read_runs(ids, txn, (uint8_t)bucket, &runs);
        if (err != LEDGER_E_OK)
            return err;
        for (size_t i = 0; i < runs.count; i++)
            *count += runs.runs[i].entries.size / IDS_ENTRY_SIZE;
    }
    return LEDGER_E_OK;
}

// ---- looking up

struct bucket {
    size_t count;
    struct ids_run runs[];
};

struct ids_reader {
    const struct ids *ids;
    struct ledger_kv_txn *txn;
    struct bucket *buckets[IDS_BUCKETS]; // NULL = not read yet
};

struct ids_reader *ids_reader_open(const struct ids *ids, struct ledger_kv_txn *txn) {
    struct ids_reader *reader = calloc(1, sizeof *reader);
    if (reader != NULL) {
        reader->ids = ids;
        reader->txn = txn;
    }
    return reader;
}

void ids_reader_close(struct ids_reader *reader) {
    if (reader == NULL)
        return;
    for (size_t i = 0; i < IDS_BUCKETS; i++)
        free(reader->buckets[i]);
    free(reader);
}

static enum ledger_err bucket_at(struct ids_reader *reader, uint8_t number,
                                 const struct bucket **bucket) {
    struct bucket **place = &reader->buckets[number];
    if (*place == NULL) {
        struct runs runs;
        enum ledger_err err = read_runs(reader->ids, reader->txn, number, &runs);
        if (err != LEDGER_E_OK)
            return err;
        *place = malloc(sizeof **place + runs.count * sizeof runs.runs[0]);
        if (*place == NULL)
            return LEDGER_E_NO_MEMORY;
        (*place)->count = runs.count;
        memcpy((*place)->runs, runs.runs, runs.count * sizeof runs.runs[0]);
    }
    *bucket = *place;
    return LEDGER_E_OK;
}

static void prefetch_entries(const struct bucket *bucket, uint64_t hash) {
    struct ledger_span entries;
    for (size_t i = 0; i < bucket->count; i++) {
        if (ids_run_slot(&bucket->runs[i], hash, &entries) != LEDGER_E_OK)
            continue;
        __builtin_prefetch(entries.data);
        __builtin_prefetch(entries.data + entries.size - 1);
    }
}

void ids_prefetch(struct ids_reader *reader, const struct ledger_uuid *const *ids, size_t count) {
    const struct bucket *buckets[IDS_PREFETCH_MAX];
    uint64_t hashes[IDS_PREFETCH_MAX];
    for (size_t i = 0; i < count; i++) {
        uint64_t hash = hash_of(reader->ids, ids[i]);
        hashes[i] = ids_hash_in_bucket(hash);
        if (bucket_at(reader, bucket_of(hash), &buckets[i]) != LEDGER_E_OK)
            return;
        for (size_t run = 0; run < buckets[i]->count; run++)
            ids_run_prefetch(&buckets[i]->runs[run], hashes[i]);
    }
    for (size_t i = 0; i < count; i++)
        prefetch_entries(buckets[i], hashes[i]);
}

static enum ledger_err find_in_run(const struct ids_run *run, uint64_t hash,
                                   struct id_candidates *candidates) {
    struct ledger_span entries;
    enum ledger_err err = ids_run_slot(run, hash, &entries);
    if (err != LEDGER_E_OK)
        return err;
    for (size_t at = 0; at < entries.size; at += IDS_ENTRY_SIZE) {
        const uint8_t *entry = entries.data + at;
        if (ids_entry_hash(entry) != hash)
            continue;
        if (candidates->count == IDS_CANDIDATES_MAX)
            return LEDGER_E_CORRUPT; // so many collisions of 64 bits there are not
        candidates->positions[candidates->count++] = ids_entry_position(entry);
    }
    return LEDGER_E_OK;
}

enum ledger_err ids_find(struct ids_reader *reader, const struct ledger_uuid *id,
                         struct id_candidates *candidates) {
    uint64_t hash = hash_of(reader->ids, id);
    const struct bucket *bucket;
    candidates->count = 0;
    enum ledger_err err = bucket_at(reader, bucket_of(hash), &bucket);
    for (size_t i = 0; err == LEDGER_E_OK && i < bucket->count; i++)
        err = find_in_run(&bucket->runs[i], ids_hash_in_bucket(hash), candidates);
    return err;
}
