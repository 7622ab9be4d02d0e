// How long to wait before trying again. Its owner's lock guards it.
#ifndef LEDGER_CLIENT_BACKOFF_H
#define LEDGER_CLIENT_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_MS_MIN = 10, BACKOFF_MS_MAX = 1000 };

struct backoff {
    uint64_t random;   // anything; who starts at one time should not have the same
    unsigned failures; // since the last success
};

void backoff_init(struct backoff *backoff);
// After a failure: what the service asked for and up to half as much again, else between half and
// all of a time that doubles from failure to failure.
uint32_t backoff_next_ms(struct backoff *backoff, uint32_t retry_after_ms);
void backoff_succeeded(struct backoff *backoff);

#endif
