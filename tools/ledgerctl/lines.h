// Lines of several files, one after the other, or of standard input.
#ifndef LEDGERCTL_LINES_H
#define LEDGERCTL_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ledger/error.h"
#include "ledger/span.h"

struct lines {
    char **paths; // none: standard input; "-" is it too
    int path_count;
    int next_path;
    FILE *file;
    const char *path; // of the file being read
    uint64_t number;  // of the line read last, in its file
    char *line;
    size_t capacity;
};

void lines_init(struct lines *lines, char **paths, int count);
// Of a file that is open, called `path` in messages. It is closed at its end or by lines_fini, but
// for standard input.
void lines_of_file(struct lines *lines, FILE *file, const char *path);
void lines_fini(struct lines *lines);
// The next line that is not blank, without its line break, valid until the next call; *more is
// false after the last. After LEDGER_E_NO_INPUT the next call goes on with the next file.
LEDGER_MUST_CHECK enum ledger_err lines_next(struct lines *lines, struct ledger_span *line,
                                             bool *more, struct ledger_error *error);

#endif
