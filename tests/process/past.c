// ledgerd by a clock that is PAST_DAYS days behind, for tests of what takes days. Of its clocks
// only the one that says when a fact was recorded is.
#include <stdlib.h>
#include <time.h>

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now) {
    enum { DAY_S = 86400 };
    const char *days = getenv("PAST_DAYS");
    int code = __real_clock_gettime(clock, now);
    if (clock == CLOCK_REALTIME && days != NULL)
        now->tv_sec -= strtol(days, NULL, 10) * DAY_S;
    return code;
}
