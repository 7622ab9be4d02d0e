// Files that were cut short: refused when they are opened, and named when they are in use. A file
// that is short because nothing was written there is none of them.
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
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/kv.h"

enum { ROWS = 2000, ROW_SIZE = 200, LARGE = 1 << 20, PAGE = 4096, EXIT_STATUS = 74 };

struct fixture {
    char path[64], file[96];
};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->path, sizeof f->path, "/tmp/fl-kv-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->file, sizeof f->file, "%s/data.mdb", f->path);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf '%s'", f->path);
    int status = system(command);
    free(f);
    return status;
}

static enum ledger_err try_open(const struct fixture *f, struct ledger_kv **kv,
                                struct ledger_error *error) {
    struct ledger_kv_options options = {
        .path = f->path, .map_bytes = 64 << 20, .tables_max = 1, .lazy_sync = true};
    return ledger_kv_open(&options, kv, error);
}

static struct ledger_kv *open_kv(const struct fixture *f, struct ledger_kv_table *table) {
    struct ledger_error error = {0};
    struct ledger_kv *kv;
    if (try_open(f, &kv, &error) != LEDGER_E_OK ||
        ledger_kv_table(kv, "rows", table, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
    return kv;
}

static struct ledger_span key_of(uint32_t number, uint8_t bytes[8]) {
    ledger_key_u64(bytes, number);
    return ledger_span_of(bytes, 8);
}

static void put_rows(struct ledger_kv *kv, struct ledger_kv_table table) {
    static const uint8_t row[ROW_SIZE] = {1};
    struct ledger_kv_txn *txn;
    uint8_t key[8];
    assert_int_equal(ledger_kv_write(kv, &txn, NULL), LEDGER_E_OK);
    for (uint32_t i = 0; i < ROWS; i++)
        ledger_kv_put(txn, table, key_of(i, key), ledger_span_of(row, sizeof row));
    assert_int_equal(ledger_kv_commit(txn, NULL), LEDGER_E_OK);
}

static uint64_t count_rows(struct ledger_kv *kv, struct ledger_kv_table table) {
    struct ledger_kv_txn *txn;
    struct ledger_kv_pair pair;
    uint64_t count = 0, sum = 0;
    assert_int_equal(ledger_kv_read(kv, &txn, NULL), LEDGER_E_OK);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, table);
    for (bool found = ledger_kv_first(cursor, &pair); found; found = ledger_kv_next(cursor, &pair))
        sum += pair.value.data[0], count++;
    assert_true(sum == count);
    ledger_kv_cursor_close(cursor);
    ledger_kv_abort(txn);
    return count;
}

static off_t file_size(const struct fixture *f) {
    struct stat file;
    assert_int_equal(stat(f->file, &file), 0);
    return file.st_size;
}

// At whatever page: in the rows, or in the list of free pages itself.
static void a_file_that_was_cut_short_is_refused(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_table table;
    struct ledger_kv *kv = open_kv(f, &table);
    put_rows(kv, table);
    put_rows(kv, table); // leaves pages that are free
    ledger_kv_close(kv);
    char command[256];
    snprintf(command, sizeof command, "cp '%s' '%s.whole'", f->file, f->file);
    assert_int_equal(system(command), 0);
    off_t whole = file_size(f);
    assert_true(whole > 40 * PAGE);
    for (off_t size = 2 * PAGE; size < whole; size += 3 * PAGE + 1000) {
        struct ledger_error error = {0};
        snprintf(command, sizeof command, "cp '%s.whole' '%s'", f->file, f->file);
        assert_int_equal(system(command), 0);
        assert_int_equal(truncate(f->file, size), 0);
        enum ledger_err err = try_open(f, &kv, &error);
        if (err == LEDGER_E_OK) { // only free pages are missing
            assert_int_equal(ledger_kv_table(kv, "rows", &table, NULL), LEDGER_E_OK);
            assert_int_equal(count_rows(kv, table), ROWS);
            ledger_kv_close(kv);
            continue;
        }
        assert_int_equal(err, LEDGER_E_CORRUPT);
        assert_non_null(strstr(error.message, "cut short"));
        assert_non_null(strstr(error.message, f->file));
        assert_int_equal(file_size(f), size);
    }
    assert_int_equal(truncate(f->file, 8 * PAGE), 0);
    assert_int_equal(try_open(f, &kv, NULL), LEDGER_E_CORRUPT);
}

static void put_large(struct ledger_kv *kv, struct ledger_kv_table table, uint32_t number) {
    struct ledger_kv_txn *txn;
    uint8_t key[8], *place;
    assert_int_equal(ledger_kv_write(kv, &txn, NULL), LEDGER_E_OK);
    ledger_kv_put_reserve(txn, table, key_of(number, key), LARGE, false, &place);
    assert_non_null(place);
    memset(place, 1, LARGE);
    assert_int_equal(ledger_kv_commit(txn, NULL), LEDGER_E_OK);
}

static void delete_row(struct ledger_kv *kv, struct ledger_kv_table table, uint32_t number) {
    struct ledger_kv_txn *txn;
    uint8_t key[8];
    assert_int_equal(ledger_kv_write(kv, &txn, NULL), LEDGER_E_OK);
    ledger_kv_delete(txn, table, key_of(number, key));
    assert_int_equal(ledger_kv_commit(txn, NULL), LEDGER_E_OK);
}

// As when pages were taken and given back in one transaction, and never written.
static void pages_that_are_free_may_be_missing(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_table table;
    struct ledger_kv *kv = open_kv(f, &table);
    put_rows(kv, table);
    put_large(kv, table, ROWS);
    delete_row(kv, table, ROWS);
    for (uint32_t i = 0; i < 8; i++) // what else is at the end of the file moves to the front
        put_large(kv, table, ROWS + 1), delete_row(kv, table, ROWS + 1);
    ledger_kv_close(kv);
    off_t size = file_size(f) - LARGE / 2;
    assert_true(size > ROWS * ROW_SIZE);
    assert_int_equal(truncate(f->file, size), 0);
    kv = open_kv(f, &table);
    assert_int_equal(count_rows(kv, table), ROWS);
    put_rows(kv, table);
    put_large(kv, table, ROWS);
    assert_int_equal(count_rows(kv, table), ROWS + 1);
    ledger_kv_close(kv);
}

static int read_after_cut(struct fixture *f, int errors) {
    struct ledger_kv_table table;
    assert_true(dup2(errors, STDERR_FILENO) == STDERR_FILENO);
    ledger_kv_report_faults();
    struct ledger_kv *kv = open_kv(f, &table);
    if (truncate(f->file, 4 * PAGE) != 0)
        return 1;
    return count_rows(kv, table) == ROWS ? 0 : 2;
}

static void a_file_that_is_cut_while_in_use_is_named_and_made_anew(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_table table;
    struct ledger_kv *kv = open_kv(f, &table);
    int errors[2], status;
    char said[512] = {0}, mark[96];
    put_rows(kv, table);
    ledger_kv_close(kv);
    assert_int_equal(pipe(errors), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(read_after_cut(f, errors[1]));
    close(errors[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_STATUS);
    for (size_t at = 0; at < sizeof said - 1;) {
        ssize_t got = read(errors[0], said + at, sizeof said - 1 - at);
        if (got <= 0)
            break;
        at += (size_t)got;
    }
    close(errors[0]);
    assert_non_null(strstr(said, f->file));
    assert_non_null(strstr(said, "made anew"));
    snprintf(mark, sizeof mark, "%s/damaged", f->path);
    assert_int_equal(access(mark, F_OK), 0);
    assert_int_equal(try_open(f, &kv, NULL), LEDGER_E_CORRUPT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_that_was_cut_short_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_that_are_free_may_be_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_cut_while_in_use_is_named_and_made_anew,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
