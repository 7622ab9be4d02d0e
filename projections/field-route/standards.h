// The limits that a visit is held against: the norm in force for the representative's position on
// that day, else the one for everyone, else the limit that stands in visit_rules.
#ifndef FIELD_ROUTE_STANDARDS_H
#define FIELD_ROUTE_STANDARDS_H

#include "field_route.h"
#include "rules.h"

struct norm {
    const char *metric;
    struct norm_row row;
    struct ledger_moment occurred;
    uint64_t position;
};
struct position {
    struct position_row row;
    struct ledger_moment occurred;
    uint64_t position;
};

struct standards {
    struct projection_view *view;
    struct norm *norms; // by metric, role, first day, (occurred, position)
    size_t norm_count, norm_capacity;
    const char *rep; // whose positions these are
    struct position *positions;
    size_t position_count, position_capacity;
};

// Reads all norms. False when out of memory.
bool standards_begin(struct standards *standards, struct projection_view *view);
// What the employee was on that day. NULL if it is not known. False when out of memory.
bool standards_role(struct standards *standards, const char *rep, int32_t day, const char **role);
// The norm in force on that day for the role, or for everyone; NULL if there is none.
const struct norm *standards_norm(const struct standards *standards, const char *metric,
                                  const char *role, int32_t day);
// By rule: the norm (NULL: there is none) and the limit. False when out of memory.
bool standards_limits(struct standards *standards, const char *rep, int32_t day,
                      const struct norm *norms[VISIT_RULES], int64_t limits[VISIT_RULES]);

#endif
