// Allocations that fail when a test says so: those of our own code, by the linker's --wrap, and of
// Jansson.
#ifndef ALLOC_FAULTS_H
#define ALLOC_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

enum alloc_faults_where {
    ALLOC_FAULTS_HERE,      // allocations of the calling thread
    ALLOC_FAULTS_ELSEWHERE, // those of all other threads
};

// The `at`-th allocation from now on fails, once.
void alloc_faults_arm(enum alloc_faults_where where, uint64_t at);
// True if one has failed since it was armed.
bool alloc_faults_disarm(void);

#endif
