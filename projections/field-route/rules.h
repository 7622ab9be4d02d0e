// The rules that a visit is held against, and the pure function that does it: from the facts of one
// visit, and of the others that its representative made on that day, to flags with their figures.
// It needs no view and no ledger, so that whoever has the facts can ask it.
#ifndef FIELD_ROUTE_RULES_H
#define FIELD_ROUTE_RULES_H

#include <stddef.h>

#include "geo.h"

enum visit_rule {
    TOO_SHORT,
    TOO_FAR,
    OVERLAPPING,
    IMPOSSIBLE_SPEED,
    MOCK_LOCATION,
    BACK_DATED,
    TOO_MANY,
    VISIT_RULES
};

struct visit_rule_row {
    const char *code;
    const char *sentence; // what it means that the rule flags a visit
    const char *metric;   // of the norm that sets its limit; it ends in _min or _max
    const char *unit;     // of limit and value
    int64_t limit;        // where no norm sets one
};
extern const struct visit_rule_row visit_rules[VISIT_RULES];

// Times are in microseconds since 1970, UTC.
struct visit_case {
    const char *id;
    bool has_begin, has_end; // end >= begin; an end only with a begin
    int64_t begin, end;      // as checked in and out; else as reported
    bool reported;           // face to face: counts for TOO_MANY
    struct place arrived, left, client;
    int64_t accuracy_m;  // of `arrived`; 0 if the device did not say
    bool measured;       // the device said how far the client was, itself
    int64_t measured_m;  // used if one of the places is not known
    int64_t mock_checks; // check-ins and check-outs whose place the device calls simulated
    bool assessed;       // the entry delay is known
    int64_t delay_seconds;
};

// The visits of one representative and one local day.
struct visit_day {
    const struct visit_case *visits;
    size_t count;
    // A team, or nobody in particular, can be in two places: no rule between visits holds then.
    bool one_person;
};

// Value = numerator / denominator, in the rule's unit; a denominator of 0 is a distance covered in
// no time at all.
struct visit_flag {
    enum visit_rule rule;
    int64_t limit;
    int64_t numerator, denominator;
    const char *other; // the visit it clashes with, or NULL
};

// From the check-in to the client: by the two places, else as the device measured it. False if
// neither is known.
bool visit_distance(const struct visit_case *visit, int64_t *metres);

// Judges visits[index]; `limits` by rule. Writes each rule's flag once, in the order of the rules,
// and returns how many. What is not known flags nothing.
size_t visit_judge(const struct visit_day *day, size_t index, const int64_t limits[VISIT_RULES],
                   struct visit_flag flags[VISIT_RULES]);

#endif
