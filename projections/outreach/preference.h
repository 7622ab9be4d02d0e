// A preference as a person put it, and whether a contact keeps to it.
#ifndef PREFERENCE_H
#define PREFERENCE_H

#include "outreach.h"

// Codes of the preferences that are kept.
#define PREFERRED_CHANNEL "channel"
#define PREFERRED_HOUR "hour"

// Names of channels ("email, sms", in any case), as bits by number. 0 if any word is something
// else: a wish that is only half understood is not understood.
int64_t preference_channels(const char *words);

// Spans of the day ("9-12, 14:00-16:30"), as minutes "540-720,840-990,". The end is no longer in
// it. False if it does not say that, and nothing else, or does not fit.
enum { PREFERENCE_HOURS_SIZE = 64 };
bool preference_hours(const char *words, char hours[PREFERENCE_HOURS_SIZE]);
bool preference_hour_is_in(const char *hours, int minute);

#endif
