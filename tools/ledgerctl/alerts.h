// What `ledgerctl alerts` was asked, what it got, and how it is shown.
#ifndef LEDGERCTL_ALERTS_H
#define LEDGERCTL_ALERTS_H

#include "alerts/alerts.h"
#include "common.h"

struct alerts_settings {
    struct common common;
    const char *now;
    int64_t days;
    const char *list;
    bool all;
};

struct alerts_asked {
    Ledger__V1__Parameter parameters[ALERT_PARAMETERS_MAX + 3]; // and now, wait-for, as-of-position
    size_t count;
    const char *command;                 // the same question for people
    const char *problem;                 // why it is not known; NULL = it is
    const Ledger__V1__QueryReply *reply; // with one table, of the cases alone
    uint64_t cases;
};

struct alerts_question {
    const struct alerts_settings *settings;
    struct ledger_arena *arena;
    const char *now;
    uint64_t position;
    struct alerts_asked *asked; // one for each alert
};

enum ledger_err alerts_no_memory(struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err alerts_print(const struct alerts_question *question,
                                               struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err alerts_print_json(const struct alerts_question *question,
                                                    struct ledger_error *error);

#endif
