// What the kernel says of a process.
#ifndef LEDGER_BENCH_PROCESS_H
#define LEDGER_BENCH_PROCESS_H

#include <stdint.h>

// 0: not known.
struct process_memory {
    long share_kb;     // of all it has mapped, the page cache's part included
    long anonymous_kb; // what is its own
};
// The kernel walks the whole map for it: not while something is timed.
struct process_memory process_memory(uint64_t pid);
// About the same as anonymous_kb, at once; 0: not known.
long process_anonymous_kb(uint64_t pid);
// User and system time of all its threads so far; NAN: not known.
double process_cpu_seconds(uint64_t pid);

#endif
