// Preferences are words. Only those that can be understood whole are held against anyone.
#include "preference.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "words.h"

static const char between[] = ",; \t";

// ---- channels
int64_t preference_channels(const char *words) {
    int64_t channels = 0;
    for (const char *at = words + strspn(words, between); *at; at += strspn(at, between)) {
        size_t size = strcspn(at, between);
        int channel = channel_of(at, size);
        if (!channel)
            return 0;
        channels |= INT64_C(1) << channel;
        at += size;
    }
    return channels;
}

// ---- hours
// "9" or "09:30", in minutes. Moves `*at` behind it. -1 if there is no such thing.
static int read_clock(const char **at) {
    int parts[2] = {0, 0};
    for (int part = 0; part < 2; part++) {
        int digits = 0;
        for (; isdigit((unsigned char)**at) && digits < 2; ++*at, digits++)
            parts[part] = 10 * parts[part] + (**at - '0');
        if (!digits || (part == 1 && digits != 2))
            return -1;
        if (part == 1 || **at != ':')
            break;
        ++*at;
    }
    int minute = 60 * parts[0] + parts[1];
    return parts[1] < 60 && minute <= 24 * 60 ? minute : -1;
}

static bool read_span(const char **at, int *from, int *to) {
    *from = read_clock(at);
    *at += strspn(*at, " ");
    if (*from < 0 || **at != '-')
        return false;
    ++*at;
    *at += strspn(*at, " ");
    *to = read_clock(at);
    return *to > *from && (!**at || strchr(between, **at));
}

bool preference_hours(const char *words, char hours[PREFERENCE_HOURS_SIZE]) {
    size_t used = 0;
    for (const char *at = words + strspn(words, between); *at; at += strspn(at, between)) {
        int from, to;
        if (!read_span(&at, &from, &to))
            return false;
        int added = snprintf(hours + used, PREFERENCE_HOURS_SIZE - used, "%d-%d,", from, to);
        if (added < 0 || (size_t)added >= PREFERENCE_HOURS_SIZE - used)
            return false;
        used += (size_t)added;
    }
    return used > 0;
}

bool preference_hour_is_in(const char *hours, int minute) {
    for (char *at; *hours; hours = at + strspn(at, ",")) {
        long from = strtol(hours, &at, 10);
        long to = strtol(at + (*at == '-'), &at, 10);
        if (from <= minute && minute < to)
            return true;
    }
    return false;
}
