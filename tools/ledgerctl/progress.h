// How far a long command is, on standard error if that is a terminal.
#ifndef LEDGERCTL_PROGRESS_H
#define LEDGERCTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what; // "facts"
    bool terminal, shown;
    int64_t started, redrawn; // steady microseconds
    uint64_t began_at;        // what was done before
};

// `what` is counted, from `done` on.
void progress_begin(struct progress *progress, const char *what, uint64_t done);
void progress_show(struct progress *progress, uint64_t done, uint64_t total);
// Takes the line away.
void progress_end(struct progress *progress);

#endif
