// An answer in the making: answer.c fills it, answer_end.c turns it into a reply.
#ifndef ANSWER_INTERNAL_H
#define ANSWER_INTERNAL_H

#include "projection_internal.h"

struct table {
    Ledger__V1__Table message;
    const struct projection_column *columns;
    size_t row_capacity;
    uint64_t limit;
    size_t filled; // values of the row under way
    bool dropping; // that row is beyond the limit
};

// A figure that 64 bits do not hold stands empty, and a note says where.
struct unwritten {
    const struct table *table; // of the first
    size_t row, column;
    uint64_t count;
};

struct projection_answer {
    struct ledger_arena *arena;
    struct table **tables;
    size_t table_count, table_capacity;
    char **notes;
    size_t note_count, note_capacity;
    bool failed; // out of memory
    struct unwritten unwritten;
};

#endif
