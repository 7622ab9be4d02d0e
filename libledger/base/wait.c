#include "ledger/wait.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { MICROS_PER_SECOND = 1000000 };

int64_t ledger_wait_now(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now); // cannot fail on Linux
    return (int64_t)now.tv_sec * MICROS_PER_SECOND + now.tv_nsec / 1000;
}

static enum ledger_err fail_code(struct ledger_error *error, int code) {
    return ledger_fail(error, code == EAGAIN ? LEDGER_E_BUSY : ledger_err_from_errno(code), NULL,
                       "making a lock: %s", strerror(code));
}

enum ledger_err ledger_condition_init(pthread_cond_t *condition, struct ledger_error *error) {
    pthread_condattr_t steady;
    int code = pthread_condattr_init(&steady);
    if (code != 0)
        return fail_code(error, code);
    code = pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    if (code == 0)
        code = pthread_cond_init(condition, &steady);
    pthread_condattr_destroy(&steady);
    return code == 0 ? LEDGER_E_OK : fail_code(error, code);
}

enum ledger_err ledger_wait_init(pthread_mutex_t *lock, pthread_cond_t *condition,
                                 struct ledger_error *error) {
    int code = pthread_mutex_init(lock, NULL);
    if (code != 0)
        return fail_code(error, code);
    enum ledger_err err = ledger_condition_init(condition, error);
    if (err != LEDGER_E_OK)
        pthread_mutex_destroy(lock);
    return err;
}

void ledger_wait_fini(pthread_mutex_t *lock, pthread_cond_t *condition) {
    pthread_cond_destroy(condition);
    pthread_mutex_destroy(lock);
}

bool ledger_wait_until(pthread_mutex_t *lock, pthread_cond_t *condition, int64_t deadline_micros) {
    int64_t deadline = deadline_micros > 0 ? deadline_micros : 0;
    const struct timespec until = {.tv_sec = deadline / MICROS_PER_SECOND,
                                   .tv_nsec = deadline % MICROS_PER_SECOND * 1000};
    return pthread_cond_timedwait(condition, lock, &until) != ETIMEDOUT;
}
