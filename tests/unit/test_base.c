// Arena, buffer, errors, text checks, UUIDs, log levels, waits, directories.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/arena.h"
#include "ledger/clock.h"
#include "ledger/files.h"
#include "ledger/logging.h"
#include "ledger/span.h"
#include "ledger/text.h"
#include "ledger/uuid.h"
#include "ledger/wait.h"

// ---- arena

static void arena_gives_aligned_memory_that_stays(void **state) {
    (void)state;
    struct ledger_arena *arena = ledger_arena_new(64);
    uint8_t *given[200];
    for (size_t i = 0; i < 200; i++) {
        given[i] = ledger_arena_alloc(arena, i);
        assert_non_null(given[i]);
        assert_int_equal((uintptr_t)given[i] % _Alignof(max_align_t), 0);
        memset(given[i], (int)i, i);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal(given[i][j], i);
    ledger_arena_free(arena);
    ledger_arena_free(NULL);
}

static void arena_takes_what_is_larger_than_a_chunk(void **state) {
    (void)state;
    struct ledger_arena *arena = ledger_arena_new(32);
    uint8_t *large = ledger_arena_calloc(arena, 5 << 20);
    assert_non_null(large);
    assert_int_equal(large[(5 << 20) - 1], 0);
    assert_null(ledger_arena_alloc(arena, SIZE_MAX));
    assert_null(ledger_arena_alloc(arena, SIZE_MAX - 64));
    assert_non_null(ledger_arena_alloc(arena, 8));
    ledger_arena_free(arena);
}

static void arena_reset_gives_the_memory_again(void **state) {
    (void)state;
    struct ledger_arena *arena = ledger_arena_new(128);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 1000; i++)
            assert_non_null(ledger_arena_copy(arena, "0123456789", 10));
        ledger_arena_reset(arena);
    }
    ledger_arena_free(arena);
}

static void arena_texts_end_in_nul(void **state) {
    (void)state;
    struct ledger_arena *arena = ledger_arena_new(0);
    assert_string_equal(ledger_arena_text(arena, ledger_span_of("visits", 5)), "visit");
    assert_string_equal(ledger_arena_text(arena, (struct ledger_span){0}), "");
    assert_string_equal(ledger_arena_printf(arena, "%s/%d", "client", 42), "client/42");
    ledger_arena_free(arena);
}

// ---- buffer

static void buffer_grows_and_keeps_what_was_written(void **state) {
    (void)state;
    struct ledger_buffer buffer = {0};
    for (int i = 0; i < 1000; i++)
        ledger_buffer_printf(&buffer, "%03d,", i);
    ledger_buffer_add_byte(&buffer, '!');
    ledger_buffer_add(&buffer, NULL, 0);
    assert_false(buffer.failed);
    assert_int_equal(buffer.size, 4001);
    const char *text = ledger_buffer_text(&buffer);
    assert_int_equal(strlen(text), 4001);
    assert_memory_equal(text + 3996, "999,!", 5);
    ledger_buffer_fini(&buffer);
}

static void an_empty_buffer_is_an_empty_text(void **state) {
    (void)state;
    struct ledger_buffer buffer = {0};
    assert_string_equal(ledger_buffer_text(&buffer), "");
    assert_int_equal(buffer.size, 0);
    ledger_buffer_fini(&buffer);
    assert_non_null(ledger_buffer_reserve(&buffer, 0));
    ledger_buffer_fini(&buffer);
}

static void a_failed_buffer_ignores_writes_until_cleared(void **state) {
    (void)state;
    struct ledger_buffer buffer = {0};
    ledger_buffer_add_text(&buffer, "kept");
    assert_null(ledger_buffer_reserve(&buffer, SIZE_MAX));
    assert_true(buffer.failed);
    ledger_buffer_add_text(&buffer, "lost");
    assert_int_equal(buffer.size, 4);
    assert_null(ledger_buffer_text(&buffer));
    ledger_buffer_clear(&buffer);
    ledger_buffer_add_text(&buffer, "again");
    assert_string_equal(ledger_buffer_text(&buffer), "again");
    ledger_buffer_fini(&buffer);
}

// ---- errors

static void error_rows_are_found_by_code_and_number(void **state) {
    (void)state;
    assert_string_equal(ledger_err_code(LEDGER_E_OK), "ok");
    assert_string_equal(ledger_err_code(LEDGER_E_WRONG_EXPECTED_VERSION), "wrong_expected_version");
    assert_int_equal(ledger_err_http(LEDGER_E_TOO_LARGE), 413);
    assert_int_equal(ledger_err_exit(LEDGER_E_USAGE), 2);
    assert_true(ledger_err_retryable(LEDGER_E_BUSY));
    assert_false(ledger_err_retryable(LEDGER_E_MALFORMED));
    assert_int_equal(ledger_err_from_number(12), LEDGER_E_MISSING_SUBJECT);
    assert_int_equal(ledger_err_from_number(99999), LEDGER_E_INTERNAL);
    assert_string_equal(ledger_err_code((enum ledger_err)12345), "internal");
}

static void error_numbers_rise_and_codes_differ(void **state) {
    (void)state;
    const struct {
        int number;
        const char *code;
    } rows[] = {
#define LEDGER_ERR(symbol, number, code, http, exit, retryable, text) {number, code},
#include "ledger/err.def"
#undef LEDGER_ERR
    };
    for (size_t i = 1; i < sizeof rows / sizeof rows[0]; i++) {
        assert_true(rows[i - 1].number < rows[i].number);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rows[i].code, rows[j].code);
    }
}

static void fail_fills_and_returns_the_code(void **state) {
    (void)state;
    struct ledger_error error;
    memset(&error, 0xFF, sizeof error);
    assert_int_equal(ledger_fail(&error, LEDGER_E_NOT_FOUND, "stream", "no %s", "client/1"),
                     LEDGER_E_NOT_FOUND);
    assert_int_equal(error.code, LEDGER_E_NOT_FOUND);
    assert_string_equal(error.field, "stream");
    assert_string_equal(error.message, "no client/1");
    assert_string_equal(error.stream, "");
    assert_false(error.has_event_id);
    assert_int_equal(ledger_fail(NULL, LEDGER_E_IO, NULL, "x"), LEDGER_E_IO);
    // The arguments may be parts of the error itself.
    (void)ledger_fail(&error, LEDGER_E_IO, error.field, "again: %s", error.message);
    assert_string_equal(error.field, "stream");
    assert_string_equal(error.message, "again: no client/1");
}

static void fail_cuts_between_characters(void **state) {
    (void)state;
    for (size_t ascii = 0; ascii < 5; ascii++) {
        char text[500] = "abcd";
        size_t length = ascii;
        for (; length + 3 < sizeof text; length += 3)
            memcpy(text + length, "\u20AC", 3);
        text[length] = '\0';
        struct ledger_error error;
        (void)ledger_fail(&error, LEDGER_E_IO, text, "%s", text);
        assert_int_equal(ledger_text_check(ledger_span_text(error.field)), LEDGER_E_OK);
        assert_int_equal(ledger_text_check(ledger_span_text(error.message)), LEDGER_E_OK);
        assert_in_range(strlen(error.field), sizeof error.field - 3, sizeof error.field - 1);
        ledger_error_prefix(&error, "events[3]");
        assert_int_equal(ledger_text_check(ledger_span_text(error.field)), LEDGER_E_OK);
    }
}

static void prefixes_make_paths(void **state) {
    (void)state;
    struct ledger_error error = {.field = "occurred"};
    ledger_error_prefix(&error, "events[3]");
    assert_string_equal(error.field, "events[3].occurred");
    error = (struct ledger_error){.field = "[2].id"};
    ledger_error_prefix(&error, "subjects");
    assert_string_equal(error.field, "subjects[2].id");
    error = (struct ledger_error){0};
    ledger_error_prefix(&error, "payload");
    assert_string_equal(error.field, "payload");
    ledger_error_prefix(NULL, "payload");
}

static void errno_is_translated(void **state) {
    (void)state;
    assert_int_equal(ledger_err_from_errno(0), LEDGER_E_OK);
    assert_int_equal(ledger_err_from_errno(ENOMEM), LEDGER_E_NO_MEMORY);
    assert_int_equal(ledger_err_from_errno(ENOENT), LEDGER_E_NOT_FOUND);
    assert_int_equal(ledger_err_from_errno(EWOULDBLOCK), LEDGER_E_LOCKED);
    assert_int_equal(ledger_err_from_errno(ENOSPC), LEDGER_E_IO);
}

// ---- text

static void fail_mends_what_is_not_utf8(void **state) {
    (void)state;
    struct ledger_error error;
    (void)ledger_fail(&error, LEDGER_E_IO, "f\xFF", "\"%s\", \"%.3s\"", "caf\xE9 \xC3\xA9\x80",
                      "\xE2\x82\xAC\xE2\x82");
    assert_string_equal(error.field, "f?");
    assert_string_equal(error.message, "\"caf? \xC3\xA9?\", \"\xE2\x82\xAC\"");
    (void)ledger_fail(&error, LEDGER_E_IO, NULL, "%.2s", "\xE2\x82\xAC");
    assert_string_equal(error.message, "??");
}

static void text_is_checked_for_utf8_and_nul(void **state) {
    (void)state;
    const struct {
        const char *text;
        size_t size;
        enum ledger_err err;
    } rows[] = {
        {"", 0, LEDGER_E_OK},
        {"plain", 5, LEDGER_E_OK},
        {"\u00E9\u20AC\U0001F600", 9, LEDGER_E_OK},
        {"\xF4\x8F\xBF\xBF", 4, LEDGER_E_OK}, // U+10FFFF
        {"a\0b", 3, LEDGER_E_EMBEDDED_NUL},
        {"\x80", 1, LEDGER_E_INVALID_UTF8},
        {"\xC3", 1, LEDGER_E_INVALID_UTF8},
        {"\xC3(", 2, LEDGER_E_INVALID_UTF8},
        {"\xC0\xAF", 2, LEDGER_E_INVALID_UTF8},         // overlong
        {"\xE0\x9F\xBF", 3, LEDGER_E_INVALID_UTF8},     // overlong
        {"\xF0\x8F\xBF\xBF", 4, LEDGER_E_INVALID_UTF8}, // overlong
        {"\xED\xA0\x80", 3, LEDGER_E_INVALID_UTF8},     // surrogate
        {"\xF4\x90\x80\x80", 4, LEDGER_E_INVALID_UTF8}, // beyond U+10FFFF
        {"\xFF", 1, LEDGER_E_INVALID_UTF8},
        {"\xE2\x82", 2, LEDGER_E_INVALID_UTF8}, // ends early
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(ledger_text_check(ledger_span_of(rows[i].text, rows[i].size)),
                         rows[i].err);
}

static void numbers_are_parsed_whole(void **state) {
    (void)state;
    uint64_t natural = 7;
    int64_t number = 7;
    assert_true(ledger_u64_parse(ledger_span_text("18446744073709551615"), &natural));
    assert_true(natural == UINT64_MAX);
    assert_true(ledger_i64_parse(ledger_span_text("-9223372036854775808"), &number));
    assert_true(number == INT64_MIN);
    assert_true(ledger_i64_parse(ledger_span_text("9223372036854775807"), &number));
    assert_true(number == INT64_MAX);
    const char *refused[] = {
        "", "-", "+1", " 1", "1 ", "1.0", "0x1", "--1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        assert_false(ledger_u64_parse(ledger_span_text(refused[i]), &natural));
        assert_false(ledger_i64_parse(ledger_span_text(refused[i]), &number));
    }
    assert_false(ledger_u64_parse(ledger_span_text("18446744073709551616"), &natural));
    assert_false(ledger_u64_parse(ledger_span_text("-1"), &natural));
    assert_false(ledger_i64_parse(ledger_span_text("9223372036854775808"), &number));
    assert_false(ledger_i64_parse(ledger_span_text("-9223372036854775809"), &number));
    assert_true(number == INT64_MAX);
}

// ---- UUIDs

static void uuids_have_one_text(void **state) {
    (void)state;
    struct ledger_uuid uuid;
    char text[LEDGER_UUID_TEXT_SIZE];
    assert_true(ledger_uuid_parse(ledger_span_text("0198C0DE-1234-7ABC-8DEF-0123456789aB"), &uuid));
    ledger_uuid_format(&uuid, text);
    assert_string_equal(text, "0198c0de-1234-7abc-8def-0123456789ab");
    const char *refused[] = {"",
                             "0198c0de12347abc8def0123456789ab",
                             "0198c0de-1234-7abc-8def-0123456789a",
                             "0198c0de-1234-7abc-8def-0123456789abc",
                             "0198c0de-1234-7abc-8def-0123456789ag",
                             "0198c0de+1234-7abc-8def-0123456789ab"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_false(ledger_uuid_parse(ledger_span_text(refused[i]), &uuid));
}

static void version_5_agrees_with_the_rfc(void **state) {
    (void)state;
    // RFC 9562, appendix A.4: the DNS namespace and "www.example.com".
    struct ledger_uuid space, made;
    char text[LEDGER_UUID_TEXT_SIZE];
    assert_true(
        ledger_uuid_parse(ledger_span_text("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), &space));
    made = ledger_uuid_v5(&space, ledger_span_text("www.example.com"));
    ledger_uuid_format(&made, text);
    assert_string_equal(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

static void version_7_starts_with_the_time(void **state) {
    (void)state;
    struct ledger_uuid first, second;
    assert_int_equal(ledger_uuid_v7(0x0198C0DE1234, &first), LEDGER_E_OK);
    assert_int_equal(ledger_uuid_v7(0x0198C0DE1234, &second), LEDGER_E_OK);
    char text[LEDGER_UUID_TEXT_SIZE];
    ledger_uuid_format(&first, text);
    assert_memory_equal(text, "0198c0de-1234-7", 15);
    assert_int_equal(first.bytes[8] >> 6, 2);
    assert_memory_not_equal(first.bytes, second.bytes, 16);
}

static void imported_ids_depend_on_every_part_alone(void **state) {
    (void)state;
    const char *parts[][4] = {
        {"crm", "visit", "17", "reported"},  {"crm2", "visit", "17", "reported"},
        {"crm", "visits", "17", "reported"}, {"crm", "visit", "18", "reported"},
        {"crm", "visit", "17", "planned"},   {"crmv", "isit", "17", "reported"}};
    struct ledger_uuid made[6];
    for (size_t i = 0; i < 6; i++) {
        made[i] = ledger_uuid_imported(parts[i][0], parts[i][1], parts[i][2], parts[i][3]);
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(made[i].bytes, made[j].bytes, 16);
    }
    // Kept for ever: ledgers hold ids made with it.
    char text[LEDGER_UUID_TEXT_SIZE];
    ledger_uuid_format(&made[0], text);
    assert_string_equal(text, "527a96ee-0205-5052-af2c-0f763058dd9c");
}

// ---- log and clock

static void log_levels_have_names(void **state) {
    (void)state;
    enum ledger_log_level level = LEDGER_LOG_ERROR;
    assert_true(ledger_log_level_parse("debug", &level));
    assert_int_equal(level, LEDGER_LOG_DEBUG);
    assert_false(ledger_log_level_parse("loud", &level));
    assert_false(ledger_log_level_parse("", &level));
}

static void a_log_line_is_one_line(void **state) {
    (void)state;
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    ledger_log_init("test", LEDGER_LOG_INFO);
    ledger_log_info("a thing happened", "peer=\"%s\" n=%d", "two\nlines\x1b[2J", 3);
    ledger_log_debug("not shown", "%s", "");
    dup2(saved, STDERR_FILENO);
    close(saved);
    char text[512] = "";
    rewind(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    assert_int_equal(strcspn(text, "\n"), size - 1);
    assert_memory_equal(text + 23,
                        "Z info  test  \"a thing happened\" peer=\"two lines [2J\" n=3\n", 58);
}

static void the_steady_clock_does_not_go_back(void **state) {
    (void)state;
    int64_t before = ledger_clock_system.steady_micros(NULL);
    assert_true(ledger_clock_system.wall_micros(NULL) > INT64_C(1700000000000000));
    assert_true(ledger_clock_system.steady_micros(NULL) >= before);
}

static void hexadecimal_is_written_in_pairs(void **state) {
    (void)state;
    char text[8] = "-------";
    char *end = ledger_hex_write(ledger_span_of("\x00\x9f\xff", 3), text);
    assert_ptr_equal(end, text + 6);
    assert_string_equal(text, "009fff-");
    assert_ptr_equal(ledger_hex_write(ledger_span_of(NULL, 0), text), text);
}

// ---- waits

static void a_wait_ends_at_its_deadline(void **state) {
    (void)state;
    pthread_mutex_t lock;
    pthread_cond_t condition;
    assert_int_equal(ledger_wait_init(&lock, &condition, NULL), LEDGER_E_OK);
    pthread_mutex_lock(&lock);
    assert_false(ledger_wait_until(&lock, &condition, ledger_wait_now() - 1));
    assert_false(ledger_wait_until(&lock, &condition, -1));
    int64_t deadline = ledger_wait_now() + 20000;
    while (ledger_wait_until(&lock, &condition, deadline))
        continue;
    assert_true(ledger_wait_now() >= deadline);
    pthread_mutex_unlock(&lock);
    ledger_wait_fini(&lock, &condition);
}

static void *signal_it(void *arg) {
    pthread_mutex_t *lock = ((void **)arg)[0];
    bool *done = ((void **)arg)[2];
    pthread_mutex_lock(lock);
    *done = true;
    pthread_cond_signal(((void **)arg)[1]);
    pthread_mutex_unlock(lock);
    return NULL;
}

static void a_wait_ends_with_a_signal(void **state) {
    (void)state;
    pthread_mutex_t lock;
    pthread_cond_t condition;
    pthread_t thread;
    bool done = false;
    void *shared[] = {&lock, &condition, &done};
    assert_int_equal(ledger_wait_init(&lock, &condition, NULL), LEDGER_E_OK);
    int64_t deadline = ledger_wait_now() + INT64_C(60000000);
    pthread_mutex_lock(&lock);
    assert_int_equal(pthread_create(&thread, NULL, signal_it, shared), 0);
    while (!done)
        assert_true(ledger_wait_until(&lock, &condition, deadline));
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    ledger_wait_fini(&lock, &condition);
}

// ---- directories

static void a_directory_is_made_once(void **state) {
    (void)state;
    char folder[] = "/tmp/fl-base-XXXXXX";
    char path[64], file[64];
    struct ledger_error error;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/a", folder);
    (void)snprintf(file, sizeof file, "%s/file", folder);
    assert_int_equal(ledger_directory_make(path, &error), LEDGER_E_OK);
    assert_int_equal(ledger_directory_make(path, &error), LEDGER_E_OK);
    fclose(fopen(file, "w"));
    assert_int_equal(ledger_directory_make(file, &error), LEDGER_E_IO);
    assert_non_null(strstr(error.message, "/file: Not a directory"));
    (void)snprintf(path, sizeof path, "%s/none/b", folder);
    assert_int_equal(ledger_directory_make(path, &error), LEDGER_E_NOT_FOUND);
    unlink(file);
    (void)snprintf(path, sizeof path, "%s/a", folder);
    rmdir(path);
    rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_gives_aligned_memory_that_stays),
        cmocka_unit_test(arena_takes_what_is_larger_than_a_chunk),
        cmocka_unit_test(arena_reset_gives_the_memory_again),
        cmocka_unit_test(arena_texts_end_in_nul),
        cmocka_unit_test(buffer_grows_and_keeps_what_was_written),
        cmocka_unit_test(an_empty_buffer_is_an_empty_text),
        cmocka_unit_test(a_failed_buffer_ignores_writes_until_cleared),
        cmocka_unit_test(error_rows_are_found_by_code_and_number),
        cmocka_unit_test(error_numbers_rise_and_codes_differ),
        cmocka_unit_test(fail_fills_and_returns_the_code),
        cmocka_unit_test(fail_cuts_between_characters),
        cmocka_unit_test(prefixes_make_paths),
        cmocka_unit_test(errno_is_translated),
        cmocka_unit_test(fail_mends_what_is_not_utf8),
        cmocka_unit_test(text_is_checked_for_utf8_and_nul),
        cmocka_unit_test(numbers_are_parsed_whole),
        cmocka_unit_test(uuids_have_one_text),
        cmocka_unit_test(version_5_agrees_with_the_rfc),
        cmocka_unit_test(version_7_starts_with_the_time),
        cmocka_unit_test(imported_ids_depend_on_every_part_alone),
        cmocka_unit_test(log_levels_have_names),
        cmocka_unit_test(a_log_line_is_one_line),
        cmocka_unit_test(the_steady_clock_does_not_go_back),
        cmocka_unit_test(hexadecimal_is_written_in_pairs),
        cmocka_unit_test(a_wait_ends_at_its_deadline),
        cmocka_unit_test(a_wait_ends_with_a_signal),
        cmocka_unit_test(a_directory_is_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
