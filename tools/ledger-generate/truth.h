// What was planted, for tests to hold read models against: lists and counts by group and key.
#ifndef GENERATE_TRUTH_H
#define GENERATE_TRUTH_H

#include <jansson.h>
#include <stdint.h>

#include "ledger/error.h"

struct truth {
    json_t *groups;
    bool no_memory;
};
void truth_begin(struct truth *truth);
// Puts the text at the end of group[key], or of the group itself if there is no key.
void truth_list(struct truth *truth, const char *group, const char *key, const char *text);
void truth_count(struct truth *truth, const char *group, const char *key, int64_t more);
void truth_set(struct truth *truth, const char *name, json_t *value); // consumes it
LEDGER_MUST_CHECK enum ledger_err truth_write(const struct truth *truth, const char *path,
                                              struct ledger_error *error);
void truth_free(struct truth *truth);

#endif
