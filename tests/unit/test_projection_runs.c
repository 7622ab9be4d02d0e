// Rows in runs and in the tree, against a sorted list that holds the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/projection_internal.h"

enum { ROWS_MOST = 4000, KEY_SIZE = 24 };

// What the model must hold.
struct expected {
    char key[KEY_SIZE];
    size_t key_size;
    char value[40];
    size_t value_size;
};

struct world {
    char folder[64];
    struct projection_model *model;
    struct expected rows[ROWS_MOST]; // by key
    size_t count;
    uint64_t chance;
};

static const struct projection projection = {.name = "runs", .fold_version = 1};

static uint64_t draw(struct world *world, uint64_t below) {
    world->chance = world->chance * 6364136223846793005u + 1442695040888963407u;
    return (world->chance >> 33) % below;
}

static void model_open(struct world *world) {
    struct ledger_error error = {0};
    assert_int_equal(projection_model_open(&projection, world->folder, &world->model, &error),
                     LEDGER_E_OK);
    world->model->limits =
        (struct run_limits){.run_rows_least = 40, .tree_rows_most = 60, .tier_bytes = 4096};
}

static int setup(void **state) {
    struct world *world = calloc(1, sizeof *world);
    (void)snprintf(world->folder, sizeof world->folder, "/tmp/ledger-runs-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->chance = 7;
    model_open(world);
    *state = world;
    return 0;
}

static int teardown(void **state) {
    struct world *world = *state;
    projection_model_close(world->model);
    projection_model_discard(world->folder);
    free(world);
    return 0;
}

static int by_key(const void *a, const void *b) {
    const struct expected *left = a, *right = b;
    return run_key_order(ledger_span_of(left->key, left->key_size),
                         ledger_span_of(right->key, right->key_size));
}

// Keys share beginnings, and some begin with all of another.
static void draw_key(struct world *world, struct expected *row) {
    int size = snprintf(row->key, sizeof row->key, "%c%u", (char)('a' + draw(world, 4)),
                        (unsigned)draw(world, 30));
    row->key_size = (size_t)size;
    for (uint64_t i = draw(world, 8); i > 0; i--)
        row->key[row->key_size++] = (char)('0' + draw(world, 3));
}

static void draw_value(struct world *world, struct expected *row) {
    row->value_size = draw(world, sizeof row->value);
    for (size_t i = 0; i < row->value_size; i++)
        row->value[i] = (char)draw(world, 256);
}

static bool is_there(const struct world *world, const struct expected *row) {
    for (size_t i = 0; i < world->count; i++)
        if (by_key(&world->rows[i], row) == 0)
            return true;
    return false;
}

static void pool_row(struct row_pool *pool, const struct expected *row) {
    uint8_t *place = row_pool_add(pool, ledger_span_of(row->key, row->key_size), row->value_size);
    assert_non_null(place);
    memcpy(place, row->value, row->value_size);
}

static void add(struct world *world, struct ledger_kv_txn *txn, struct run_list *list,
                size_t count) {
    struct row_pool pool = {0};
    for (size_t i = 0; i < count && world->count < ROWS_MOST; i++) {
        struct expected *row = &world->rows[world->count];
        draw_key(world, row);
        draw_value(world, row);
        if (is_there(world, row))
            continue;
        pool_row(&pool, row);
        world->count++;
    }
    assert_int_equal(runs_add(world->model, txn, list, &pool), LEDGER_E_OK);
    row_pool_fini(&pool);
    qsort(world->rows, world->count, sizeof *world->rows, by_key);
}

static void replace(struct world *world, struct ledger_kv_txn *txn) {
    if (world->count == 0)
        return;
    struct expected *row = &world->rows[draw(world, world->count)];
    draw_value(world, row);
    runs_replace(world->model, txn, ledger_span_of(row->key, row->key_size),
                 ledger_span_of(row->value, row->value_size));
}

static void assert_row(const struct ledger_kv_pair *row, const struct expected *expected) {
    assert_int_equal(row->key.size, expected->key_size);
    assert_memory_equal(row->key.data, expected->key, expected->key_size);
    assert_int_equal(row->value.size, expected->value_size);
    assert_memory_equal(row->value.data, expected->value, expected->value_size);
}

static bool begins(const struct expected *row, struct ledger_span prefix) {
    return row->key_size >= prefix.size && memcmp(row->key, prefix.data, prefix.size) == 0;
}

static void check_scan(const struct world *world, struct run_cursor *cursor,
                       struct ledger_span prefix) {
    struct ledger_kv_pair row;
    bool more = run_cursor_seek(cursor, prefix, prefix, &row);
    for (size_t i = 0; i < world->count; i++) {
        if (prefix.size && !begins(&world->rows[i], prefix))
            continue;
        assert_true(more);
        assert_row(&row, &world->rows[i]);
        more = run_cursor_next(cursor, &row);
    }
    assert_false(more);
    assert_int_equal(run_cursor_failed(cursor), LEDGER_E_OK);
}

// Everything, what begins with some key's first bytes, and single rows that are there or not.
static void check(struct world *world, struct ledger_kv_txn *txn, const struct run_list *list) {
    assert_int_equal(list->row_count, world->count);
    struct run_cursor *cursor = run_cursor_open(world->model, txn, list, 0, list->count, true);
    assert_non_null(cursor);
    check_scan(world, cursor, (struct ledger_span){0});
    for (int i = 0; i < 8; i++) {
        struct expected drawn;
        struct ledger_span value;
        draw_key(world, &drawn);
        check_scan(world, cursor, ledger_span_of(drawn.key, 1 + draw(world, drawn.key_size)));
        enum ledger_err err =
            run_get(world->model, txn, list, ledger_span_of(drawn.key, drawn.key_size), &value);
        assert_int_equal(err, is_there(world, &drawn) ? LEDGER_E_OK : LEDGER_E_NOT_FOUND);
    }
    run_cursor_close(cursor);
}

static void check_committed(struct world *world) {
    struct ledger_kv_txn *txn;
    struct run_list list;
    assert_int_equal(ledger_kv_read(world->model->kv, &txn, NULL), LEDGER_E_OK);
    assert_int_equal(run_list_read(world->model, txn, &list), LEDGER_E_OK);
    check(world, txn, &list);
    ledger_kv_abort(txn);
}

// A commit as the runtime makes it.
static void one_commit(struct world *world, uint64_t budget) {
    struct ledger_kv_txn *txn;
    struct run_list list;
    assert_int_equal(ledger_kv_write(world->model->kv, &txn, NULL), LEDGER_E_OK);
    assert_int_equal(run_list_read(world->model, txn, &list), LEDGER_E_OK);
    assert_int_equal(runs_merge(world->model, txn, &list, budget, draw(world, 4) == 0),
                     LEDGER_E_OK);
    add(world, txn, &list, draw(world, 2) ? draw(world, 90) : draw(world, 10));
    for (uint64_t i = draw(world, 6); i > 0; i--)
        replace(world, txn);
    check(world, txn, &list);
    run_list_write(world->model, txn, &list);
    assert_int_equal(ledger_kv_commit(txn, NULL), LEDGER_E_OK);
}

static void rows_are_found_wherever_they_are(void **state) {
    struct world *world = *state;
    for (int i = 0; i < 120; i++) {
        one_commit(world, 1 + draw(world, 6000));
        if (i % 10 == 0)
            check_committed(world);
        if (i % 40 == 39) { // whatever was under way goes on where it was
            projection_model_close(world->model);
            model_open(world);
        }
    }
    assert_true(world->count > 2000);
}

static void leisure_leaves_few_runs(void **state) {
    struct world *world = *state;
    struct ledger_kv_txn *txn;
    struct run_list list;
    struct ledger_error error = {0};
    for (int i = 0; i < 60; i++)
        one_commit(world, 1);
    bool more = true;
    for (int turns = 0; more; turns++) {
        assert_true(turns < 1000);
        assert_int_equal(runs_tidy(world->model, true, &more, &error), LEDGER_E_OK);
    }
    check_committed(world);
    assert_int_equal(ledger_kv_read(world->model->kv, &txn, NULL), LEDGER_E_OK);
    assert_int_equal(run_list_read(world->model, txn, &list), LEDGER_E_OK);
    assert_in_range(list.count, 1, 4);
    assert_int_equal(list.merge.number, 0);
    ledger_kv_abort(txn);
}

static void uncommitted_rows_leave_nothing(void **state) {
    struct world *world = *state;
    struct ledger_kv_txn *txn;
    struct run_list list;
    for (int i = 0; i < 20; i++)
        one_commit(world, 3000);
    size_t count = world->count;
    struct expected *before = malloc(sizeof world->rows);
    memcpy(before, world->rows, sizeof world->rows);
    assert_int_equal(ledger_kv_write(world->model->kv, &txn, NULL), LEDGER_E_OK);
    assert_int_equal(run_list_read(world->model, txn, &list), LEDGER_E_OK);
    assert_int_equal(runs_merge(world->model, txn, &list, 100000, true), LEDGER_E_OK);
    add(world, txn, &list, 80);
    replace(world, txn);
    run_list_write(world->model, txn, &list);
    ledger_kv_abort(txn);
    memcpy(world->rows, before, sizeof world->rows);
    world->count = count;
    free(before);
    check_committed(world);
}

// A value may be larger than a block.
static void large_rows_have_blocks_of_their_own(void **state) {
    struct world *world = *state;
    struct ledger_kv_txn *txn;
    struct run_list list;
    struct row_pool pool = {0};
    const size_t size = 100000;
    assert_int_equal(ledger_kv_write(world->model->kv, &txn, NULL), LEDGER_E_OK);
    assert_int_equal(run_list_read(world->model, txn, &list), LEDGER_E_OK);
    for (unsigned i = 0; i < 50; i++) {
        uint8_t key[2] = {'k', (uint8_t)i};
        uint8_t *place = row_pool_add(&pool, ledger_span_of(key, 2), size);
        assert_non_null(place);
        memset(place, (int)i, size);
    }
    assert_int_equal(runs_add(world->model, txn, &list, &pool), LEDGER_E_OK);
    row_pool_fini(&pool);
    for (unsigned i = 0; i < 50; i++) {
        uint8_t key[2] = {'k', (uint8_t)i};
        struct ledger_span value;
        assert_int_equal(run_get(world->model, txn, &list, ledger_span_of(key, 2), &value),
                         LEDGER_E_OK);
        assert_int_equal(value.size, size);
        assert_int_equal(value.data[size - 1], i);
    }
    ledger_kv_abort(txn);
}

static void damaged_blocks_and_lists_are_noticed(void **state) {
    struct world *world = *state;
    struct ledger_kv_txn *txn;
    struct run_list list;
    struct run_block block;
    struct ledger_kv_pair row;
    const uint8_t none[4] = {0}, beyond[8] = {1, 0, 0, 0, 200, 0, 0, 0};
    assert_false(run_block_open(ledger_span_of(none, sizeof none), &block));
    assert_false(run_block_open(ledger_span_of(beyond, 3), &block));
    assert_true(run_block_open(ledger_span_of(beyond, sizeof beyond), &block));
    assert_false(run_block_row(&block, 0, &row));
    assert_int_equal(ledger_kv_write(world->model->kv, &txn, NULL), LEDGER_E_OK);
    ledger_kv_put(txn, world->model->meta, ledger_span_text("runs"),
                  ledger_span_of(beyond, sizeof beyond));
    assert_int_equal(run_list_read(world->model, txn, &list), LEDGER_E_CORRUPT);
    ledger_kv_abort(txn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_found_wherever_they_are, setup, teardown),
        cmocka_unit_test_setup_teardown(leisure_leaves_few_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(uncommitted_rows_leave_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(large_rows_have_blocks_of_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_blocks_and_lists_are_noticed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
