// One append that was handed in, packed as it will be sent, and lists of them.
#ifndef LEDGER_CLIENT_APPEND_JOB_H
#define LEDGER_CLIENT_APPEND_JOB_H

#include "ledger/appender.h"
#include "ledger/v1/service.pb-c.h"

struct append_job {
    struct append_job *next;
    ledger_append_done *done;
    void *user;
    int64_t deadline;    // of ledger_wait_now
    uint32_t timeout_ms; // for messages
    size_t event_count;
    bool answered; // its caller knows its outcome already: the deadline has come
    bool alone;    // goes into a request of its own: one with others was refused as a whole
    const Ledger__V1__AppendOutcome *verdict; // while its request is judged
    size_t size;
    uint8_t bytes[]; // an entry of AppendRequest.appends, with tag and size
};

// LEDGER_E_TOO_LARGE, LEDGER_E_MISSING_FIELD, LEDGER_E_INVALID_UTF8, LEDGER_E_NO_MEMORY.
LEDGER_MUST_CHECK enum ledger_err append_job_new(const struct ledger_new_append *append,
                                                 struct append_job **job,
                                                 struct ledger_error *error);
// free() frees it.

// First in, first out.
struct job_list {
    struct append_job *first;
    struct append_job **last; // NULL while the list is fresh
    size_t count, bytes;
};

void job_list_add(struct job_list *list, struct append_job *job);
// NULL if it is empty.
struct append_job *job_list_take(struct job_list *list);
// All of `front`, which is empty then, in front of the list.
void job_list_prepend(struct job_list *list, struct job_list *front);

// ---- gathering

enum {
    GATHER_BYTES = 1 << 20, // of a request, unless one append has more
};

// The start of a request that holds jobs of `bytes` bytes: tags and size. At most
// REQUEST_HEADER_MAX bytes; returns how many.
enum { REQUEST_HEADER_MAX = 1 + 10 };
size_t request_header(size_t bytes, uint8_t header[REQUEST_HEADER_MAX]);

// Moves from the front of `queue` what goes into one request. `request` is empty.
void gather(struct job_list *queue, struct job_list *request);

#endif
