// Working days of a representative: Monday to Friday while employed, without absences; and the
// visits that the norm in force on each of them expects.
#ifndef REP_ACTIVITY_WORKDAYS_H
#define REP_ACTIVITY_WORKDAYS_H

#include "rep_activity.h"
#include "runtime/ids.h"

struct staff_span {
    struct staff_row row;
    struct ledger_moment occurred;
    uint64_t position;
};

struct staff {
    struct staff_span *spans;
    size_t count, capacity;
};
LEDGER_MUST_CHECK enum ledger_err staff_read(struct staff *staff, struct projection_view *view,
                                             const char *employee, struct ledger_error *error);
// Days from `from` to `to`, both included, that an absence or a training takes.
uint64_t staff_days(const struct staff *staff, enum staff_kind kind, int32_t from, int32_t to);

enum { WORKDAYS_SPAN_MAX = 3660 }; // ten years

struct workdays {
    bool known;     // false: no first or no last day, or too far apart
    uint64_t days;  // from the first day to the last
    uint64_t begun; // of those, up to now's day
    bool normed;    // a norm is in force on each of them
    uint64_t capacity;
};
// `now` unknown: none has begun.
LEDGER_MUST_CHECK enum ledger_err
workdays_of(struct workdays *workdays, struct projection_view *view, const char *employee,
            int32_t from, int32_t to, const struct ledger_moment *now, struct ledger_error *error);

#endif
