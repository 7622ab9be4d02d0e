#include "alloc_faults.h"

#include <errno.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>

// The linker's names: calls of malloc go to __wrap_malloc, and those of __real_malloc to malloc.
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *place, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *place, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static _Thread_local bool armed_here;
static _Atomic int64_t left; // until the one that fails; 0 = none
static atomic_bool elsewhere;
static atomic_bool failed;

void alloc_faults_arm(enum alloc_faults_where where, uint64_t at) {
    json_set_alloc_funcs(__wrap_malloc, free);
    armed_here = true;
    atomic_store(&failed, false);
    atomic_store(&elsewhere, where == ALLOC_FAULTS_ELSEWHERE);
    atomic_store(&left, (int64_t)at);
}

bool alloc_faults_disarm(void) {
    atomic_store(&left, 0);
    armed_here = false;
    return atomic_load(&failed);
}

static bool fails(void) {
    if (atomic_load(&left) <= 0 || armed_here == atomic_load(&elsewhere))
        return false;
    if (atomic_fetch_sub(&left, 1) != 1)
        return false;
    atomic_store(&failed, true);
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *place, size_t size) {
    return fails() ? NULL : __real_realloc(place, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size) {
    return fails() ? NULL : __real_aligned_alloc(alignment, size);
}
