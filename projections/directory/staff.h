// Employees as they stand at a time.
#ifndef DIRECTORY_STAFF_H
#define DIRECTORY_STAFF_H

#include "runtime/ids.h"
#include "standpoint.h"

struct staff_step {
    struct dated dated;
    struct staff_row row;
    bool begun; // by the standpoint
    bool over;  // its last day is before the standpoint's
};

enum employment { EMPLOYMENT_UNKNOWN, EMPLOYMENT_AHEAD, EMPLOYMENT_WORKING, EMPLOYMENT_LEFT };

struct employee {
    const char *id, *name;
    enum employment employment;
    bool team;
    const char *position, *manager;
    const char *absence; // NULL unless absent
    bool absent, has_return;
    int32_t absent_to; // the last day of the absence
    bool has_last_day; // known, be it yet to come
    int32_t last_day;
    struct staff_step *steps; // in order
    size_t count, capacity;
};

// Employees read so far; each is read once a question.
struct staff {
    struct projection_view *view;
    struct standpoint stand;
    struct projection_ids ids;
    struct employee **list; // by number
    size_t capacity;
};
void staff_init(struct staff *staff, struct projection_view *view, const struct standpoint *stand);
// Never NULL unless there is an error. Lives as long as the question.
LEDGER_MUST_CHECK enum ledger_err staff_find(struct staff *staff, const char *id,
                                             const struct employee **employee,
                                             struct ledger_error *error);
const char *employment_text(enum employment employment);

#endif
