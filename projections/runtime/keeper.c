// Committing a batch takes about as long as filling one, so another thread does it meanwhile.
#include <stdlib.h>

#include "ledger/wait.h"
#include "projection_internal.h"

struct projection_keeper {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void (*kept)(void *user, const struct projection_state *state);
    void *user;
    struct projection_batch batch;
    uint64_t examined;
    bool busy, stopping;
    enum ledger_err failed; // the last batch is lost; told to whoever comes next
    bool fatal;             // and the process must end
    struct ledger_error error;
};

// With the lock held, which is let go meanwhile.
static void commit(struct projection_keeper *keeper) {
    struct projection_state state = keeper->batch.state;
    struct ledger_error error = {0};
    state.position = keeper->examined;
    pthread_mutex_unlock(&keeper->lock);
    bool fatal;
    enum ledger_err err = projection_batch_commit(&keeper->batch, keeper->examined, &fatal, &error);
    if (!err)
        keeper->kept(keeper->user, &state);
    pthread_mutex_lock(&keeper->lock);
    keeper->failed = err;
    keeper->fatal = fatal;
    keeper->error = error;
    keeper->busy = false;
    pthread_cond_broadcast(&keeper->changed);
}

static void *keep(void *user) {
    struct projection_keeper *keeper = user;
    pthread_mutex_lock(&keeper->lock);
    for (;;) {
        if (keeper->busy)
            commit(keeper);
        else if (keeper->stopping)
            break;
        else
            pthread_cond_wait(&keeper->changed, &keeper->lock);
    }
    pthread_mutex_unlock(&keeper->lock);
    return NULL;
}

enum ledger_err
projection_keeper_start(void (*kept)(void *user, const struct projection_state *state), void *user,
                        struct projection_keeper **started, struct ledger_error *error) {
    struct projection_keeper *keeper = calloc(1, sizeof *keeper);
    if (!keeper)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory to start");
    keeper->kept = kept;
    keeper->user = user;
    enum ledger_err err = ledger_wait_init(&keeper->lock, &keeper->changed, error);
    if (err)
        goto free_keeper;
    if (pthread_create(&keeper->thread, NULL, keep, keeper) != 0) {
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no thread for commits");
        goto free_lock;
    }
    *started = keeper;
    return LEDGER_E_OK;

free_lock:
    ledger_wait_fini(&keeper->lock, &keeper->changed);
free_keeper:
    free(keeper);
    return err;
}

void projection_keeper_stop(struct projection_keeper *keeper) {
    if (!keeper)
        return;
    pthread_mutex_lock(&keeper->lock);
    keeper->stopping = true;
    pthread_cond_broadcast(&keeper->changed);
    pthread_mutex_unlock(&keeper->lock);
    pthread_join(keeper->thread, NULL);
    ledger_wait_fini(&keeper->lock, &keeper->changed);
    free(keeper);
}

// With the lock held.
static enum ledger_err wait_idle(struct projection_keeper *keeper, bool *fatal,
                                 struct ledger_error *error) {
    while (keeper->busy)
        pthread_cond_wait(&keeper->changed, &keeper->lock);
    enum ledger_err err = keeper->failed;
    if (err)
        *error = keeper->error;
    *fatal = err && keeper->fatal;
    keeper->failed = LEDGER_E_OK;
    return err;
}

enum ledger_err projection_keeper_settle(struct projection_keeper *keeper, bool *fatal,
                                         struct ledger_error *error) {
    pthread_mutex_lock(&keeper->lock);
    enum ledger_err err = wait_idle(keeper, fatal, error);
    pthread_mutex_unlock(&keeper->lock);
    return err;
}

enum ledger_err projection_keeper_hand(struct projection_keeper *keeper,
                                       struct projection_batch *batch, uint64_t examined,
                                       bool *fatal, struct ledger_error *error) {
    pthread_mutex_lock(&keeper->lock);
    enum ledger_err err = wait_idle(keeper, fatal, error);
    if (!err) {
        keeper->batch = *batch;
        keeper->examined = examined;
        keeper->busy = true;
        *batch = (struct projection_batch){0};
        pthread_cond_broadcast(&keeper->changed);
    }
    pthread_mutex_unlock(&keeper->lock);
    return err;
}
