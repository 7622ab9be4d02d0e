#include "store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bytes.h"
#include "ledger/event.h"

enum { IDENTITY_FORMAT = 0, IDENTITY_SIZE = 4 + 16 + 8 };

static const struct ledger_span identity_key = {(const uint8_t *)"identity", 8};
static const struct ledger_span tree_key = {(const uint8_t *)"tree", 4};

static void write_identity(struct store *store, struct ledger_kv_txn *txn,
                           const struct ledger_log_identity *identity) {
    uint8_t bytes[IDENTITY_SIZE];
    store->identity = *identity;
    le_write32(bytes, IDENTITY_FORMAT);
    memcpy(bytes + 4, identity->ledger_id.bytes, 16);
    le_write64(bytes + 20, identity->epoch);
    ledger_kv_put(txn, store->meta, identity_key, ledger_span_of(bytes, sizeof bytes));
}

static enum ledger_err make_identity(struct store *store, struct ledger_kv_txn *txn,
                                     struct ledger_error *error) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    struct ledger_log_identity identity = {.epoch = 1};
    if (ledger_uuid_v7(ms, &identity.ledger_id) != LEDGER_E_OK)
        return ledger_fail(error, LEDGER_E_INTERNAL, NULL, "no random bytes for the ledger's id");
    write_identity(store, txn, &identity);
    return LEDGER_E_OK;
}

// LEDGER_E_NOT_FOUND: there is none.
static enum ledger_err read_identity(struct store *store, struct ledger_kv_txn *txn,
                                     struct ledger_error *error) {
    struct ledger_span bytes;
    enum ledger_err err = ledger_kv_get(txn, store->meta, identity_key, &bytes);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "the log has no identity");
    if (bytes.size != IDENTITY_SIZE || le_read32(bytes.data) != IDENTITY_FORMAT)
        return ledger_fail(error, LEDGER_E_FORMAT, NULL, "the log has another format");
    memcpy(store->identity.ledger_id.bytes, bytes.data + 4, 16);
    store->identity.epoch = le_read64(bytes.data + 20);
    return LEDGER_E_OK;
}

// Reads the identity, or makes one for a new ledger.
static enum ledger_err open_identity(struct store *store, struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    enum ledger_err err = ledger_kv_write(store->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    err = read_identity(store, txn, error);
    if (err == LEDGER_E_NOT_FOUND) {
        err = ledger_kv_count(txn, store->blocks) == 0
                  ? make_identity(store, txn, error)
                  : ledger_fail(error, LEDGER_E_CORRUPT, NULL, "the log has no identity");
        if (err == LEDGER_E_OK)
            return ledger_kv_commit(txn, error);
    }
    ledger_kv_abort(txn);
    return err;
}

enum ledger_err store_tree(struct store *store, struct ledger_kv_txn *txn,
                           struct ledger_merkle *tree, struct ledger_error *error) {
    struct ledger_span bytes;
    enum ledger_err err = ledger_kv_get(txn, store->meta, tree_key, &bytes);
    *tree = (struct ledger_merkle){0};
    if (err == LEDGER_E_NOT_FOUND)
        return LEDGER_E_OK;
    if (err == LEDGER_E_OK)
        err = ledger_merkle_unpack(tree, bytes);
    return err == LEDGER_E_OK
               ? err
               : ledger_fail(error, err, NULL, "the stored Merkle tree cannot be read");
}

// Does the block say what the tree up to its end says?
static enum ledger_err check_last(const struct block *block, const struct store_end *end,
                                  struct ledger_hasher *hasher, struct ledger_error *error) {
    struct ledger_hash root = ledger_merkle_root(&end->tree, hasher);
    if (block_last(block) != end->tree.size ||
        memcmp(root.bytes, block->root_after, LEDGER_HASH_SIZE) != 0)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "the block that ends at position %" PRIu64 " does not agree with the "
                           "Merkle tree",
                           block_last(block));
    return LEDGER_E_OK;
}

// The stored tree is a little behind the log: brings it to the end, and checks the last block.
static enum ledger_err walk_end(struct store *store, struct ledger_kv_txn *txn,
                                struct ledger_hasher *hasher, struct store_end *end,
                                struct ledger_error *error) {
    uint8_t key[8];
    struct ledger_kv_pair pair;
    struct block block;
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, store->blocks);
    uint64_t stored = end->tree.size; // the block that ends there is looked at as well
    ledger_key_u64(key, stored != 0 ? stored : 1);
    bool found = ledger_kv_seek(cursor, ledger_span_of(key, sizeof key), &pair);
    enum ledger_err err = found ? LEDGER_E_OK : ledger_kv_cursor_failed(cursor);
    if (!found && err == LEDGER_E_OK && stored != 0)
        err = ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                          "the log ends before position %" PRIu64 ", where its tree is", stored);
    else if (err != LEDGER_E_OK)
        ledger_fail(error, err, NULL, "reading the end of the log");
    for (; err == LEDGER_E_OK && found; found = ledger_kv_next(cursor, &pair)) {
        err = block_open(pair.value, &block, error);
        for (uint32_t i = 0; err == LEDGER_E_OK && block.first > stored && i < block.count; i++) {
            struct ledger_span record;
            err = block_record(&block, i, &record);
            if (err != LEDGER_E_OK) {
                ledger_fail(error, err, NULL, "the record at position %" PRIu64 " is damaged",
                            block.first + i);
                break;
            }
            struct ledger_hash leaf = ledger_merkle_leaf(hasher, record);
            ledger_merkle_add(&end->tree, hasher, &leaf);
        }
        if (err == LEDGER_E_OK)
            err = check_last(&block, end, hasher, error);
        if (err != LEDGER_E_OK)
            break;
        end->head = block_last(&block);
        end->recorded_at = block.recorded_at;
    }
    if (err == LEDGER_E_OK && (err = ledger_kv_cursor_failed(cursor)) != LEDGER_E_OK)
        ledger_fail(error, err, NULL, "reading the end of the log");
    ledger_kv_cursor_close(cursor);
    return err;
}

static enum ledger_err read_end(struct store *store, struct store_end *end,
                                struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    *end = (struct store_end){0};
    enum ledger_err err = ledger_kv_read(store->kv, &txn, error);
    if (err != LEDGER_E_OK)
        return err;
    struct ledger_hasher *hasher = ledger_hasher_new();
    if (hasher == NULL)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the log");
    else
        err = store_tree(store, txn, &end->tree, error);
    if (err == LEDGER_E_OK)
        err = walk_end(store, txn, hasher, end, error);
    ledger_hasher_free(hasher);
    ledger_kv_abort(txn);
    return err;
}

static enum ledger_err open_tables(struct store *store, const struct ledger_kv_options *options,
                                   struct ledger_error *error) {
    memset(store, 0, sizeof *store);
    store->checked = calloc(STORE_CHECKED_SETS, sizeof *store->checked);
    if (store->checked == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "opening the log");
    enum ledger_err err = ledger_kv_open(options, &store->kv, error);
    if (err == LEDGER_E_OK)
        err = ledger_kv_table(store->kv, "meta", &store->meta, error);
    return err == LEDGER_E_OK ? ledger_kv_table(store->kv, "blocks", &store->blocks, error) : err;
}

enum ledger_err store_open(struct store *store, const char *path, uint64_t map_bytes,
                           bool unsafe_no_sync, struct store_end *end, struct ledger_error *error) {
    struct ledger_kv_options options = {
        .path = path, .map_bytes = map_bytes, .tables_max = 2, .unsafe_no_sync = unsafe_no_sync};
    enum ledger_err err = open_tables(store, &options, error);
    if (err == LEDGER_E_OK)
        err = open_identity(store, error);
    if (err == LEDGER_E_OK)
        err = read_end(store, end, error);
    if (err != LEDGER_E_OK)
        store_close(store);
    return err;
}

enum ledger_err store_create(struct store *store, const char *path, uint64_t map_bytes,
                             const struct ledger_log_identity *identity, struct store_end *end,
                             struct ledger_error *error) {
    struct ledger_kv_options options = {.path = path, .map_bytes = map_bytes, .tables_max = 2};
    struct ledger_kv_txn *txn;
    *end = (struct store_end){0};
    enum ledger_err err = open_tables(store, &options, error);
    if (err == LEDGER_E_OK)
        err = ledger_kv_write(store->kv, &txn, error);
    if (err == LEDGER_E_OK) {
        write_identity(store, txn, identity);
        err = ledger_kv_commit(txn, error);
    }
    if (err != LEDGER_E_OK)
        store_close(store);
    return err;
}

enum ledger_err store_open_read_only(struct store *store, const char *path,
                                     struct ledger_error *error) {
    struct ledger_kv_options options = {.path = path, .tables_max = 2, .read_only = true};
    struct ledger_kv_txn *txn;
    enum ledger_err err = open_tables(store, &options, error);
    if (err == LEDGER_E_OK)
        err = ledger_kv_read(store->kv, &txn, error);
    if (err == LEDGER_E_OK) {
        err = read_identity(store, txn, error);
        ledger_kv_abort(txn);
    }
    if (err != LEDGER_E_OK)
        store_close(store);
    return err;
}

void store_close(struct store *store) {
    ledger_kv_close(store->kv);
    free(store->checked);
    store->kv = NULL;
    store->checked = NULL;
}

enum ledger_err store_apply(struct store *store, struct ledger_kv_txn *txn,
                            struct ledger_span bytes, const struct ledger_merkle *tree_after,
                            struct store_end *end, struct ledger_error *error) {
    struct block block;
    enum ledger_err err = block_open(bytes, &block, error);
    if (err != LEDGER_E_OK)
        return err;
    if (block.first != end->head + 1 || block.epoch != store->identity.epoch ||
        block.recorded_at <= end->recorded_at || block_last(&block) != tree_after->size)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "the block at position %" PRIu64 " does not follow position %" PRIu64,
                           block.first, end->head);
    uint8_t key[8], tree[LEDGER_MERKLE_PACKED_MAX];
    ledger_key_u64(key, block_last(&block));
    ledger_kv_append(txn, store->blocks, ledger_span_of(key, sizeof key), bytes);
    if (end->head == 0 || end->head / STORE_TREE_EVENTS != block_last(&block) / STORE_TREE_EVENTS)
        ledger_kv_put(txn, store->meta, tree_key,
                      ledger_span_of(tree, ledger_merkle_pack(tree_after, tree)));
    end->head = block_last(&block);
    end->recorded_at = block.recorded_at;
    end->tree = *tree_after;
    return ledger_kv_failed(txn);
}

static uint64_t spread(uint64_t last) {
    return last * UINT64_C(0x9E3779B97F4A7C15) >> 32;
}

// Positions follow no pattern that would make blocks share sets more than chance does, once they
// are spread by an odd factor.
static struct store_checked *checked_set(const struct store *store, uint64_t last) {
    return &store->checked[spread(last) % STORE_CHECKED_SETS];
}

static bool is_checked(const struct store *store, uint64_t last) {
    const struct store_checked *set = checked_set(store, last);
    for (size_t i = 0; i < STORE_CHECKED_WAYS; i++)
        if (atomic_load_explicit(&set->last[i], memory_order_relaxed) == last)
            return true;
    return false;
}

static void set_checked(struct store *store, uint64_t last) {
    struct store_checked *set = checked_set(store, last);
    size_t way = 0;
    while (way < STORE_CHECKED_WAYS &&
           atomic_load_explicit(&set->last[way], memory_order_relaxed) != 0)
        way++;
    if (way == STORE_CHECKED_WAYS) // another one each time
        way = atomic_fetch_add_explicit(&store->checked_turn, 1, memory_order_relaxed) %
              STORE_CHECKED_WAYS;
    atomic_store_explicit(&set->last[way], last, memory_order_relaxed);
}

static enum ledger_err check_once(struct store *store, struct ledger_span bytes,
                                  const struct block *block, struct ledger_error *error) {
    if (is_checked(store, block_last(block)))
        return LEDGER_E_OK;
    enum ledger_err err = block_check(bytes, block, error);
    if (err == LEDGER_E_OK)
        set_checked(store, block_last(block));
    return err;
}

// The stored bytes of the block that holds a position, and its last one.
static enum ledger_err find_block(struct ledger_kv_cursor *cursor, uint64_t position,
                                  struct ledger_span *bytes, uint64_t *last,
                                  struct ledger_error *error) {
    uint8_t key[8];
    struct ledger_kv_pair pair;
    ledger_key_u64(key, position);
    if (!ledger_kv_seek(cursor, ledger_span_of(key, sizeof key), &pair)) {
        enum ledger_err err = ledger_kv_cursor_failed(cursor);
        return ledger_fail(error, err != LEDGER_E_OK ? err : LEDGER_E_NOT_FOUND, NULL,
                           "no block holds position %" PRIu64, position);
    }
    *bytes = pair.value;
    *last = pair.key.size == sizeof key ? ledger_key_u64_read(pair.key.data) : 0;
    return LEDGER_E_OK;
}

static enum ledger_err open_found(struct store *store, struct ledger_span bytes, uint64_t position,
                                  struct block *block, struct ledger_error *error) {
    enum ledger_err err = block_parse(bytes, block, error);
    if (err == LEDGER_E_OK)
        err = check_once(store, bytes, block, error);
    if (err != LEDGER_E_OK)
        return err;
    if (position < block->first || position > block_last(block))
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "no block holds position %" PRIu64 ", though later ones are there",
                           position);
    return LEDGER_E_OK;
}

static enum ledger_err block_at(struct store *store, struct ledger_kv_cursor *cursor,
                                uint64_t position, struct block *block,
                                struct ledger_error *error) {
    struct ledger_span bytes;
    uint64_t last;
    enum ledger_err err = find_block(cursor, position, &bytes, &last, error);
    return err == LEDGER_E_OK ? open_found(store, bytes, position, block, error) : err;
}

enum ledger_err store_block(struct store *store, struct ledger_kv_txn *txn, uint64_t position,
                            struct block *block, struct ledger_error *error) {
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, store->blocks);
    if (cursor == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading the log");
    enum ledger_err err = block_at(store, cursor, position, block, error);
    ledger_kv_cursor_close(cursor);
    return err;
}

void store_reader_end(struct store_reader *reader) {
    ledger_kv_cursor_close(reader->cursor);
    reader->cursor = NULL;
    reader->valid = false;
}

static enum ledger_err open_cursor(struct store_reader *reader, struct ledger_error *error) {
    if (reader->cursor == NULL)
        reader->cursor = ledger_kv_cursor_open(reader->txn, reader->store->blocks);
    return reader->cursor != NULL ? LEDGER_E_OK
                                  : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading the log");
}

static bool reader_holds(const struct store_reader *reader, uint64_t position) {
    return reader->valid && position >= reader->block.first &&
           position <= block_last(&reader->block);
}

enum ledger_err store_reader_at(struct store_reader *reader, uint64_t position,
                                struct ledger_error *error) {
    if (reader_holds(reader, position))
        return LEDGER_E_OK;
    enum ledger_err err = open_cursor(reader, error);
    if (err != LEDGER_E_OK)
        return err;
    err = block_at(reader->store, reader->cursor, position, &reader->block, error);
    reader->valid = err == LEDGER_E_OK;
    return err;
}

enum ledger_err store_reader_record(struct store_reader *reader, uint64_t position,
                                    struct ledger_span *record, struct ledger_error *error) {
    enum ledger_err err = store_reader_at(reader, position, error);
    if (err != LEDGER_E_OK)
        return err;
    err = block_record(&reader->block, (uint32_t)(position - reader->block.first), record);
    return err == LEDGER_E_OK
               ? err
               : ledger_fail(error, err, NULL, "the record at position %" PRIu64 " is damaged",
                             position);
}

// A block that was found, and not looked into.
struct found {
    struct ledger_span bytes;
    uint64_t last;
};

static enum ledger_err find_blocks(struct store_reader *reader, const uint64_t *positions,
                                   size_t count, struct found *found, struct ledger_error *error) {
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && positions[i] <= found[i - 1].last) {
            found[i] = found[i - 1];
        } else {
            enum ledger_err err =
                find_block(reader->cursor, positions[i], &found[i].bytes, &found[i].last, error);
            if (err != LEDGER_E_OK)
                return err;
            __builtin_prefetch(block_header_place(found[i].bytes));
            __builtin_prefetch(checked_set(reader->store, found[i].last));
        }
        __builtin_prefetch(block_offset_place(found[i].bytes, positions[i], found[i].last));
    }
    return LEDGER_E_OK;
}

enum ledger_err store_reader_entries(struct store_reader *reader, const uint64_t *positions,
                                     size_t count, struct ledger_span *entries,
                                     struct ledger_error *error) {
    struct found found[STORE_ENTRIES_MAX];
    enum ledger_err err = open_cursor(reader, error);
    if (err == LEDGER_E_OK)
        err = find_blocks(reader, positions, count, found, error);
    for (size_t i = 0; err == LEDGER_E_OK && i < count; i++) {
        if (!reader_holds(reader, positions[i])) {
            err = open_found(reader->store, found[i].bytes, positions[i], &reader->block, error);
            reader->valid = err == LEDGER_E_OK;
            if (err != LEDGER_E_OK)
                break;
        }
        entries[i] =
            block_entries(&reader->block, (uint32_t)(positions[i] - reader->block.first), 1);
        __builtin_prefetch(entries[i].data);
    }
    return err;
}

enum ledger_err confirm_id(struct store_reader *reader, const struct id_candidates *candidates,
                           const struct ledger_uuid *id, uint64_t *position,
                           struct ledger_error *error) {
    *position = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        struct ledger_span record;
        struct ledger_record_parts parts;
        size_t none = 0;
        enum ledger_err err = store_reader_record(reader, candidates->positions[i], &record, error);
        if (err == LEDGER_E_NOT_FOUND) // the index leads to where nothing is
            return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                               "the index of event ids leads beyond the log; stop the service and "
                               "delete its index directory: it is rebuilt from the log");
        if (err != LEDGER_E_OK)
            return err;
        if (ledger_record_split(record, &parts, NULL, &none) != LEDGER_E_OK)
            return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                               "the record at position %" PRIu64 " is damaged",
                               candidates->positions[i]);
        if (ledger_span_equal(ledger_event_id(parts.event),
                              ledger_span_of(id->bytes, sizeof id->bytes)))
            *position = candidates->positions[i];
    }
    return LEDGER_E_OK;
}
