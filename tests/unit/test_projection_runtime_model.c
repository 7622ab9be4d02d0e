// The model on disk: made anew, kept over restarts, given up when it is another fold's or none.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/projection_internal.h"
#include "test_projection_runtime_fixture.h"

static void rebuild_gives_the_same_rows(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    write_history(world, 42, 200);
    world_apply(world, world_head(world), 1);
    struct world *again = world_copy(world, world_head(world), 64);
    assert_string_equal(world_dump(world), world_dump(again));
    world_close(again);
    world_close(world);
}

static void checkpoint_and_rows_outlive_the_process(void **state) {
    (void)state;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    world_apply(world, 1, 1);
    world_reopen(world, NULL);
    assert_int_equal(world_checkpoint(world), 1);
    correct(world, 1, "v1", "second");
    assert_string_equal(result_at(world, 2), "second");
    assert_string_equal(result_at(world, 1), "first");
    world_close(world);
}

static void another_fold_begins_an_empty_model(void **state) {
    (void)state;
    struct projection raised = small;
    raised.fold_version = 2;
    struct world *world = world_open(&small);
    visit(world, "v1", "c1", "first", "2026-01-10");
    world_apply(world, 1, 1);
    world_reopen(world, &raised);
    assert_int_equal(world_checkpoint(world), 0);
    assert_int_equal(world_models(world), 1); // the old one is swept away
    assert_string_equal(result_at(world, 1), "first");
    assert_int_equal(world_ask(world, NULL, NULL)->fold_version, 2);
    world_close(world);
}

static void what_is_no_model_is_made_anew(void **state) {
    (void)state;
    static const size_t sizes[] = {50000, 4096, 1, 0};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct world *world = world_open(&small);
        visit(world, "v1", "c1", "first", "2026-01-10");
        world_apply(world, 1, 1);
        world_spoil(world, sizes[i]);
        world_reopen(world, NULL);
        assert_int_equal(world_checkpoint(world), 0);
        assert_int_equal(world_models(world), 1);
        assert_string_equal(result_at(world, 1), "first");
        world_close(world);
    }
}

static void put_file(const char *path) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void a_file_in_a_models_place_is_not_deleted(void **state) {
    (void)state;
    char folder[] = "/tmp/projection-XXXXXX";
    char place[64], other[64];
    struct projection_model *model = NULL;
    struct ledger_error error = {0};
    assert_non_null(mkdtemp(folder));
    (void)snprintf(place, sizeof place, "%s/model-%d.1", folder, PROJECTION_MODEL_FORMAT);
    (void)snprintf(other, sizeof other, "%s/model-%d.9", folder, PROJECTION_MODEL_FORMAT);
    put_file(place);
    put_file(other);
    assert_int_equal(projection_model_open(&small, folder, &model, &error),
                     LEDGER_E_CONFIG_INVALID);
    assert_non_null(strstr(error.message, place));
    assert_non_null(strstr(error.message, "move it away"));
    assert_int_equal(unlink(place), 0);
    assert_int_equal(projection_model_open(&small, folder, &model, &error), LEDGER_E_OK);
    projection_model_sweep(&small, folder);
    projection_model_close(model);
    assert_int_equal(unlink(other), 0); // it is there still
    projection_model_discard(folder);
    assert_int_equal(access(folder, F_OK), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebuild_gives_the_same_rows),
        cmocka_unit_test(checkpoint_and_rows_outlive_the_process),
        cmocka_unit_test(another_fold_begins_an_empty_model),
        cmocka_unit_test(what_is_no_model_is_made_anew),
        cmocka_unit_test(a_file_in_a_models_place_is_not_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
