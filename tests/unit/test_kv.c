// The key-value store: rows and cursors, what sticks to a transaction, and what can go wrong with
// the directory, the map and the disk.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/kv.h"

enum { MAP_BYTES = 1 << 20, TABLES = 2 };

struct fixture {
    char path[64];
    struct ledger_kv *kv;
    struct ledger_kv_table table;
};

static enum ledger_err try_open(const struct fixture *f, bool read_only, struct ledger_kv **kv,
                                struct ledger_error *error) {
    struct ledger_kv_options options = {.path = f->path,
                                        .map_bytes = MAP_BYTES,
                                        .tables_max = TABLES,
                                        .readers_max = 2,
                                        .read_only = read_only};
    return ledger_kv_open(&options, kv, error);
}

static void open_kv(struct fixture *f) {
    struct ledger_error error = {0};
    if (try_open(f, false, &f->kv, &error) != LEDGER_E_OK ||
        ledger_kv_table(f->kv, "rows", &f->table, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    snprintf(f->path, sizeof f->path, "/tmp/fl-kv-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    open_kv(f);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    char command[100];
    ledger_kv_close(f->kv);
    snprintf(command, sizeof command, "rm -rf '%s'", f->path);
    int status = system(command);
    free(f);
    return status;
}

// ---- short names for what every test does

static struct ledger_span text(const char *characters) {
    return ledger_span_text(characters);
}

static struct ledger_kv_txn *begin_write(struct fixture *f) {
    struct ledger_kv_txn *txn = NULL;
    struct ledger_error error = {0};
    if (ledger_kv_write(f->kv, &txn, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
    return txn;
}

static struct ledger_kv_txn *begin_read(struct fixture *f) {
    struct ledger_kv_txn *txn = NULL;
    struct ledger_error error = {0};
    if (ledger_kv_read(f->kv, &txn, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
    return txn;
}

static void commit(struct ledger_kv_txn *txn) {
    struct ledger_error error = {0};
    if (ledger_kv_commit(txn, &error) != LEDGER_E_OK)
        fail_msg("%s", error.message);
}

static void put_one(struct fixture *f, const char *key, const char *value) {
    struct ledger_kv_txn *txn = begin_write(f);
    ledger_kv_put(txn, f->table, text(key), text(value));
    commit(txn);
}

// `value` NULL: the key is not there.
static void expect(struct fixture *f, struct ledger_kv_txn *txn, const char *key,
                   const char *value) {
    struct ledger_span found;
    enum ledger_err err = ledger_kv_get(txn, f->table, text(key), &found);
    if (value == NULL) {
        assert_int_equal(err, LEDGER_E_NOT_FOUND);
        assert_int_equal(found.size, 0);
        return;
    }
    assert_int_equal(err, LEDGER_E_OK);
    assert_true(ledger_span_equal(found, text(value)));
}

static void expect_stored(struct fixture *f, const char *key, const char *value) {
    struct ledger_kv_txn *txn = begin_read(f);
    expect(f, txn, key, value);
    ledger_kv_abort(txn);
}

// ---- rows

static void keeps_rows(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_txn *txn = begin_write(f);
    ledger_kv_put(txn, f->table, text("b"), text("2"));
    ledger_kv_put(txn, f->table, text("a"), text("1"));
    ledger_kv_put(txn, f->table, text("b"), text("two"));
    ledger_kv_put(txn, f->table, text("empty"), text(""));
    expect(f, txn, "b", "two"); // a transaction sees its own rows
    expect(f, txn, "c", NULL);
    assert_int_equal(ledger_kv_count(txn, f->table), 3);
    assert_int_equal(ledger_kv_failed(txn), LEDGER_E_OK); // not found is no failure
    commit(txn);
    ledger_kv_close(f->kv);
    open_kv(f);
    expect_stored(f, "a", "1");
    expect_stored(f, "b", "two");
    expect_stored(f, "empty", "");
    expect_stored(f, "c", NULL);
}

static void drops_what_is_aborted(void **state) {
    struct fixture *f = *state;
    put_one(f, "a", "1");
    struct ledger_kv_txn *txn = begin_write(f);
    ledger_kv_put(txn, f->table, text("a"), text("other"));
    ledger_kv_clear(txn, f->table);
    assert_int_equal(ledger_kv_count(txn, f->table), 0);
    ledger_kv_abort(txn);
    expect_stored(f, "a", "1");
    txn = begin_write(f);
    ledger_kv_clear(txn, f->table);
    commit(txn);
    expect_stored(f, "a", NULL);
    ledger_kv_abort(NULL);
}

static void appends_in_order_only(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    struct ledger_kv_txn *txn = begin_write(f);
    ledger_kv_append(txn, f->table, text("a"), text("1"));
    ledger_kv_append(txn, f->table, text("b"), text("2"));
    commit(txn);
    txn = begin_write(f);
    ledger_kv_append(txn, f->table, text("c"), text("3"));
    ledger_kv_append(txn, f->table, text("b"), text("9"));
    assert_int_equal(ledger_kv_failed(txn), LEDGER_E_INTERNAL);
    assert_int_equal(ledger_kv_commit(txn, &error), LEDGER_E_INTERNAL);
    expect_stored(f, "b", "2");
    expect_stored(f, "c", NULL);
}

static void reserves_room(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_txn *txn = begin_write(f);
    uint8_t *place;
    ledger_kv_put_reserve(txn, f->table, text("b"), 3, false, &place);
    assert_non_null(place);
    memcpy(place, "two", 3);
    ledger_kv_put_reserve(txn, f->table, text("c"), 5, true, &place);
    assert_non_null(place);
    memcpy(place, "three", 5);
    ledger_kv_put_reserve(txn, f->table, text("a"), 3, true, &place); // not the last key
    assert_null(place);
    ledger_kv_abort(txn);
    txn = begin_write(f);
    ledger_kv_put_reserve(txn, f->table, text("b"), 3, false, &place);
    memcpy(place, "two", 3);
    commit(txn);
    expect_stored(f, "b", "two");
}

static void keys_sort_as_numbers(void **state) {
    (void)state;
    static const uint64_t numbers[] = {0, 1, 255, 256, UINT32_MAX, UINT64_MAX};
    uint8_t before[8] = {0}, key[8];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        ledger_key_u64(key, numbers[i]);
        assert_int_equal(ledger_key_u64_read(key), numbers[i]);
        assert_true(i == 0 || memcmp(before, key, sizeof key) < 0);
        memcpy(before, key, sizeof key);
    }
}

// ---- failures that stick

static void keeps_the_first_failure(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    struct ledger_span found = text("untouched");
    char long_key[LEDGER_KV_KEY_SIZE_MAX + 2];
    memset(long_key, 'k', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = '\0';
    put_one(f, "a", "1");
    struct ledger_kv_txn *txn = begin_write(f);
    ledger_kv_put(txn, f->table, text("b"), text("2"));
    ledger_kv_put(txn, f->table, text(long_key), text("3"));
    assert_int_equal(ledger_kv_failed(txn), LEDGER_E_INTERNAL);
    // From here on nothing is done, and nothing can be found.
    uint8_t *place = (uint8_t *)long_key;
    ledger_kv_put_reserve(txn, f->table, text("c"), 1, false, &place);
    assert_null(place);
    ledger_kv_clear(txn, f->table);
    assert_int_equal(ledger_kv_get(txn, f->table, text("a"), &found), LEDGER_E_INTERNAL);
    assert_int_equal(ledger_kv_count(txn, f->table), 0);
    assert_int_equal(ledger_kv_commit(txn, &error), LEDGER_E_INTERNAL);
    assert_int_equal(error.code, LEDGER_E_INTERNAL);
    assert_true(error.message[0] != '\0');
    expect_stored(f, "a", "1");
    expect_stored(f, "b", NULL);
}

static void takes_keys_up_to_the_limit(void **state) {
    struct fixture *f = *state;
    char key[LEDGER_KV_KEY_SIZE_MAX + 1];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    put_one(f, key, "long");
    expect_stored(f, key, "long");
}

// ---- cursors

static void expect_pair(bool found, const struct ledger_kv_pair *pair, const char *key,
                        const char *value) {
    assert_true(found);
    assert_true(ledger_span_equal(pair->key, text(key)));
    assert_true(ledger_span_equal(pair->value, text(value)));
}

static void walks_both_ways(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_pair pair;
    put_one(f, "b", "2");
    put_one(f, "d", "4");
    put_one(f, "f", "6");
    struct ledger_kv_txn *txn = begin_read(f);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, f->table);
    expect_pair(ledger_kv_first(cursor, &pair), &pair, "b", "2");
    assert_false(ledger_kv_previous(cursor, &pair));
    expect_pair(ledger_kv_first(cursor, &pair), &pair, "b", "2");
    expect_pair(ledger_kv_next(cursor, &pair), &pair, "d", "4");
    expect_pair(ledger_kv_next(cursor, &pair), &pair, "f", "6");
    assert_false(ledger_kv_next(cursor, &pair));
    expect_pair(ledger_kv_last(cursor, &pair), &pair, "f", "6");
    expect_pair(ledger_kv_previous(cursor, &pair), &pair, "d", "4");
    expect_pair(ledger_kv_seek(cursor, text("d"), &pair), &pair, "d", "4");
    expect_pair(ledger_kv_seek(cursor, text("c"), &pair), &pair, "d", "4");
    expect_pair(ledger_kv_previous(cursor, &pair), &pair, "b", "2");
    assert_false(ledger_kv_seek(cursor, text("g"), &pair));
    assert_int_equal(ledger_kv_cursor_failed(cursor), LEDGER_E_OK); // the end is no failure
    ledger_kv_cursor_close(cursor);
    ledger_kv_abort(txn);
}

static void walks_nothing(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_pair pair;
    struct ledger_kv_txn *txn = begin_read(f);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, f->table);
    assert_false(ledger_kv_first(cursor, &pair));
    assert_false(ledger_kv_last(cursor, &pair));
    assert_false(ledger_kv_next(cursor, &pair));
    assert_false(ledger_kv_previous(cursor, &pair));
    assert_false(ledger_kv_seek(cursor, text("a"), &pair));
    assert_int_equal(ledger_kv_cursor_failed(cursor), LEDGER_E_OK);
    ledger_kv_cursor_close(cursor);
    ledger_kv_cursor_close(NULL);
    ledger_kv_abort(txn);
}

static void a_cursor_says_why_it_stopped(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_pair pair;
    put_one(f, "a", "1");
    struct ledger_kv_txn *txn = begin_write(f);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, f->table);
    ledger_kv_put(txn, f->table, text(""), text("no key"));
    assert_false(ledger_kv_first(cursor, &pair));
    assert_int_equal(ledger_kv_cursor_failed(cursor), LEDGER_E_INTERNAL);
    ledger_kv_cursor_close(cursor);
    // One that is opened after the failure is of as little use, and as safe.
    cursor = ledger_kv_cursor_open(txn, f->table);
    assert_false(ledger_kv_first(cursor, &pair));
    assert_int_equal(ledger_kv_cursor_failed(cursor), LEDGER_E_INTERNAL);
    ledger_kv_cursor_close(cursor);
    ledger_kv_abort(txn);
}

// ---- readers

static void a_reader_sees_one_moment(void **state) {
    struct fixture *f = *state;
    put_one(f, "a", "1");
    struct ledger_kv_txn *reader = begin_read(f);
    put_one(f, "a", "2");
    put_one(f, "b", "3");
    expect(f, reader, "a", "1");
    expect(f, reader, "b", NULL);
    assert_int_equal(ledger_kv_count(reader, f->table), 1);
    ledger_kv_abort(reader);
    expect_stored(f, "a", "2");
}

static void readers_run_out_and_come_back(void **state) {
    struct fixture *f = *state;
    struct ledger_kv_txn *none;
    struct ledger_error error = {0};
    struct ledger_kv_txn *first = begin_read(f), *second = begin_read(f);
    assert_int_equal(ledger_kv_read(f->kv, &none, &error), LEDGER_E_BUSY);
    assert_null(none);
    assert_int_equal(error.code, LEDGER_E_BUSY);
    ledger_kv_abort(first);
    for (int i = 0; i < 100; i++) { // a reader's place is used again
        first = begin_read(f);
        expect(f, first, "a", NULL);
        ledger_kv_abort(first);
    }
    ledger_kv_abort(second);
}

static void *end_it(void *txn) {
    ledger_kv_abort(txn);
    return NULL;
}

static void a_reader_may_move_to_another_thread(void **state) {
    struct fixture *f = *state;
    pthread_t thread;
    put_one(f, "a", "1");
    struct ledger_kv_txn *txn = begin_read(f);
    expect(f, txn, "a", "1");
    assert_int_equal(pthread_create(&thread, NULL, end_it, txn), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    expect_stored(f, "a", "1");
}

static void a_reader_cannot_write(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    struct ledger_kv_txn *txn = begin_read(f);
    ledger_kv_put(txn, f->table, text("a"), text("1"));
    assert_int_equal(ledger_kv_failed(txn), LEDGER_E_IO); // EACCES, as LMDB says it
    assert_int_equal(ledger_kv_commit(txn, &error), LEDGER_E_IO);
    expect_stored(f, "a", NULL);
}

// ---- the map and the disk

static void a_full_map_loses_nothing(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    static uint8_t big[MAP_BYTES / 4];
    put_one(f, "a", "1");
    struct ledger_kv_txn *txn = begin_write(f);
    for (char key[] = "k0"; key[1] < '9'; key[1]++)
        ledger_kv_put(txn, f->table, text(key), ledger_span_of(big, sizeof big));
    assert_int_equal(ledger_kv_failed(txn), LEDGER_E_MAP_FULL);
    assert_int_equal(ledger_kv_commit(txn, &error), LEDGER_E_MAP_FULL);
    assert_int_equal(error.code, LEDGER_E_MAP_FULL);
    expect_stored(f, "a", "1");
    expect_stored(f, "k0", NULL);
    put_one(f, "b", "2"); // what fits is still taken
    expect_stored(f, "b", "2");
}

static void tells_sizes(void **state) {
    struct fixture *f = *state;
    static uint8_t big[MAP_BYTES / 4];
    struct ledger_kv_stat before, after;
    ledger_kv_stat(f->kv, &before);
    assert_int_equal(before.map_bytes, MAP_BYTES);
    assert_true(before.used_bytes > 0 && before.used_bytes < sizeof big);
    struct ledger_kv_txn *txn = begin_write(f);
    ledger_kv_put(txn, f->table, text("a"), ledger_span_of(big, sizeof big));
    commit(txn);
    ledger_kv_stat(f->kv, &after);
    assert_true(after.used_bytes >= before.used_bytes + sizeof big);
    assert_true(after.file_bytes >= sizeof big);
}

// In a process of its own: the limit on file sizes makes writes fail. Exits with the commit's code.
static void commit_beyond_the_limit(struct fixture *f) {
    static uint8_t big[MAP_BYTES / 4];
    struct ledger_error error = {0};
    const struct rlimit limit = {.rlim_cur = 64 << 10, .rlim_max = RLIM_INFINITY};
    open_kv(f);
    if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(255);
    struct ledger_kv_txn *txn = begin_write(f);
    ledger_kv_put(txn, f->table, text("a"), text("changed"));
    ledger_kv_put(txn, f->table, text("big"), ledger_span_of(big, sizeof big));
    _exit((int)ledger_kv_commit(txn, &error));
}

static void a_failed_write_fails_the_commit(void **state) {
    struct fixture *f = *state;
    int status;
    put_one(f, "a", "1");
    ledger_kv_close(f->kv);
    f->kv = NULL;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        commit_beyond_the_limit(f);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), LEDGER_E_IO);
    open_kv(f);
    expect_stored(f, "a", "1");
    expect_stored(f, "big", NULL);
    put_one(f, "a", "2");
    expect_stored(f, "a", "2");
}

// ---- the directory

static void a_second_open_is_refused(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    struct ledger_kv *second;
    int status;
    assert_int_equal(try_open(f, false, &second, &error), LEDGER_E_LOCKED);
    assert_null(second);
    assert_non_null(strstr(error.message, f->path));
    assert_int_equal(try_open(f, true, &second, &error), LEDGER_E_LOCKED); // not to read either
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit((int)try_open(f, false, &second, &error));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), LEDGER_E_LOCKED);
    put_one(f, "a", "1"); // the owner goes on
    ledger_kv_close(f->kv);
    open_kv(f);
    expect_stored(f, "a", "1");
}

static void reads_only_if_asked_to(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    struct ledger_kv_txn *txn;
    struct ledger_kv_table absent;
    put_one(f, "a", "1");
    ledger_kv_close(f->kv);
    assert_int_equal(try_open(f, true, &f->kv, &error), LEDGER_E_OK);
    assert_int_equal(ledger_kv_table(f->kv, "rows", &f->table, &error), LEDGER_E_OK);
    expect_stored(f, "a", "1");
    assert_int_equal(ledger_kv_table(f->kv, "absent", &absent, &error), LEDGER_E_NOT_FOUND);
    assert_int_equal(ledger_kv_write(f->kv, &txn, &error), LEDGER_E_IO);
    assert_null(txn);
}

static void tables_are_apart_and_counted(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    struct ledger_kv_table other, third;
    assert_int_equal(ledger_kv_table(f->kv, "other", &other, &error), LEDGER_E_OK);
    assert_int_equal(ledger_kv_table(f->kv, "third", &third, &error), LEDGER_E_INTERNAL);
    struct ledger_kv_txn *txn = begin_write(f);
    ledger_kv_put(txn, f->table, text("a"), text("rows"));
    ledger_kv_put(txn, other, text("a"), text("other"));
    ledger_kv_clear(txn, f->table);
    commit(txn);
    expect_stored(f, "a", NULL);
    f->table = other;
    expect_stored(f, "a", "other");
}

static void overwrite(const struct fixture *f, long at, const char *bytes, size_t size) {
    char name[100];
    snprintf(name, sizeof name, "%s/data.mdb", f->path);
    FILE *file = fopen(name, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void another_format_is_refused(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    struct ledger_kv *kv;
    enum { AT_VERSION = 16 + 4 }; // behind the page header and the magic
    put_one(f, "a", "1");
    ledger_kv_close(f->kv);
    f->kv = NULL;
    overwrite(f, AT_VERSION, "\x63", 1);
    overwrite(f, sysconf(_SC_PAGESIZE) + AT_VERSION, "\x63", 1);
    assert_int_equal(try_open(f, false, &kv, &error), LEDGER_E_FORMAT);
    assert_null(kv);
    overwrite(f, 0, "these bytes are no database at all", 34);
    assert_int_equal(try_open(f, false, &kv, &error), LEDGER_E_FORMAT);
    assert_true(error.message[0] != '\0');
}

static void places_that_cannot_be_opened(void **state) {
    struct fixture *f = *state;
    struct ledger_error error = {0};
    struct ledger_kv *kv = f->kv;
    struct ledger_kv_options options = {.path = "/nonexistent/kv", .tables_max = 1};
    assert_int_equal(ledger_kv_open(&options, &kv, &error), LEDGER_E_NOT_FOUND);
    assert_null(kv);
    options.read_only = true;
    assert_int_equal(ledger_kv_open(&options, &kv, &error), LEDGER_E_NOT_FOUND);
    options = (struct ledger_kv_options){.path = "/dev/null", .tables_max = 1};
    assert_int_equal(ledger_kv_open(&options, &kv, &error), LEDGER_E_IO);
    assert_true(error.message[0] != '\0');
    ledger_kv_close(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(keeps_rows),
        TEST(drops_what_is_aborted),
        TEST(appends_in_order_only),
        TEST(reserves_room),
        cmocka_unit_test(keys_sort_as_numbers),
        TEST(keeps_the_first_failure),
        TEST(takes_keys_up_to_the_limit),
        TEST(walks_both_ways),
        TEST(walks_nothing),
        TEST(a_cursor_says_why_it_stopped),
        TEST(a_reader_sees_one_moment),
        TEST(readers_run_out_and_come_back),
        TEST(a_reader_may_move_to_another_thread),
        TEST(a_reader_cannot_write),
        TEST(a_full_map_loses_nothing),
        TEST(tells_sizes),
        TEST(a_failed_write_fails_the_commit),
        TEST(a_second_open_is_refused),
        TEST(reads_only_if_asked_to),
        TEST(tables_are_apart_and_counted),
        TEST(another_format_is_refused),
        TEST(places_that_cannot_be_opened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
