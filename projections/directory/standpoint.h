// The time from which a question looks, and the order of facts that may state a day of their own.
#ifndef DIRECTORY_STANDPOINT_H
#define DIRECTORY_STANDPOINT_H

#include "directory.h"

struct standpoint {
    struct ledger_moment moment; // unknown: the model is empty
    int32_t day;
    bool occurred; // the question is as of an occurred time
    bool assumed;  // neither that nor `now` was given: the latest recorded day
};
struct standpoint standpoint_of(struct projection_view *view);
// Says what day was taken, if the question gave none.
void standpoint_note(const struct standpoint *stand, struct projection_answer *answer);

// When what a fact says begins to hold: on the day that it states, else when it occurred.
struct dated {
    bool known;  // false: before all others
    bool stated; // by the day it states, which is another than that on which it occurred
    int32_t day;
    int64_t micros;
    struct ledger_moment occurred;
    uint64_t position;
};
struct dated dated_of(const struct projection_row *row, bool has_start, int32_t start);
int dated_compare(const struct dated *a, const struct dated *b);
// Whether it holds by then. Of an unknown time: unless the question is as of an occurred time. If
// the question gives no time at all, what is recorded has happened; only a stated day may be ahead.
bool dated_begun(const struct dated *dated, const struct standpoint *stand);
void answer_dated(struct projection_answer *answer, const struct dated *dated);

// The rows of a table that stand: of those under one key, the last that has begun. What is of an
// unknown time is taken to have been there before all others.
struct standing {
    struct projection_cursor *cursor;
    const struct standpoint *stand;
    struct projection_row row; // read ahead
    bool more;
};
struct standing standing_begin(struct projection_view *view, const struct standpoint *stand,
                               uint8_t table, const struct projection_key *prefix);
// False after the last.
bool standing_next(struct standing *standing, struct projection_row *row);

// The value's name in its enumeration, in lower case; none for 0 and for what it does not know.
void answer_code(struct projection_view *view, struct projection_answer *answer,
                 const ProtobufCEnumDescriptor *names, int64_t value);
const char *code_text(struct projection_view *view, const ProtobufCEnumDescriptor *names,
                      int64_t value);
// Whether the person's personal values were to be erased, whenever that was recorded up to the
// question's position.
bool is_erased(struct projection_view *view, const char *person);

#endif
