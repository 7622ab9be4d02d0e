// The walk from any position down, and which position was the last by a time.
#include "newest.h"

#include <string.h>

#include "versions.h"

enum { BYTES = sizeof(uint64_t) };

// What follows `start` in the order of keys is, byte by byte from the last: the same bytes before
// it, and a greater one in its place. Each such step is a prefix, and a scan of its own.
static void scan(struct newest *newest, size_t shared, const unsigned *byte) {
    struct projection_key key = newest->prefix;
    if (key.size > sizeof key.bytes - BYTES)
        key.failed = true;
    if (!key.failed) {
        memcpy(key.bytes + key.size, newest->start, shared);
        key.size += shared;
        if (byte)
            key.bytes[key.size++] = (uint8_t)*byte;
    }
    newest->cursor = projection_scan(newest->view, newest->table, &key, newest->with_unknown_time);
}

void newest_begin(struct newest *newest, struct projection_view *view, uint8_t table,
                  const struct projection_key *prefix, uint64_t at_most, bool with_unknown_time) {
    struct projection_key down = {0};
    *newest = (struct newest){.view = view, .table = table, .with_unknown_time = with_unknown_time};
    if (prefix)
        newest->prefix = *prefix;
    key_position_down(&down, at_most);
    memcpy(newest->start, down.bytes, BYTES);
    newest->level = BYTES - 1;
    newest->byte = newest->start[BYTES - 1];
    scan(newest, BYTES, NULL);
}

bool newest_next(struct newest *newest, struct projection_row *row) {
    while (newest->level >= 0) {
        if (projection_next(newest->cursor, row))
            return true;
        projection_scan_end(newest->cursor);
        newest->cursor = NULL;
        while (newest->level >= 0 && newest->byte == UINT8_MAX)
            newest->byte = --newest->level >= 0 ? newest->start[newest->level] : 0;
        if (newest->level < 0)
            break;
        newest->byte++;
        scan(newest, (size_t)newest->level, &newest->byte);
    }
    return false;
}

void newest_end(struct newest *newest) {
    projection_scan_end(newest->cursor);
    newest->cursor = NULL;
    newest->level = -1;
}

// The newest record at `at_most` or before it: its position and when it was recorded.
static enum ledger_err look(struct projection_view *view, uint64_t at_most,
                            struct ledger_arena *arena, uint64_t *position, int64_t *recorded_at,
                            struct ledger_error *error) {
    struct newest newest;
    struct projection_row row;
    Ledger__V1__Record *record;
    *position = 0;
    newest_begin(&newest, view, WRITTEN, NULL, at_most, true);
    enum ledger_err err = LEDGER_E_OK;
    if (newest_next(&newest, &row)) {
        err = record_unpack(row.value, arena, &record, error);
        *position = row.position;
        *recorded_at = err ? 0 : record->recorded_at;
    }
    newest_end(&newest);
    return err;
}

enum ledger_err position_recorded_by(struct projection_view *view, int64_t micros,
                                     uint64_t *position, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    uint64_t low = 0; // recorded by then, or nothing
    uint64_t high = projection_view_position(view);
    while (low < high) {
        uint64_t middle = high - (high - low) / 2;
        uint64_t found;
        int64_t recorded_at = 0;
        enum ledger_err err = look(view, middle, arena, &found, &recorded_at, error);
        if (err)
            return err;
        if (!found || recorded_at <= micros)
            low = middle;
        else
            high = found - 1;
    }
    *position = low;
    return LEDGER_E_OK;
}
