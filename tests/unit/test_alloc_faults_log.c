// Memory that runs out at each allocation in turn (at some, where there are many), on the way
// through the log. A child does one thing while one allocation fails; it may say "no memory", or
// end by options.fatal where the log knows no other way. Then the ledger must hold what was
// acknowledged, and go on.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc_faults.h"
#include "test_log_fixture.h"

enum {
    PICKS_SKIPPED = 100000,
    ALLOCATIONS_MAX = 2000,
    EVENTS_BEFORE = 60,
    EACH_UP_TO = 32,
    EXIT_FATAL = 99,
    EXIT_WRONG = 98
};

// What parent and child both see.
struct shared {
    uint64_t acknowledged; // events, before the fault and during it
    atomic_bool failed;    // an allocation did
};
static struct shared *shared;

// Which allocation fails once the deed is under way; of which threads.
static struct {
    enum alloc_faults_where where;
    uint64_t at;
} fault;

static void arm(void) {
    alloc_faults_arm(fault.where, fault.at);
}

static _Noreturn void wrong(const char *what, const struct ledger_error *error) {
    fprintf(stderr, "%s: %s: %s\n", what, ledger_err_code(error->code), error->message);
    _exit(EXIT_WRONG);
}

static void on_fatal(const struct ledger_error *error) {
    if (alloc_faults_disarm())
        shared->failed = true;
    if (error->code != LEDGER_E_NO_MEMORY)
        wrong("fatal", error);
    _exit(EXIT_FATAL);
}

// The folder runs when a test says so, by the events it adds.
static enum ledger_err open_here(struct fixture *f, struct ledger_error *error) {
    struct ledger_log_options options = {.data = f->path,
                                         .map_bytes = f->map_bytes,
                                         .journal_bytes = f->journal_bytes,
                                         .fold_events = 40,
                                         .fold_interval_ms = 1000000,
                                         .fatal = on_fatal};
    return ledger_log_open(&options, &f->log, error);
}

// An append of `count` new events and an expected version.
static enum ledger_err add_armed(struct fixture *f, int count, bool armed) {
    struct call call;
    struct model_event events[APPEND_MAX];
    call_init(&call);
    for (int i = 0; i < count; i++) {
        make_event(&events[i]);
        pack_event(&events[i], "{\"some\":\"text\"}");
        call_add(&call, &events[i]);
    }
    call_expect(&call, "client/none", 0);
    if (armed)
        arm();
    enum ledger_err err = call_run(f, &call);
    if (err == LEDGER_E_OK)
        shared->acknowledged += (uint64_t)count;
    for (int i = 0; i < count; i++)
        ledger_buffer_fini(&events[i].packed);
    call_fini(&call);
    return err;
}

static enum ledger_err add(struct fixture *f, int count) {
    return add_armed(f, count, false);
}

// ---- what the child does while memory fails

typedef enum ledger_err (*deed)(struct fixture *f, struct ledger_error *error);

static enum ledger_err do_append(struct fixture *f, struct ledger_error *error) {
    error->code = add_armed(f, APPEND_MAX, true);
    return error->code;
}

static enum ledger_err do_read(struct fixture *f, struct ledger_error *error) {
    struct ledger_span types[] = {ledger_span_text("ext.test.one"),
                                  ledger_span_text("ext.test.two")};
    struct ledger_read read = {.max_events = 1000,
                               .max_bytes = 1 << 20,
                               .category = ledger_span_text("client"),
                               .types = types,
                               .type_count = 2};
    struct ledger_page *page;
    arm();
    enum ledger_err err = ledger_log_read(f->log, &read, &page, error);
    if (err != LEDGER_E_OK)
        return err;
    uint64_t events = page->events;
    ledger_page_free(page);
    shared->failed = alloc_faults_disarm();
    // A page that is there leaves nothing out: a second one says the same.
    err = ledger_log_read(f->log, &read, &page, error);
    if (err != LEDGER_E_OK || page->events != events || page->events == 0)
        wrong("a page with holes", error);
    ledger_page_free(page);
    return err;
}

static enum ledger_err do_fetch(struct fixture *f, struct ledger_error *error) {
    struct ledger_uuid ids[] = {{{1}}, {{2}}};
    struct ledger_page *page;
    arm();
    enum ledger_err err = ledger_log_fetch(f->log, ids, 2, &page, error);
    if (err == LEDGER_E_OK)
        ledger_page_free(page);
    return err;
}

static enum ledger_err do_status(struct fixture *f, struct ledger_error *error) {
    struct ledger_log_status status;
    arm();
    return ledger_log_status(f->log, &status, error);
}

static enum ledger_err do_open(struct fixture *f, struct ledger_error *error) {
    ledger_log_close(f->log);
    f->log = NULL;
    arm();
    return open_here(f, error);
}

// Adds until the folder has folded; its allocations are those that fail.
static enum ledger_err do_fold(struct fixture *f, struct ledger_error *error) {
    struct ledger_log_status status;
    arm();
    for (int i = 0; i < 10; i++)
        if ((error->code = add(f, APPEND_MAX)) != LEDGER_E_OK)
            return error->code;
    uint64_t folded_to = shared->acknowledged / 2;
    for (int i = 0; i < 20000; i++) {
        enum ledger_err err = ledger_log_status(f->log, &status, error);
        if (err != LEDGER_E_OK || status.folded_to >= folded_to)
            return err;
        usleep(1000);
    }
    *error = (struct ledger_error){.code = LEDGER_E_TIMEOUT, .message = "nothing is folded"};
    wrong("fold", error);
}

// In a child. Ends it.
static _Noreturn void child(struct fixture *f, deed act) {
    struct ledger_error error = {0};
    for (int i = 0; i < PICKS_SKIPPED; i++)
        pick(2); // the ids of its events are not those of the parent's
    if (open_here(f, &error) != LEDGER_E_OK)
        wrong("open", &error);
    for (int i = 0; i < EVENTS_BEFORE / APPEND_MAX; i++)
        if ((error.code = add(f, APPEND_MAX)) != LEDGER_E_OK)
            wrong("append", &error);
    enum ledger_err err = act(f, &error);
    if (alloc_faults_disarm())
        shared->failed = true;
    if (err != LEDGER_E_OK && err != LEDGER_E_NO_MEMORY)
        wrong("with a failed allocation", &error);
    if (f->log == NULL && open_here(f, &error) != LEDGER_E_OK)
        wrong("the second open", &error);
    if ((error.code = add(f, 1)) != LEDGER_E_OK) // and goes on
        wrong("the next append", &error);
    ledger_log_close(f->log);
    exit(0); // the leak checker looks now
}

// ---- the parent

// What is there now: at least what was acknowledged, and no half append.
static void check_ledger(struct fixture *f, uint64_t at, bool died) {
    struct ledger_error error = {0};
    if (open_here(f, &error) != LEDGER_E_OK)
        fail_msg("allocation %d: %s", (int)at, error.message);
    uint64_t head = ledger_log_head(f->log);
    if (head != shared->acknowledged && !(died && head == shared->acknowledged + APPEND_MAX))
        fail_msg("allocation %d: head %d, acknowledged %d", (int)at, (int)head,
                 (int)shared->acknowledged);
    shared->acknowledged = head;
    assert_int_equal(add(f, 2), LEDGER_E_OK);
    struct ledger_read read = {.max_events = 60000, .max_bytes = 4 << 20};
    struct ledger_page *page;
    assert_int_equal(ledger_log_read(f->log, &read, &page, &error), LEDGER_E_OK);
    assert_int_equal(page->events, head + 2);
    ledger_page_free(page);
    ledger_log_close(f->log);
    f->log = NULL;
}

static void start_again(struct fixture *f) {
    remove_tree(f->path);
    shared->acknowledged = 0;
    shared->failed = false;
}

static void fail_each(struct fixture *f, deed act, enum alloc_faults_where where) {
    int refused = 0, fatal = 0;
    ledger_log_close(f->log);
    f->log = NULL;
    for (uint64_t at = 1; at < ALLOCATIONS_MAX; at += at < EACH_UP_TO ? 1 : at / 8) {
        int status;
        fault.where = where;
        fault.at = at;
        start_again(f);
        fflush(NULL);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
            child(f, act);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        bool died = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_FATAL;
        if (!died && status != 0)
            fail_msg("allocation %d: the process ended with status %#x", (int)at, status);
        check_ledger(f, at, died);
        if (!shared->failed)
            break;
        fatal += died;
        refused += !died;
    }
    assert_true(refused + fatal > 0);
    print_message("%d allocations failed: %d went on, %d ended by the fatal hook\n",
                  refused + fatal, refused, fatal);
}

static void appends(void **state) {
    fail_each(*state, do_append, ALLOC_FAULTS_HERE);
}
static void reads(void **state) {
    fail_each(*state, do_read, ALLOC_FAULTS_HERE);
}
static void fetches(void **state) {
    fail_each(*state, do_fetch, ALLOC_FAULTS_HERE);
}
static void status(void **state) {
    fail_each(*state, do_status, ALLOC_FAULTS_HERE);
}
static void opens(void **state) {
    fail_each(*state, do_open, ALLOC_FAULTS_HERE);
}
static void folds(void **state) {
    fail_each(*state, do_fold, ALLOC_FAULTS_ELSEWHERE);
}

static int setup(void **state) {
    int status = log_fixture_setup(state);
    ((struct fixture *)*state)->map_bytes = 64 << 20;
    return status;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    if (f->log == NULL && open_here(f, NULL) != LEDGER_E_OK)
        return 1;
    return log_fixture_teardown(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(appends), TEST(reads), TEST(fetches), TEST(status), TEST(opens), TEST(folds),
    };
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
