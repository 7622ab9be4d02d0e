// New rows: a large batch becomes a run, a small one goes into the tree, and a grown tree becomes a
// run, the newest.
#include "projection_internal.h"
#include "runs.h"

const struct run_limits run_limits_default = {
    .run_rows_least = 16 << 10, .tree_rows_most = 64 << 10, .tier_bytes = 8 << 20};

static enum ledger_err writer_begin(const struct projection_model *model, struct ledger_kv_txn *txn,
                                    struct run_list *list, struct run_writer *writer) {
    if (list->count == RUNS_MAX)
        return LEDGER_E_CORRUPT; // merges keep far below
    *writer = (struct run_writer){.number = ++list->last_number,
                                  .cursor = ledger_kv_cursor_open(txn, model->runs)};
    return writer->cursor ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
}

static enum ledger_err writer_end(struct run_list *list, struct run_writer *writer) {
    enum ledger_err err = run_writer_end(writer);
    ledger_kv_cursor_close(writer->cursor);
    if (!err)
        list->runs[list->count++] = (struct run){.number = writer->number, .bytes = writer->bytes};
    return err;
}

static enum ledger_err add_run(const struct projection_model *model, struct ledger_kv_txn *txn,
                               struct run_list *list, struct row_pool *pool) {
    struct run_writer writer;
    enum ledger_err err = writer_begin(model, txn, list, &writer);
    if (err)
        return err;
    row_pool_sort(pool);
    for (size_t i = 0; i < pool->count; i++) {
        struct ledger_kv_pair row = row_pool_at(pool, i);
        run_writer_add(&writer, row.key, row.value);
    }
    row_pool_clear(pool);
    return writer_end(list, &writer);
}

static enum ledger_err tree_to_run(const struct projection_model *model, struct ledger_kv_txn *txn,
                                   struct run_list *list) {
    struct run_writer writer;
    struct ledger_kv_pair row;
    enum ledger_err err = writer_begin(model, txn, list, &writer);
    if (err)
        return err;
    struct ledger_kv_cursor *tree = ledger_kv_cursor_open(txn, model->rows);
    for (bool more = tree && ledger_kv_first(tree, &row); more; more = ledger_kv_next(tree, &row))
        run_writer_add(&writer, row.key, row.value);
    ledger_kv_cursor_close(tree);
    err = writer_end(list, &writer);
    ledger_kv_clear(txn, model->rows);
    return err;
}

enum ledger_err runs_add(const struct projection_model *model, struct ledger_kv_txn *txn,
                         struct run_list *list, struct row_pool *pool) {
    list->row_count += pool->count;
    if (pool->count >= model->limits.run_rows_least)
        return add_run(model, txn, list, pool);
    row_pool_put(pool, txn, model->rows);
    return ledger_kv_count(txn, model->rows) > model->limits.tree_rows_most
               ? tree_to_run(model, txn, list)
               : ledger_kv_failed(txn);
}

void runs_replace(const struct projection_model *model, struct ledger_kv_txn *txn,
                  struct ledger_span key, struct ledger_span value) {
    ledger_kv_put(txn, model->rows, key, value);
}
