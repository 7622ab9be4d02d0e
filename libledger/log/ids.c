#include "ids.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum {
    HASH_BYTES = 7,
    POSITION_BYTES = 5,
    ENTRY_SIZE = HASH_BYTES + POSITION_BYTES,
    RUN_KEY_SIZE = 1 + 4,
    RUNS_MAX = 64, // of a bucket: each is more than twice as large as the next, but for the budget
    // All buckets grow alike, and would make their large merges in one fold; so a fold merges so
    // many times what it adds, and leaves the rest to the next ones. An id is merged about once for
    // each doubling of the index: 32 would be some 10^14 events.
    MERGE_BUDGET_TIMES = 32,
    MERGE_BUDGET_LEAST = 8 << 20,
    MERGE_ALWAYS_BYTES = 4 << 10,
};
#define POSITION_LIMIT (UINT64_C(1) << (8 * POSITION_BYTES))

struct entry {
    uint64_t hash;
    uint64_t position;
};

// ---- stored entries

// An entry is longer than the eight bytes that are loaded.
static uint64_t read_hash(const uint8_t *entry) {
    uint64_t wide;
    memcpy(&wide, entry, sizeof wide);
    return be64toh(wide) >> (64 - 8 * HASH_BYTES);
}

static uint64_t read_position(const uint8_t *entry) {
    uint64_t position = 0;
    for (int i = POSITION_BYTES - 1; i >= 0; i--)
        position = position << 8 | entry[HASH_BYTES + i];
    return position;
}

static uint8_t *write_entry(uint8_t *place, const struct entry *entry) {
    for (int i = HASH_BYTES - 1; i >= 0; i--)
        *place++ = (uint8_t)(entry->hash >> (8 * i));
    for (int i = 0; i < POSITION_BYTES; i++)
        *place++ = (uint8_t)(entry->position >> (8 * i));
    return place;
}

static uint64_t hash_of(const struct ids *ids, const struct ledger_uuid *id) {
    return XXH3_64bits_withSeed(id->bytes, sizeof id->bytes, ids->seed);
}

// The bucket is the first byte of the hash, the entry has the other seven.
static uint8_t bucket_of(uint64_t hash) {
    return (uint8_t)(hash >> (8 * HASH_BYTES));
}

static void run_key(uint8_t key[RUN_KEY_SIZE], uint8_t bucket, uint32_t run) {
    key[0] = bucket;
    for (int i = 0; i < 4; i++)
        key[1 + i] = (uint8_t)(run >> (8 * (3 - i)));
}

// ---- a bucket's runs

struct runs {
    struct ledger_span runs[RUNS_MAX]; // the oldest first
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
        if (pair.key.size != RUN_KEY_SIZE || pair.value.size % ENTRY_SIZE != 0 ||
            runs->count == RUNS_MAX)
            err = LEDGER_E_CORRUPT;
        else if (pair.key.data[0] != bucket)
            break;
        else {
            uint32_t number = 0;
            for (int i = 1; i < RUN_KEY_SIZE; i++)
                number = number << 8 | pair.key.data[i];
            runs->numbers[runs->count] = number;
            runs->runs[runs->count++] = pair.value;
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

static size_t merge(struct ledger_span older, struct ledger_span newer, uint8_t *place) {
    const uint8_t *a = older.data, *a_end = older.data + older.size;
    const uint8_t *b = newer.data, *b_end = newer.data + newer.size;
    uint8_t *start = place;
    while (a < a_end && b < b_end) {
        const uint8_t **least = memcmp(a, b, HASH_BYTES) <= 0 ? &a : &b;
        memcpy(place, *least, ENTRY_SIZE);
        *least += ENTRY_SIZE;
        place += ENTRY_SIZE;
    }
    memcpy(place, a, (size_t)(a_end - a));
    place += a_end - a;
    memcpy(place, b, (size_t)(b_end - b));
    return (size_t)(place - start) + (size_t)(b_end - b);
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
    size_t older = runs->runs[runs->count - 1].size;
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
    if (!make_room(folding, count * ENTRY_SIZE))
        return LEDGER_E_NO_MEMORY;
    uint8_t *end = folding->merged;
    for (size_t i = 0; i < count; i++)
        end = write_entry(end, &entries[i]);
    size_t size = (size_t)(end - folding->merged);
    size_t kept = runs.count;
    for (; merges(folding, &runs, size); runs.count--) {
        struct ledger_span older = runs.runs[runs.count - 1];
        if (!make_room(folding, older.size + size))
            return LEDGER_E_NO_MEMORY;
        uint8_t *newer = folding->merged;
        folding->merged = folding->reading;
        folding->reading = newer;
        size = merge(older, ledger_span_of(newer, size), folding->merged);
        folding->budget -= size < folding->budget ? size : folding->budget;
    }
    // Nothing that was read is looked at from here on: it may move.
    uint32_t number = runs.count == kept ? (kept == 0 ? 0 : runs.numbers[kept - 1] + 1)
                                         : runs.numbers[runs.count];
    for (size_t i = runs.count + 1; i < kept; i++)
        delete_run(folding, bucket, runs.numbers[i]);
    uint8_t key[RUN_KEY_SIZE];
    run_key(key, bucket, number);
    ledger_kv_put(folding->txn, folding->ids->table, ledger_span_of(key, sizeof key),
                  ledger_span_of(folding->merged, size));
    return ledger_kv_failed(folding->txn);
}

static size_t merge_budget(const struct tail_generation *tail) {
    size_t budget = tail->id_count * ENTRY_SIZE * MERGE_BUDGET_TIMES;
    return budget > MERGE_BUDGET_LEAST ? budget : MERGE_BUDGET_LEAST;
}

enum ledger_err ids_fold(const struct ids *ids, struct ledger_kv_txn *txn,
                         const struct tail_generation *tail) {
    struct folding folding = {.ids = ids, .txn = txn, .budget = merge_budget(tail)};
    if (tail->last >= POSITION_LIMIT)
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
            *count += runs.runs[i].size / ENTRY_SIZE;
    }
    return LEDGER_E_OK;
}

// ---- looking up

struct bucket {
    size_t count;
    struct ledger_span runs[];
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

// Hashes are spread evenly: where in the run one should stand.
static size_t guess_place(struct ledger_span run, uint64_t hash) {
    return (size_t)((unsigned __int128)hash * (run.size / ENTRY_SIZE) >> (8 * HASH_BYTES));
}

// The first entry at or after the hash: from the guess in growing steps, then by halves.
static size_t lower_bound(struct ledger_span run, uint64_t hash) {
    size_t low = 0, high = run.size / ENTRY_SIZE, at = guess_place(run, hash);
    for (size_t step = 4; low < high && at >= low && at < high; step *= 4) {
        if (read_hash(run.data + at * ENTRY_SIZE) < hash) {
            low = at + 1;
            at += step;
        } else {
            high = at;
            at = at >= step ? at - step : 0;
        }
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (read_hash(run.data + middle * ENTRY_SIZE) < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum ledger_err ids_find(struct ids_reader *reader, const struct ledger_uuid *id,
                         struct id_candidates *candidates) {
    uint64_t whole = hash_of(reader->ids, id);
    uint64_t hash = whole & ((UINT64_C(1) << (8 * HASH_BYTES)) - 1);
    const struct bucket *bucket;
    candidates->count = 0;
    enum ledger_err err = bucket_at(reader, bucket_of(whole), &bucket);
    if (err != LEDGER_E_OK)
        return err;
    for (size_t i = 0; i < bucket->count; i++) // all the misses at once
        __builtin_prefetch(bucket->runs[i].data + guess_place(bucket->runs[i], hash) * ENTRY_SIZE);
    for (size_t i = 0; i < bucket->count; i++) {
        struct ledger_span run = bucket->runs[i];
        for (size_t at = lower_bound(run, hash) * ENTRY_SIZE;
             at < run.size && read_hash(run.data + at) == hash; at += ENTRY_SIZE) {
            if (candidates->count == IDS_CANDIDATES_MAX)
                return LEDGER_E_CORRUPT; // so many collisions of 64 bits there are not
            candidates->positions[candidates->count++] = read_position(run.data + at);
        }
    }
    return LEDGER_E_OK;
}
