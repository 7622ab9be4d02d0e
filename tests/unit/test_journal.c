// The journal's file: what was written is read again in order; what was torn or is another run's is
// not; what is damaged before something later is told.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/journal.h"

enum { PAGES = 8, SMALL = 100, LARGE = 5000 }; // a large record takes two pages

struct fixture {
    char path[64], file[80];
    struct journal *journal;
};

static void open_journal(struct fixture *f, uint64_t size) {
    struct ledger_error error = {0};
    if (journal_open(f->path, size, false, &f->journal, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->path, sizeof f->path, "/tmp/fl-journal-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->file, sizeof f->file, "%s/journal", f->path);
    open_journal(f, PAGES * JOURNAL_PAGE);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    struct stat file;
    journal_close(f->journal);
    assert_int_equal(journal_remove(f->path, NULL), LEDGER_E_OK);
    assert_int_not_equal(stat(f->file, &file), 0);
    assert_int_equal(journal_remove(f->path, NULL), LEDGER_E_OK);
    int status = rmdir(f->path); // nothing else is left in it
    free(f);
    return status;
}

// A block of one record of `size` bytes at a position.
static void put(struct fixture *f, uint64_t position, size_t size) {
    struct block_builder builder = {0};
    struct block_seal seal = {.epoch = 1, .first = position, .recorded_at = 1};
    uint8_t *place = block_builder_add(&builder, size);
    assert_non_null(place);
    memset(place, (int)position, size);
    assert_int_equal(block_builder_seal(&builder, &seal), LEDGER_E_OK);
    struct ledger_span block = ledger_buffer_span(&builder.bytes);
    assert_true(journal_takes(f->journal, block.size));
    uint8_t *record = journal_pack(journal_run(f->journal), block, position);
    assert_non_null(record);
    assert_true(ledger_span_equal(journal_block(record, block.size), block));
    assert_int_equal(journal_write(f->journal, record, block.size, NULL), LEDGER_E_OK);
    free(record);
    block_builder_fini(&builder);
}

// Reading from `position` on ends so, before position `next`.
static void expect(struct fixture *f, uint64_t position, enum ledger_err end, uint64_t next) {
    struct journal_leavings leavings;
    struct ledger_span bytes, record;
    struct block block;
    enum ledger_err err;
    assert_int_equal(journal_load(f->path, journal_run(f->journal), &leavings, NULL), LEDGER_E_OK);
    while ((err = journal_next(&leavings, position, &bytes, NULL)) == LEDGER_E_OK) {
        assert_int_equal(block_open(bytes, &block, NULL), LEDGER_E_OK);
        assert_int_equal(block.first, position);
        assert_int_equal(block_record(&block, 0, &record), LEDGER_E_OK);
        assert_int_equal(record.data[record.size - 1], position);
        position++;
    }
    journal_unload(&leavings);
    assert_int_equal(err, end);
    assert_int_equal(position, next);
}

static void flip(struct fixture *f, off_t at) {
    uint8_t byte;
    int fd = open(f->file, O_RDWR);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void what_was_written_is_read_in_order(void **state) {
    struct fixture *f = *state;
    expect(f, 5, LEDGER_E_NOT_FOUND, 5);
    put(f, 5, SMALL);
    put(f, 6, LARGE);
    put(f, 7, SMALL);
    expect(f, 5, LEDGER_E_NOT_FOUND, 8);
}

static void it_holds_as_much_as_it_says(void **state) {
    struct fixture *f = *state;
    assert_int_equal(journal_records_max(f->journal), PAGES);
    assert_true(journal_takes(f->journal, JOURNAL_PAGE - JOURNAL_HEADER_SIZE));
    for (uint64_t position = 1; position <= PAGES; position++)
        put(f, position, SMALL);
    assert_false(journal_takes(f->journal, 1));
    expect(f, 1, LEDGER_E_NOT_FOUND, PAGES + 1);
    journal_restart(f->journal);
    assert_true(journal_takes(f->journal, 1));
    assert_false(journal_takes(f->journal, (size_t)PAGES * JOURNAL_PAGE));
}

static void large_blocks_are_not_for_it(void **state) {
    struct fixture *f = *state;
    journal_close(f->journal);
    open_journal(f, 4 * JOURNAL_BLOCK_SIZE_MAX);
    assert_true(journal_takes(f->journal, JOURNAL_BLOCK_SIZE_MAX));
    assert_false(journal_takes(f->journal, JOURNAL_BLOCK_SIZE_MAX + 1));
}

static void what_is_older_is_not_read_again(void **state) {
    struct fixture *f = *state;
    for (uint64_t position = 1; position <= 5; position++)
        put(f, position, SMALL);
    journal_restart(f->journal);
    expect(f, 6, LEDGER_E_NOT_FOUND, 6);
    put(f, 6, SMALL);
    expect(f, 6, LEDGER_E_NOT_FOUND, 7); // and 2..5 stand behind it
}

static void another_run_is_not_read(void **state) {
    struct fixture *f = *state;
    uint64_t run = journal_run(f->journal);
    put(f, 1, SMALL);
    put(f, 2, SMALL);
    expect(f, 1, LEDGER_E_NOT_FOUND, 3);
    journal_close(f->journal);
    open_journal(f, PAGES * JOURNAL_PAGE);
    assert_true(journal_run(f->journal) != run);
    expect(f, 1, LEDGER_E_NOT_FOUND, 1);
    put(f, 1, SMALL); // position 2 of the former run stands behind it
    expect(f, 1, LEDGER_E_NOT_FOUND, 2);
}

static void a_torn_end_is_left_out(void **state) {
    struct fixture *f = *state;
    put(f, 1, SMALL);
    put(f, 2, LARGE);
    static const off_t places[] = {0, 9, 17, 25, 29, JOURNAL_HEADER_SIZE, JOURNAL_PAGE};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        flip(f, JOURNAL_PAGE + places[i]);
        expect(f, 1, LEDGER_E_NOT_FOUND, 2);
        flip(f, JOURNAL_PAGE + places[i]);
        expect(f, 1, LEDGER_E_NOT_FOUND, 3);
    }
    assert_int_equal(truncate(f->file, 2 * JOURNAL_PAGE), 0); // within the second
    expect(f, 1, LEDGER_E_NOT_FOUND, 2);
    assert_int_equal(truncate(f->file, 20), 0);
    expect(f, 1, LEDGER_E_NOT_FOUND, 1);
    assert_int_equal(truncate(f->file, 0), 0);
    expect(f, 1, LEDGER_E_NOT_FOUND, 1);
}

static void damage_before_the_end_is_told(void **state) {
    struct fixture *f = *state;
    put(f, 1, SMALL);
    put(f, 2, LARGE);
    put(f, 3, SMALL);
    static const off_t places[] = {0, 9, 17, 25, 29, JOURNAL_HEADER_SIZE, JOURNAL_PAGE};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        flip(f, JOURNAL_PAGE + places[i]);
        expect(f, 1, LEDGER_E_CORRUPT, 2);
        flip(f, JOURNAL_PAGE + places[i]);
    }
    flip(f, 0);
    expect(f, 1, LEDGER_E_CORRUPT, 1);
}

static void a_file_of_another_size_is_made_anew(void **state) {
    struct fixture *f = *state;
    struct stat file;
    put(f, 1, SMALL);
    journal_close(f->journal);
    open_journal(f, (PAGES + 2) * JOURNAL_PAGE + 1);
    assert_int_equal(stat(f->file, &file), 0);
    assert_int_equal(file.st_size, (PAGES + 2) * JOURNAL_PAGE);
    assert_int_equal(journal_records_max(f->journal), PAGES + 2);
}

static void a_missing_file_is_not_found(void **state) {
    struct fixture *f = *state;
    struct journal_leavings leavings;
    assert_int_equal(unlink(f->file), 0);
    assert_int_equal(journal_load(f->path, 1, &leavings, NULL), LEDGER_E_NOT_FOUND);
    journal_close(f->journal);
    f->journal = NULL;
    assert_int_equal(journal_open("/nonexistent", 4096, false, &f->journal, NULL), LEDGER_E_IO);
    assert_null(f->journal);
}

int main(void) {
#define JOURNAL_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        JOURNAL_TEST(what_was_written_is_read_in_order),
        JOURNAL_TEST(it_holds_as_much_as_it_says),
        JOURNAL_TEST(large_blocks_are_not_for_it),
        JOURNAL_TEST(what_is_older_is_not_read_again),
        JOURNAL_TEST(another_run_is_not_read),
        JOURNAL_TEST(a_torn_end_is_left_out),
        JOURNAL_TEST(damage_before_the_end_is_told),
        JOURNAL_TEST(a_file_of_another_size_is_made_anew),
        JOURNAL_TEST(a_missing_file_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
