#include "room.h"

#include <inttypes.h>
#include <sys/statvfs.h>

enum { BUSY_RETRY_MS = 50 };
// What the largest block may take, with LMDB's own pages beside it.
static const uint64_t block_room = 2 * LOG_BLOCK_SIZE_MAX;

// The clock may be off by what a slow machine or a time server explains, not more: a jump ahead
// would be in the record for ever.
static void look_at_clock(struct room *room, struct ledger_log *log) {
    const struct ledger_clock *clock = log->options.clock;
    int64_t wall = clock->wall_micros(clock->context);
    int64_t steady = clock->steady_micros(clock->context);
    int64_t jump = log->options.clock_jump_micros;
    room->recorded_at = wall > log->end.recorded_at ? wall : log->end.recorded_at + 1;
    bool behind = log->end.recorded_at - wall > jump;
    bool ahead =
        log->steady_seen != 0 && (wall - log->wall_seen) - (steady - log->steady_seen) > jump;
    room->clock_jumped = behind || ahead;
    if (!room->clock_jumped) {
        log->wall_seen = wall;
        log->steady_seen = steady;
    }
}

static void look_at_disk(struct room *room, struct ledger_log *log) {
    struct statvfs disk;
    room->disk_known = statvfs(log->options.data, &disk) == 0;
    room->disk_free = room->disk_known ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
    struct ledger_kv *const environments[] = {log->store.kv, index_kv(log->index)};
    room->map_free = UINT64_MAX;
    for (size_t i = 0; i < sizeof environments / sizeof *environments; i++) {
        uint64_t map_free = ledger_kv_map_free(environments[i]);
        if (map_free < room->map_free)
            room->map_free = map_free;
    }
}

// With what is pending, which is in the journal alone.
static uint64_t room_wanted(const struct ledger_log *log) {
    return block_room + 2 * log->options.journal_bytes;
}

uint64_t room_disk_least(const struct ledger_log *log) {
    return log->options.disk_reserve_bytes + room_wanted(log);
}

void room_look(struct room *room, struct ledger_log *log) {
    look_at_clock(room, log);
    look_at_disk(room, log);
}

enum ledger_err room_check(const struct room *room, const struct ledger_log *log,
                           const struct tail_generation *frozen, struct ledger_error *error) {
    const struct ledger_log_options *options = &log->options;
    if (options->forget_journal)
        return ledger_fail(
            error, LEDGER_E_CORRUPT, NULL,
            "the ledger was started without its journal, for reading: export it, and "
            "restore the export into another folder");
    if (room->clock_jumped)
        return ledger_fail(error, LEDGER_E_CLOCK_JUMP, NULL,
                           "the clock has jumped; nothing is recorded until it agrees with the "
                           "last block again, or the service is restarted after a look at it");
    if (!room->disk_known)
        return ledger_fail(error, LEDGER_E_DISK_RESERVE, NULL,
                           "how much is free at %s cannot be told", options->data);
    if (room->disk_free < room_disk_least(log))
        return ledger_fail(error, LEDGER_E_DISK_RESERVE, NULL,
                           "only %" PRIu64 " MiB are free at %s; facts are taken in while there "
                           "are %" PRIu64 ", of which %" PRIu64 " stay in reserve",
                           room->disk_free >> 20, options->data, room_disk_least(log) >> 20,
                           options->disk_reserve_bytes >> 20);
    if (room->map_free < room_wanted(log))
        return ledger_fail(error, LEDGER_E_MAP_FULL, "map-size",
                           "the log or its index has used up its map; restart with a larger "
                           "map size");
    size_t held = log->active->bytes + (frozen != NULL ? frozen->bytes : 0);
    if (held > options->tail_bytes_max) {
        enum ledger_err err =
            ledger_fail(error, LEDGER_E_BUSY, NULL, "the indexes are behind; retry in a moment");
        error->retry_after_ms = BUSY_RETRY_MS;
        return err;
    }
    return LEDGER_E_OK;
}
