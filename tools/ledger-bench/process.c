#include "process.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

static FILE *open_file(uint64_t pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%" PRIu64 "/%s", pid, name);
    return fopen(path, "re");
}

struct process_memory process_memory(uint64_t pid) {
    struct process_memory memory = {0};
    char line[256];
    FILE *file = open_file(pid, "smaps_rollup");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        long kb;
        if (sscanf(line, "Pss: %ld", &kb) == 1)
            memory.share_kb = kb;
        else if (sscanf(line, "Pss_Anon: %ld", &kb) == 1)
            memory.anonymous_kb = kb;
    }
    if (file != NULL)
        fclose(file);
    return memory;
}

long process_anonymous_kb(uint64_t pid) {
    long kb = 0;
    char line[256];
    FILE *file = open_file(pid, "status");
    while (file != NULL && kb == 0 && fgets(line, sizeof line, file) != NULL)
        (void)!sscanf(line, "RssAnon: %ld", &kb);
    if (file != NULL)
        fclose(file);
    return kb;
}

// The process's clock: the sum that /proc/PID/stat tells in hundredths of a second.
double process_cpu_seconds(uint64_t pid) {
    clockid_t clock;
    struct timespec used;
    if (clock_getcpuclockid((pid_t)pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return (double)NAN;
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}
