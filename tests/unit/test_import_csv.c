// The CSV reader, on files that real systems write.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "csv_reader.h"

static char path[] = "/tmp/test_import_csv_XXXXXX";

static int make_file(void **state) {
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state) {
    (void)state;
    return unlink(path);
}

static void file_write(const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

// The file, or what of it fits, as text: "line:cell|cell;", faults as "line!code;".
static const char *file_read(const struct import_csv_options *options) {
    static char all[4096];
    char *place = all;
    struct import_csv *csv = NULL;
    struct ledger_error error = {0};
    enum ledger_err err = import_csv_open(path, options, &csv, &error);
    if (err != LEDGER_E_OK) {
        (void)snprintf(all, sizeof all, "%s", ledger_err_code(err));
        return all;
    }
    const struct import_csv_row *row = NULL;
    all[0] = '\0';
    while ((err = import_csv_next(csv, &row, &error)) == LEDGER_E_OK && row != NULL) {
        size_t left = sizeof all - (size_t)(place - all);
        if (left < sizeof all / 2)
            break;
        if (row->fault != LEDGER_E_OK) {
            assert_true(row->reason[0] != '\0');
            assert_int_equal(row->count, 0);
            place += snprintf(place, left, "%d!%s;", (int)row->line, ledger_err_code(row->fault));
            continue;
        }
        place += snprintf(place, left, "%d:", (int)row->line);
        for (size_t i = 0; i < row->count; i++)
            place += snprintf(place, left, "%s%s", i > 0 ? "|" : "", row->cells[i]);
        place += snprintf(place, left, ";");
    }
    if (err != LEDGER_E_OK)
        (void)snprintf(place, 64, "%s", ledger_err_code(err));
    import_csv_close(csv);
    return all;
}

static const struct import_csv_options plain = {0};

#define EXPECT(text, expected)                                                                     \
    do {                                                                                           \
        file_write(text, sizeof text - 1);                                                         \
        assert_string_equal(file_read(&plain), expected);                                          \
    } while (0)

static void reads_rows(void **state) {
    (void)state;
    EXPECT("a,b\n1,2\n3,4\n", "2:1|2;3:3|4;");
    EXPECT("a,b\n1,2", "2:1|2;");
    EXPECT("a,b\r\n1,2\r\n3,4\r\n", "2:1|2;3:3|4;");
    EXPECT("a,b\r1,2\r3,4\r", "2:1|2;3:3|4;");
    EXPECT("a,b\r1,2\n3,4\r\n5,6\r\n", "2:1|2;3:3|4;4:5|6;"); // each its own way
    EXPECT("a,b\n1,\n,\n", "2:1|;3:|;");
    EXPECT("a\n1\n\n\n2\n", "2:1;5:2;");
    EXPECT("a,b\n", "");
    EXPECT("a,b", "");
    EXPECT("a,b\n 1 ,\t2\n", "2: 1 |\t2;");
}

static void reads_quotes(void **state) {
    (void)state;
    EXPECT("a,b\n\"x,y\",2\n", "2:x,y|2;");
    EXPECT("a,b\n\"say \"\"hi\"\"\",2\n", "2:say \"hi\"|2;");
    EXPECT("a,b\n\"one\ntwo\",2\n3,4\n", "2:one\ntwo|2;4:3|4;");
    EXPECT("a,b\r\n\"one\r\n\r\ntwo\",2\r\n3,4\r\n", "2:one\r\n\r\ntwo|2;5:3|4;");
    EXPECT("\"a\nb\",c\n1,2\n", "3:1|2;");
    EXPECT("a,b\n\"\",\"\"\n", "2:|;");
}

static void takes_the_mark_off(void **state) {
    (void)state;
    struct import_csv *csv = NULL;
    struct ledger_error error = {0};
    const char *const *names = NULL;
    static const char text[] = "\xEF\xBB\xBFname,,\xD0\xB8\n1,2,3\n";
    file_write(text, sizeof text - 1);
    assert_int_equal(import_csv_open(path, &plain, &csv, &error), LEDGER_E_OK);
    assert_int_equal(import_csv_columns(csv, &names), 3);
    assert_string_equal(names[0], "name");
    assert_string_equal(names[1], "");
    assert_string_equal(names[2], "\xD0\xB8");
    import_csv_close(csv);
    EXPECT("\xEF\xBB\xBF\"a\",b\n1,2\n", "2:1|2;");
}

static void tells_broken_rows_and_goes_on(void **state) {
    (void)state;
    EXPECT("a,b\n1\n2,3\n", "2!malformed_csv;3:2|3;");
    EXPECT("a,b\n1,2,3\n2,3\n", "2!malformed_csv;3:2|3;");
    EXPECT("a,b\nx\"y,2\n2,3\n", "2!malformed_csv;3:2|3;");
    EXPECT("a,b\n\"x\"y,2\n2,3\n", "2!malformed_csv;3:2|3;");
    EXPECT("a,b\r\n\"x\"y,2\r\n2,3\r\n", "2!malformed_csv;3:2|3;");
    EXPECT("a,b\n\"x\ny\"z,2\n2,3\n", "2!malformed_csv;4:2|3;");
    EXPECT("a,b\n1,2\n\"open,3\n4,5\n", "2:1|2;3!malformed_csv;");
    EXPECT("a,b\n1,\xff\n2,3\n", "2!invalid_utf8;3:2|3;");
    EXPECT("a,b\n1,\xed\xa0\x80\n2,3\n", "2!invalid_utf8;3:2|3;");
    EXPECT("a,b\n1,x\0y\n2,3\n", "2!embedded_nul;3:2|3;");
}

static void bounds_a_row(void **state) {
    (void)state;
    size_t size = (3 << 20) + 64;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, "a,b\n\"", 5);
    for (size_t i = 1000; i < size; i += 1000)
        text[i] = '\n';
    file_write(text, size);
    free(text);
    assert_memory_equal(file_read(&plain), "2!too_large;", 12);
}

static void refuses_files(void **state) {
    (void)state;
    EXPECT("", "malformed_csv");
    EXPECT("a,\"b\n1,2\n", "malformed_csv");
    EXPECT("a,\xff\n1,2\n", "invalid_utf8");
    EXPECT("\xff\xfe"
           "a\0\n\0",
           "invalid_utf8");
    struct import_csv *csv = NULL;
    struct ledger_error error = {0};
    assert_int_equal(import_csv_open("/nowhere/at/all", &plain, &csv, &error), LEDGER_E_NOT_FOUND);
    assert_int_equal(import_csv_open("/tmp", &plain, &csv, &error), LEDGER_E_USAGE);
}

static void follows_options(void **state) {
    (void)state;
    static const char text[] = "1;'x;y'\n 2 ;3\n   \n";
    const struct import_csv_options options = {
        .delimiter = ';', .quote = '\'', .no_header = true, .strip_spaces = true};
    file_write(text, sizeof text - 1);
    assert_string_equal(file_read(&options), "1:1|x;y;2:2|3;");
}

static void gz_write(const char *text, size_t size) {
    gzFile file = gzopen(path, "wb9");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, text, (unsigned)size), size);
    assert_int_equal(gzclose(file), Z_OK);
}

static void reads_compressed_files(void **state) {
    (void)state;
    static const char text[] = "a,b\n1,2\n";
    gz_write(text, sizeof text - 1);
    assert_string_equal(file_read(&plain), "2:1|2;");
}

static void tells_cut_compressed_files(void **state) {
    (void)state;
    char text[8192];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = i % 50 == 49 ? '\n' : "abcdefghijklmnop"[rand() % 16];
    gz_write(text, sizeof text);
    assert_int_equal(truncate(path, 2000), 0);
    assert_non_null(strstr(file_read(&plain), "corrupt"));
}

static void crosses_chunks(void **state) {
    (void)state;
    struct import_csv *csv = NULL;
    struct ledger_error error = {0};
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs("number,text\r\n", file) >= 0);
    for (int i = 0; i < 20000; i++)
        assert_true(fprintf(file, "%d,\"line\r\n%d\"\r\n", i, i) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(import_csv_open(path, &plain, &csv, &error), LEDGER_E_OK);
    for (int i = 0; i < 20000; i++) {
        const struct import_csv_row *row = NULL;
        char expected[32];
        assert_int_equal(import_csv_next(csv, &row, &error), LEDGER_E_OK);
        assert_non_null(row);
        assert_int_equal(row->fault, LEDGER_E_OK);
        assert_int_equal(row->line, 2 + 2 * i);
        (void)snprintf(expected, sizeof expected, "line\r\n%d", i);
        assert_string_equal(row->cells[1], expected);
    }
    assert_true(import_csv_progress(csv) > 0.9);
    import_csv_close(csv);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rows),
        cmocka_unit_test(reads_quotes),
        cmocka_unit_test(takes_the_mark_off),
        cmocka_unit_test(tells_broken_rows_and_goes_on),
        cmocka_unit_test(bounds_a_row),
        cmocka_unit_test(refuses_files),
        cmocka_unit_test(follows_options),
        cmocka_unit_test(reads_compressed_files),
        cmocka_unit_test(tells_cut_compressed_files),
        cmocka_unit_test(crosses_chunks),
    };
    return cmocka_run_group_tests_name("import csv", tests, make_file, remove_file);
}
