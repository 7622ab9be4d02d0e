// Folders with all that is in them.
#ifndef LEDGER_BENCH_TREE_H
#define LEDGER_BENCH_TREE_H

#include <stdint.h>

// Bytes on the disk; 0 if there is nothing to be seen.
uint64_t tree_bytes(const char *path);
void tree_remove(const char *path);

#endif
