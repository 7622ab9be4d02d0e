// What was planted, for tests to hold read models against: lists and counts by group and key.
#ifndef GENERATE_TRUTH_H
#define GENERATE_TRUTH_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "ledger/error.h"

struct truth {
    json_t *groups;
    bool no_memory;
    FILE *file; // of truth_open
};
void truth_begin(struct truth *truth);
// Puts the text at the end of group[key], or of the group itself if there is no key.
void truth_list(struct truth *truth, const char *group, const char *key, const char *text);
void truth_count(struct truth *truth, const char *group, const char *key, int64_t more);
void truth_set(struct truth *truth, const char *name, json_t *value); // consumes it
// Before the first fact is written: a place that cannot be written is told at once.
LEDGER_MUST_CHECK enum ledger_err truth_open(struct truth *truth, const char *path,
                                             struct ledger_error *error);
// To the file that truth_open made, which it closes.
LEDGER_MUST_CHECK enum ledger_err truth_write(struct truth *truth, const char *path,
                                              struct ledger_error *error);
void truth_free(struct truth *truth);

#endif
