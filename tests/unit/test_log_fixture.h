// A log under test, and the model it is held against: every event there is, in order.
#ifndef TEST_LOG_FIXTURE_H
#define TEST_LOG_FIXTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "log/log.h"

enum { EVENTS_MAX = 20000, STREAMS = 12, ACTORS = 5, SUBJECTS = 9, APPEND_MAX = 6 };

struct model_event {
    struct ledger_uuid id;
    char stream[40], actor[16], subject[16];
    const char *type;
    bool has_correlation;
    uint8_t correlation[16];
    uint64_t version;
    int64_t recorded_at; // 0 = not asked yet
    struct ledger_buffer packed;
};
extern struct model_event model[EVENTS_MAX + 1]; // [position]
extern uint64_t model_head;

// The clocks of the log under test; the folder looks at them too.
extern _Atomic int64_t wall, steady;
// A number below `below`, the same sequence in every run.
uint64_t pick(uint64_t below);

struct fixture {
    char path[64];
    struct ledger_log *log;
    uint64_t disk_reserve_bytes, tail_bytes_max, map_bytes, journal_bytes;
};

int log_fixture_setup(void **state); // *state is a struct fixture
int log_fixture_teardown(void **state);
void open_log(struct fixture *f);
void reopen(struct fixture *f, bool lose_indexes);
void remove_tree(const char *path);

// A random event; then its bytes.
void make_event(struct model_event *e);
void pack_event(struct model_event *e, const char *payload);

// ---- one append
struct call {
    struct ledger_append append;
    struct ledger_append_event events[APPEND_MAX];
    struct ledger_append_expected expected[4];
    uint64_t positions[APPEND_MAX];
    struct ledger_arena *arena;
    atomic_bool done;
};
void call_init(struct call *call);
void call_add(struct call *call, const struct model_event *e);
void call_expect(struct call *call, const char *stream, uint64_t version);
// The outcome.
enum ledger_err call_run(struct fixture *f, struct call *call);
void call_fini(struct call *call);

uint64_t model_version(const char *stream);
void model_add(struct model_event *e);
// Appends, and tells the model if it was new.
enum ledger_err append_one(struct fixture *f, struct model_event *e);
void append_fresh(struct fixture *f);

// ---- reads against a scan of the model
void random_read(struct fixture *f);
void random_fetch(struct fixture *f);

#endif
