#include "backoff.h"

#include <sys/random.h>

#include "ledger/wait.h"

void backoff_init(struct backoff *backoff) {
    *backoff = (struct backoff){0};
    if (getrandom(&backoff->random, sizeof backoff->random, GRND_NONBLOCK) !=
        sizeof backoff->random)
        backoff->random = (uint64_t)ledger_wait_now();
}

// Knuth's MMIX generator; its high bits are good enough to keep clients apart.
static uint32_t random_below(struct backoff *backoff, uint32_t limit) {
    backoff->random =
        backoff->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((backoff->random >> 32) * limit >> 32);
}

uint32_t backoff_next_ms(struct backoff *backoff, uint32_t retry_after_ms) {
    unsigned doublings = backoff->failures++;
    if (retry_after_ms != 0)
        return retry_after_ms + random_below(backoff, retry_after_ms / 2 + 1);
    uint32_t most = BACKOFF_MS_MIN;
    while (doublings-- > 0 && most < BACKOFF_MS_MAX)
        most *= 2;
    if (most > BACKOFF_MS_MAX)
        most = BACKOFF_MS_MAX;
    return most / 2 + random_below(backoff, most - most / 2 + 1);
}

void backoff_succeeded(struct backoff *backoff) {
    backoff->failures = 0;
}
