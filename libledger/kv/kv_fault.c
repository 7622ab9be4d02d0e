// What cannot be read through a map ends the process: a page beyond the end of a file that was cut
// while it was in use, a page number that damage put beyond the map. The handler says which file it
// was, and where; for derived data it leaves a mark, so that the next start makes them anew.
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv_internal.h"

enum { WATCHED_MAX = 64, PATH_SIZE = 4096, FILE_MODE = 0640, EXIT_STATUS = 74 };
#define MARK "/damaged"

static const int signals[] = {SIGBUS, SIGSEGV};
enum { SIGNALS = sizeof signals / sizeof *signals };

// Written with the lock held, read by the handler without it: `base` is set last, cleared first.
static struct watched {
    _Atomic uintptr_t base; // 0 = nothing there
    size_t size;
    MDB_env *env;         // NULL = free
    char file[PATH_SIZE]; // "PATH/data.mdb"
    char mark[PATH_SIZE]; // "PATH/damaged"; "" = what is in it cannot be made anew
} watched[WATCHED_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction before[SIGNALS];

// ---- the handler: nothing but what is safe there

static void say(const char *text) {
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static void say_number(uint64_t number) {
    char digits[24];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    say(digits + at);
}

static void report(const struct watched *place, uintptr_t address) {
    say(place->file);
    say(" cannot be read at byte ");
    say_number(address - place->base);
    say(": it was damaged, or cut short while it was in use. ");
    if (place->mark[0] == '\0') {
        say("Restore the ledger from a copy; `ledgerctl verify --data DIR` says what is lost.\n");
        return;
    }
    int fd = open(place->mark, O_WRONLY | O_CREAT | O_CLOEXEC, FILE_MODE);
    if (fd >= 0)
        close(fd);
    say("It is derived, and is made anew at the next start.\n");
}

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)context;
    uintptr_t address = (uintptr_t)info->si_addr;
    for (size_t i = 0; i < WATCHED_MAX; i++) {
        uintptr_t base = atomic_load(&watched[i].base);
        if (base == 0 || address < base || address - base >= watched[i].size)
            continue;
        report(&watched[i], address);
        _exit(EXIT_STATUS);
    }
    // None of ours: whoever was there before deals with it when the instruction is tried again.
    for (size_t i = 0; i < SIGNALS; i++) {
        if (signals[i] == number)
            (void)sigaction(number, &before[i], NULL);
    }
}

void ledger_kv_report_faults(void) {
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++)
        (void)sigaction(signals[i], &action, &before[i]);
}

// ---- who reads where

// LMDB tells where its map is only if it was told to put it there: the kernel knows.
static uintptr_t find_map(ino_t inode) {
    char line[PATH_SIZE + 128];
    uintptr_t base = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps != NULL && base == 0 && fgets(line, sizeof line, maps) != NULL) {
        uintptr_t start;
        uint64_t offset, number;
        if (sscanf(line, "%" SCNxPTR "-%*x %*s %" SCNx64 " %*s %" SCNu64, &start, &offset,
                   &number) == 3 &&
            offset == 0 && number == inode)
            base = start;
    }
    if (maps != NULL)
        (void)fclose(maps);
    return base;
}

void kv_fault_watch(MDB_env *env, const struct ledger_kv_options *options) {
    MDB_envinfo info;
    struct stat file;
    int fd;
    if (mdb_env_info(env, &info) != MDB_SUCCESS || mdb_env_get_fd(env, &fd) != MDB_SUCCESS ||
        fstat(fd, &file) != 0 || strlen(options->path) > PATH_SIZE - 32)
        return;
    uintptr_t base = find_map(file.st_ino);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < WATCHED_MAX; i++) {
        struct watched *place = &watched[i];
        if (place->env != NULL)
            continue;
        place->env = env;
        place->size = info.me_mapsize;
        (void)snprintf(place->file, sizeof place->file, "%s/data.mdb", options->path);
        place->mark[0] = '\0';
        if (options->lazy_sync)
            (void)snprintf(place->mark, sizeof place->mark, "%s" MARK, options->path);
        atomic_store(&place->base, base);
        break;
    }
    pthread_mutex_unlock(&lock);
}

void kv_fault_forget(MDB_env *env) {
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < WATCHED_MAX; i++) {
        if (watched[i].env == env) {
            atomic_store(&watched[i].base, 0);
            watched[i].env = NULL;
        }
    }
    pthread_mutex_unlock(&lock);
}

bool kv_fault_was_noted(const char *path) {
    char mark[PATH_SIZE];
    return snprintf(mark, sizeof mark, "%s" MARK, path) < (int)sizeof mark &&
           access(mark, F_OK) == 0;
}
