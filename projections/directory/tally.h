// Counting under texts.
#ifndef DIRECTORY_TALLY_H
#define DIRECTORY_TALLY_H

#include "runtime/ids.h"

enum { TALLY_FIGURES = 3 };
struct tally_line {
    const char *text;
    int64_t figures[TALLY_FIGURES];
};
struct tally {
    struct projection_ids ids; // its arena is the tally's
    struct tally_line *lines;
    size_t capacity;
};
// The line of the text; NULL when out of memory. Good until the next is added.
struct tally_line *tally_line(struct tally *tally, const char *text);
// In order of text. The tally takes no more lines after that.
void tally_sort(struct tally *tally);

#endif
