// Fewer threads for NNG.
//
// NNG before 1.6 starts two callback threads a processor, and has no setting for it. They share
// one queue, one lock, and the locks of our sockets: with more of them than processors each
// message wakes threads only to find a lock taken. So those beyond a number are parked: each in a
// callback that does not return. See ARCHITECTURE.md for what that brings.
#include <dirent.h>
#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rpc_internal.h"

enum {
    THREADS_MIN = 2, // one may wait for the disk
    THREADS_MAX = 4, // beyond, nothing has been measured
    PARKED_MAX = 64,
    NAME_SIZE = 16,
    NAMED_WITHIN_MS = 100,
};
static const char thread_name[] = "nng:task";

static bool is_callback_thread(const char *task) {
    char path[64], name[NAME_SIZE + 1] = "";
    (void)snprintf(path, sizeof path, "/proc/self/task/%.20s/comm", task);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool read = fgets(name, sizeof name, file) != NULL;
    (void)fclose(file);
    name[strcspn(name, "\n")] = '\0';
    return read && strcmp(name, thread_name) == 0;
}

// As many as have named themselves so far: never too many.
static unsigned count_callback_threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL)
        return 0;
    unsigned count = 0;
    const struct dirent *task;
    while ((task = readdir(tasks)) != NULL)
        count += is_callback_thread(task->d_name);
    closedir(tasks);
    return count;
}

static unsigned processors(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (unsigned)count;
}

// As NNG's own idle threads wait.
static void park(void *arg) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    (void)arg;
    pthread_mutex_lock(&lock);
    for (;;)
        pthread_cond_wait(&never, &lock);
}

static bool park_one(void) {
    static nng_aio *parked[PARKED_MAX]; // kept, so that nothing looks lost
    static unsigned count;
    if (count == PARKED_MAX || nng_aio_alloc(&parked[count], park, NULL) != 0)
        return false;
    if (!nng_aio_begin(parked[count]))
        return false;
    nng_aio_finish(parked[count++], 0);
    return true;
}

static unsigned most(unsigned wanted) {
    unsigned threads = wanted;
    if (wanted == 0)
        threads = processors() < THREADS_MAX ? processors() : THREADS_MAX;
    return threads < THREADS_MIN ? THREADS_MIN : threads;
}

static void park_beyond(unsigned threads) {
    unsigned count = count_callback_threads(), expected = 2 * processors();
    for (unsigned waited = 0; count < expected && waited < NAMED_WITHIN_MS; waited++) {
        nng_msleep(1);
        count = count_callback_threads();
    }
    while (count > threads && park_one())
        count--;
}

void ledger_nng_threads_keep(unsigned threads) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool kept;
    pthread_mutex_lock(&lock);
    if (!kept) {
        park_beyond(most(threads));
        kept = true;
    }
    pthread_mutex_unlock(&lock);
}
