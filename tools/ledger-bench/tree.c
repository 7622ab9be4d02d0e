#include "tree.h"

#include <fts.h>
#include <stdio.h>
#include <sys/stat.h>

static void walk(const char *path, void (*visit)(const FTSENT *entry, void *user), void *user) {
    char *paths[] = {(char *)(uintptr_t)path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    const FTSENT *entry;
    if (tree == NULL)
        return;
    while ((entry = fts_read(tree)) != NULL)
        visit(entry, user);
    fts_close(tree);
}

static void add_bytes(const FTSENT *entry, void *user) {
    if (entry->fts_info == FTS_F)
        *(uint64_t *)user += (uint64_t)entry->fts_statp->st_blocks * 512;
}

uint64_t tree_bytes(const char *path) {
    uint64_t bytes = 0;
    walk(path, add_bytes, &bytes);
    return bytes;
}

// A folder after what it holds.
static void remove_entry(const FTSENT *entry, void *user) {
    (void)user;
    if (entry->fts_info != FTS_D)
        remove(entry->fts_accpath);
}

void tree_remove(const char *path) {
    walk(path, remove_entry, NULL);
}
