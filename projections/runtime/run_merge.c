// Runs become one, in slices, so that no transaction is large. Each is read from what was committed
// before the slice began. A run is of the tier of its size; when a tier has gathered a number of
// them they become one of the next, so that a row is written about once a tier.
#include "projection_internal.h"
#include "runs.h"

enum {
    TIER_BITS = 3, // a tier holds runs of eight times the size
    GATHERED = 8,
    GATHERED_AT_LEISURE = 2,
    RUNS_MANY = 40, // more, and new ones wait
    TIDY_BYTES = 16 << 20,
};

static unsigned tier_of(const struct projection_model *model, const struct run *run) {
    unsigned tier = 0;
    for (uint64_t size = run->bytes / model->limits.tier_bytes; size; size >>= TIER_BITS)
        tier++;
    return tier;
}

// The newest of the groups of neighbours in one tier, or beside a smaller one that is older.
static bool choose(const struct projection_model *model, const struct run_list *list, bool leisure,
                   uint32_t *chosen, uint32_t *count) {
    uint32_t enough = leisure ? GATHERED_AT_LEISURE : GATHERED;
    for (uint32_t end = list->count; end > 0;) {
        uint32_t first = end - 1;
        unsigned tier = tier_of(model, &list->runs[first]);
        while (first > 0 && tier_of(model, &list->runs[first - 1]) <= tier)
            first--;
        if (end - first >= enough) {
            *chosen = first;
            *count = end - first;
            return true;
        }
        end = first;
    }
    return false;
}

static void delete_run(const struct projection_model *model, struct ledger_kv_txn *txn,
                       uint32_t number) {
    uint8_t prefix[RUN_KEY_PREFIX];
    uint8_t key[LEDGER_KV_KEY_SIZE_MAX];
    struct ledger_kv_pair pair;
    put_be32(prefix, number);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, model->runs);
    while (cursor && ledger_kv_seek(cursor, ledger_span_of(prefix, sizeof prefix), &pair) &&
           get_be32(pair.key.data) == number) {
        memcpy(key, pair.key.data, pair.key.size);
        ledger_kv_delete(txn, model->runs, ledger_span_of(key, pair.key.size));
    }
    ledger_kv_cursor_close(cursor);
}

static void finish(const struct projection_model *model, struct ledger_kv_txn *txn,
                   struct run_list *list) {
    const struct run_merge merge = list->merge;
    for (uint32_t i = merge.first; i < merge.first + merge.count; i++)
        delete_run(model, txn, list->runs[i].number);
    list->runs[merge.first] = (struct run){.number = merge.number, .bytes = merge.bytes};
    list->count -= merge.count - 1;
    memmove(&list->runs[merge.first + 1], &list->runs[merge.first + merge.count],
            (list->count - merge.first - 1) * sizeof(struct run));
    list->merge.number = 0;
}

// Writes rows until the budget is used. *whole: there are none left.
static void write_slice(struct run_merge *merge, struct run_cursor *rows, struct run_writer *writer,
                        uint64_t budget, bool *whole) {
    struct ledger_kv_pair row;
    const struct ledger_span all = {0}, from = ledger_span_of(merge->next, merge->next_size);
    bool more = run_cursor_seek(rows, all, from, &row);
    for (; more && writer->bytes < budget; more = run_cursor_next(rows, &row))
        run_writer_add(writer, row.key, row.value);
    *whole = !more;
    if (more) {
        merge->next_size = (uint32_t)row.key.size;
        memcpy(merge->next, row.key.data, row.key.size);
    }
}

static enum ledger_err slice(const struct projection_model *model, struct ledger_kv_txn *txn,
                             struct ledger_kv_txn *before, struct run_list *list, uint64_t budget) {
    struct run_merge *merge = &list->merge;
    bool whole = false;
    struct run_writer writer = {.number = merge->number,
                                .cursor = ledger_kv_cursor_open(txn, model->runs)};
    struct run_cursor *rows =
        run_cursor_open(model, before, list, merge->first, merge->count, false);
    enum ledger_err err = writer.cursor && rows ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
    if (!err) {
        write_slice(merge, rows, &writer, budget, &whole);
        err = run_cursor_failed(rows);
    }
    enum ledger_err written = run_writer_end(&writer);
    run_cursor_close(rows);
    ledger_kv_cursor_close(writer.cursor);
    merge->bytes += writer.bytes;
    if (!err)
        err = written;
    if (!err && whole)
        finish(model, txn, list);
    return err;
}

enum ledger_err runs_merge(const struct projection_model *model, struct ledger_kv_txn *txn,
                           struct run_list *list, uint64_t budget, bool leisure) {
    struct ledger_kv_txn *before;
    uint32_t first, count;
    if (!list->merge.number) {
        if (!choose(model, list, leisure, &first, &count))
            return LEDGER_E_OK;
        list->merge =
            (struct run_merge){.number = ++list->last_number, .first = first, .count = count};
    }
    enum ledger_err err = ledger_kv_read(model->kv, &before, NULL);
    if (err)
        return err;
    err = slice(model, txn, before, list, budget);
    ledger_kv_abort(before);
    return err;
}

bool runs_are_tidy(const struct projection_model *model, const struct run_list *list) {
    uint32_t first, count;
    return !list->merge.number && !choose(model, list, true, &first, &count);
}

static enum ledger_err is_due(const struct projection_model *model, bool leisure, bool *due,
                              struct ledger_error *error) {
    struct run_list list;
    struct ledger_kv_txn *txn;
    enum ledger_err err = ledger_kv_read(model->kv, &txn, error);
    if (err)
        return err;
    err = run_list_read(model, txn, &list);
    ledger_kv_abort(txn);
    if (err)
        return ledger_fail(error, err, NULL, "the model cannot be read");
    *due = leisure ? !runs_are_tidy(model, &list) : list.count > RUNS_MANY;
    return LEDGER_E_OK;
}

enum ledger_err runs_tidy(const struct projection_model *model, bool leisure, bool *more,
                          struct ledger_error *error) {
    struct ledger_kv_txn *txn;
    struct run_list list;
    enum ledger_err err = is_due(model, leisure, more, error);
    if (err || !*more)
        return err;
    err = ledger_kv_write(model->kv, &txn, error);
    if (err)
        return err;
    err = run_list_read(model, txn, &list);
    if (!err)
        err = runs_merge(model, txn, &list, TIDY_BYTES, leisure);
    if (err) {
        ledger_kv_abort(txn);
        return ledger_fail(error, err, NULL, "the model's rows cannot be merged");
    }
    run_list_write(model, txn, &list);
    return ledger_kv_commit(txn, error);
}
