// Whether there is room for more: a clock that can be believed, space on the disk and in the maps,
// memory for the tail. Looked at once a block; what is missing refuses appends, before anything has
// to fail.
#ifndef LEDGER_LOG_ROOM_H
#define LEDGER_LOG_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "log_internal.h"

struct room {
    int64_t recorded_at; // of the block to come
    bool clock_jumped;
    bool disk_known;
    uint64_t disk_free;
    uint64_t map_free; // of the fuller of the two environments
};

// What has to be free on the disk.
uint64_t room_disk_least(const struct ledger_log *log);
// By the writer.
void room_look(struct room *room, struct ledger_log *log);
// May an append add events? `frozen` may be NULL.
LEDGER_MUST_CHECK enum ledger_err room_check(const struct room *room, const struct ledger_log *log,
                                             const struct tail_generation *frozen,
                                             struct ledger_error *error);

#endif
