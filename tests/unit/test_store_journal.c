// Blocks that go through the journal: read before they are settled and after, by readers that began
// before and after; and what the next opening finds when a process ended without closing.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_store_fixture.h"

enum { PAGES = 16, LARGE = JOURNAL_BLOCK_SIZE_MAX };

static int setup(void **state) {
    int status = store_fixture_setup(state);
    struct fixture *f = *state;
    store_close(&f->store);
    f->journal_bytes = PAGES * JOURNAL_PAGE;
    open_store(f);
    return status;
}

static void add(struct fixture *f, size_t record_size) {
    struct block_builder builder = {0};
    struct ledger_merkle tree;
    struct ledger_error error = {0};
    struct wanted wanted = next_block(f);
    wanted.record_size = record_size;
    build_block(f, &wanted, &builder, &tree);
    if (store_add(&f->store, ledger_buffer_span(&builder.bytes), &tree, &f->end, &error) !=
        LEDGER_E_OK)
        fail_msg("%s", error.message);
    block_builder_fini(&builder);
}

static uint64_t settled(struct fixture *f) {
    struct ledger_kv_txn *txn;
    assert_int_equal(ledger_kv_read(f->store.kv, &txn, NULL), LEDGER_E_OK);
    uint64_t count = ledger_kv_count(txn, f->store.blocks);
    ledger_kv_abort(txn);
    return count;
}

// The view has positions 1..last, one a block, and no more.
static void check_view(struct fixture *f, const struct store_view *view, uint64_t last) {
    struct block block;
    struct store_reader reader = {.store = &f->store, .view = view};
    assert_int_equal(store_block_count(&f->store, view), last);
    for (uint64_t position = 1; position <= last; position++) {
        struct ledger_span record;
        uint64_t positions[2] = {position, position < last ? position + 1 : position};
        struct ledger_span entries[2];
        assert_int_equal(store_block(&f->store, view, position, &block, NULL), LEDGER_E_OK);
        assert_int_equal(block.first, position);
        assert_int_equal(store_reader_record(&reader, position, &record, NULL), LEDGER_E_OK);
        assert_memory_equal(record.data, "abc", 3);
        assert_int_equal(store_reader_entries(&reader, positions, 2, entries, NULL), LEDGER_E_OK);
        assert_true(entries[0].size > 3 && entries[1].size > 3);
    }
    assert_int_equal(store_block(&f->store, view, last + 1, &block, NULL), LEDGER_E_NOT_FOUND);
    store_reader_end(&reader);
}

static void check_now(struct fixture *f, uint64_t last) {
    struct store_view view;
    assert_int_equal(store_view_begin(&f->store, &view, NULL), LEDGER_E_OK);
    check_view(f, &view, last);
    store_view_end(&view);
}

static void blocks_are_read_before_and_after_they_are_settled(void **state) {
    struct fixture *f = *state;
    struct store_view before;
    for (int i = 0; i < 5; i++)
        add(f, 10);
    assert_int_equal(settled(f), 0);
    check_now(f, 5);
    assert_int_equal(store_view_begin(&f->store, &before, NULL), LEDGER_E_OK);
    assert_int_equal(store_settle(&f->store, NULL), LEDGER_E_OK);
    assert_int_equal(settled(f), 5);
    check_view(f, &before, 5);
    check_now(f, 5);
    add(f, 10);
    assert_int_equal(settled(f), 5);
    check_now(f, 6);
    check_view(f, &before, 5);
    store_view_end(&before);
}

static void a_full_journal_and_a_large_block_settle_the_rest(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < PAGES; i++)
        add(f, 10);
    assert_int_equal(settled(f), 0);
    add(f, 10);
    assert_int_equal(settled(f), PAGES + 1);
    add(f, 10);
    assert_int_equal(settled(f), PAGES + 1);
    add(f, LARGE);
    assert_int_equal(settled(f), PAGES + 3);
    check_now(f, PAGES + 3);
}

// ---- readers beside the writer

struct watched {
    struct store *store;
    _Atomic uint64_t head; // of what has been added
    atomic_bool over;
    _Atomic uint64_t looked, missed;
};

static void look_for(struct watched *watched, const struct store_view *view, uint64_t position) {
    struct block block;
    watched->looked++;
    if (position != 0 &&
        (store_block(watched->store, view, position, &block, NULL) != LEDGER_E_OK ||
         block.first != position))
        watched->missed++;
}

static void *read_on(void *user) {
    struct watched *watched = user;
    while (!watched->over) {
        uint64_t head = watched->head;
        struct store_view view;
        if (store_view_begin(watched->store, &view, NULL) != LEDGER_E_OK) {
            watched->missed++;
            continue;
        }
        look_for(watched, &view, head);
        look_for(watched, &view, head - head / 8);
        look_for(watched, &view, head / 2);
        look_for(watched, &view, head != 0);
        store_view_end(&view);
    }
    return NULL;
}

static void readers_miss_nothing_while_blocks_are_settled(void **state) {
    struct fixture *f = *state;
    struct watched watched = {.store = &f->store};
    pthread_t readers[2];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, &watched), 0);
    for (int i = 1; i <= 1500; i++) {
        add(f, i % 100 == 0 ? LARGE : 10);
        watched.head = f->end.head;
        if (i % 7 == 0)
            assert_int_equal(store_settle(&f->store, NULL), LEDGER_E_OK);
    }
    watched.over = true;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_join(readers[i], NULL), 0);
    assert_int_equal(watched.missed, 0);
    assert_true(watched.looked > 100);
    check_now(f, 1500);
}

// ---- what another process left

// Adds blocks in a process that ends without closing. Where its log ended is in *end.
static void add_and_die(struct fixture *f, int count, size_t record_size) {
    store_close(&f->store);
    pid_t child = fork();
    if (child == 0) {
        open_store(f);
        for (int i = 0; i < count; i++)
            add(f, record_size);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void what_a_dead_process_left_is_taken_in(void **state) {
    struct fixture *f = *state;
    add(f, 10);
    add_and_die(f, 7, 10);
    open_store(f);
    assert_int_equal(f->end.head, 8);
    assert_int_equal(settled(f), 8);
    check_now(f, 8);
    add_and_die(f, 3, 5000);
    f->journal_bytes = 0; // even if there is to be none from now on
    open_store(f);
    assert_int_equal(f->end.head, 11);
    assert_int_equal(settled(f), 11);
    add(f, 10);
    assert_int_equal(settled(f), 12);
    check_now(f, 12);
}

static void the_tree_is_stored_as_without_a_journal(void **state) {
    struct fixture *f = *state;
    struct ledger_merkle with, without;
    struct store_view view;
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < STORE_TREE_EVENTS + 2; i++)
            add(f, 3);
        assert_int_equal(store_settle(&f->store, NULL), LEDGER_E_OK);
        assert_int_equal(store_view_begin(&f->store, &view, NULL), LEDGER_E_OK);
        assert_int_equal(store_tree(&f->store, view.txn, turn == 0 ? &with : &without, NULL),
                         LEDGER_E_OK);
        store_view_end(&view);
        if (turn == 0) {
            assert_int_equal(store_fixture_teardown(state), 0);
            assert_int_equal(store_fixture_setup(state), 0); // without one
            f = *state;
        }
    }
    assert_int_equal(with.size, STORE_TREE_EVENTS);
    assert_int_equal(with.size, without.size);
    assert_memory_equal(&with, &without, sizeof with);
}

static void change(struct fixture *f, off_t at) {
    char path[80];
    snprintf(path, sizeof path, "%s/journal", f->path);
    int fd = open(path, O_RDWR);
    assert_int_equal(pwrite(fd, "?", 1, at), 1);
    close(fd);
}

static uint64_t ahead(struct fixture *f, enum ledger_err want) {
    uint64_t events;
    assert_int_equal(store_open_read_only(&f->store, f->path, NULL), LEDGER_E_OK);
    assert_int_equal(store_ahead(&f->store, f->path, &events, NULL), want);
    store_close(&f->store);
    return events;
}

static void a_damaged_journal_is_refused(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    add_and_die(f, 4, 10);
    assert_int_equal(ahead(f, LEDGER_E_OK), 4);
    change(f, 3 * JOURNAL_PAGE + 50); // the last one: it may never have been acknowledged
    assert_int_equal(ahead(f, LEDGER_E_OK), 3);
    change(f, JOURNAL_PAGE + 50);
    assert_int_equal(ahead(f, LEDGER_E_CORRUPT), 1);
    assert_int_equal(try_open_store(f, &error), LEDGER_E_CORRUPT);
    assert_non_null(strstr(error.message, "position 2"));
    assert_int_equal(ahead(f, LEDGER_E_CORRUPT), 1); // nothing was changed by that
}

static void a_lost_journal_is_refused(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    char path[80];
    snprintf(path, sizeof path, "%s/journal", f->path);
    add_and_die(f, 4, 10);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(ahead(f, LEDGER_E_CORRUPT), 0);
    assert_int_equal(try_open_store(f, &error), LEDGER_E_CORRUPT);
    assert_non_null(strstr(error.message, "journal is missing"));
}

static void what_is_whole_is_kept_when_the_rest_is_forgotten(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    add_and_die(f, 4, 10);
    change(f, 2 * JOURNAL_PAGE + 50);
    struct store_options options = {
        .path = f->path, .map_bytes = 16 << 20, .journal_bytes = 0, .forget_journal = true};
    assert_int_equal(store_open(&f->store, &options, &f->end, NULL), LEDGER_E_OK);
    assert_int_equal(f->end.head, 2);
    check_now(f, 2);
    store_close(&f->store);
    assert_int_equal(try_open_store(f, &error), LEDGER_E_CORRUPT); // only for that once
    assert_non_null(strstr(error.message, "position 3"));
}

static void a_closed_store_needs_no_journal(void **state) {
    struct fixture *f = *state;
    char path[80];
    snprintf(path, sizeof path, "%s/journal", f->path);
    for (int i = 0; i < 4; i++)
        add(f, 10);
    store_close(&f->store);
    assert_int_equal(ahead(f, LEDGER_E_OK), 0);
    assert_int_equal(unlink(path), 0);
    open_store(f);
    assert_int_equal(f->end.head, 4);
    check_now(f, 4);
}

static void without_room_for_a_journal_it_goes_on(void **state) {
    struct fixture *f = *state;
    char path[80], made[90];
    store_close(&f->store);
    snprintf(path, sizeof path, "%s/journal", f->path);
    snprintf(made, sizeof made, "%s.new", path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(made, 0700), 0); // it cannot be written
    open_store(f);
    assert_null(f->store.journal);
    add(f, 10);
    assert_int_equal(settled(f), 1);
    check_now(f, 1);
    assert_int_equal(rmdir(made), 0);
}

int main(void) {
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, store_fixture_teardown)
    const struct CMUnitTest tests[] = {
        STORE_TEST(blocks_are_read_before_and_after_they_are_settled),
        STORE_TEST(a_full_journal_and_a_large_block_settle_the_rest),
        STORE_TEST(readers_miss_nothing_while_blocks_are_settled),
        STORE_TEST(what_a_dead_process_left_is_taken_in),
        STORE_TEST(the_tree_is_stored_as_without_a_journal),
        STORE_TEST(a_damaged_journal_is_refused),
        STORE_TEST(a_lost_journal_is_refused),
        STORE_TEST(what_is_whole_is_kept_when_the_rest_is_forgotten),
        STORE_TEST(a_closed_store_needs_no_journal),
        STORE_TEST(without_room_for_a_journal_it_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
