// The alerts: what each asks, and which rows of the answer are its cases.
#ifndef LEDGERCTL_ALERTS_TABLE_H
#define LEDGERCTL_ALERTS_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum alert_condition {
    ALERT_EVERY_ROW,
    ALERT_TEXT_IS, // `text`
    ALERT_FLAG_SET,
    ALERT_BELOW,    // a ratio, below `number` ten-thousandths
    ALERT_AT_LEAST, // an integer, `number` or more
};

enum { ALERT_PARAMETERS_MAX = 2 };

// A value that is the day of --now.
#define ALERT_TODAY "TODAY"

struct alert_parameter {
    const char *name, *value;
};

// A case's owner, client, own id and day: columns of the table; NULL = the table does not tell.
enum alert_key { ALERT_OWNER, ALERT_CLIENT, ALERT_ID, ALERT_DAY, ALERT_KEYS };

struct alert {
    const char *name, *meaning;
    const char *projection, *query;
    struct alert_parameter parameters[ALERT_PARAMETERS_MAX];
    const char *table; // its rows are the cases, if the condition holds
    enum alert_condition condition;
    const char *column; // that the condition looks at
    const char *text;
    int64_t number;
    const char *keys[ALERT_KEYS];
};

extern const struct alert alerts[];
extern const size_t alert_count;
extern const char *const alert_key_names[ALERT_KEYS];

#endif
