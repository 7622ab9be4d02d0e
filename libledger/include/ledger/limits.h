// Sizes everything agrees on. Bytes unless the name says otherwise.
#ifndef LEDGER_LIMITS_H
#define LEDGER_LIMITS_H

enum {
    LEDGER_EVENT_SIZE_MAX = 49152,
    LEDGER_RECORD_SIZE_MAX = 65535,
    LEDGER_PERSONAL_SIZE_MAX = 14336, // all personal parts of one event
    LEDGER_STREAM_SIZE_MAX = 200,
    LEDGER_TYPE_SIZE_MAX = 100,
    LEDGER_ID_SIZE_MAX = 128,  // actor, subject id, territory, record id, person id, principal
    LEDGER_KIND_SIZE_MAX = 32, // subject kind and role
    LEDGER_SYSTEM_SIZE_MAX = 64,
    LEDGER_REASON_SIZE_MAX = 500,
    LEDGER_SUBJECTS_MAX = 64,
    LEDGER_APPEND_EVENTS_MAX = 10000, // in one atomic append
    LEDGER_REQUEST_SIZE_MAX = 8 << 20,
    LEDGER_REQUEST_MEMORY_MAX = 64 << 20, // unpacked
    LEDGER_REPLY_SIZE_MAX = 32 << 20,
    LEDGER_PAGE_EVENTS_MAX = 65536,
    LEDGER_PAGE_EVENTS_DEFAULT = 1000,
    LEDGER_PAGE_BYTES_MAX = 4 << 20,
    LEDGER_PAGE_BYTES_DEFAULT = 1 << 20,
    LEDGER_APPENDS_MAX = 10000,  // in one request
    LEDGER_EXPECTED_MAX = 10000, // versions in one append
    LEDGER_FETCH_MAX = 1000,
    LEDGER_FILTER_TYPES_MAX = 128,
    LEDGER_WAIT_MS_MAX = 25000,
};

_Static_assert(LEDGER_EVENT_SIZE_MAX + LEDGER_PERSONAL_SIZE_MAX + LEDGER_ID_SIZE_MAX + 64 <=
                   LEDGER_RECORD_SIZE_MAX,
               "a record must hold the largest event with its personal parts and server header");
_Static_assert(LEDGER_PAGE_BYTES_MAX + 2 * LEDGER_RECORD_SIZE_MAX <= LEDGER_REPLY_SIZE_MAX,
               "a page must fit into a reply");

#endif
