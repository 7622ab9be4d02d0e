// What the facts of one visit make of it: who was there, when, what was planned, and which facts
// fit no other.
#ifndef FIELD_ROUTE_VISITS_H
#define FIELD_ROUTE_VISITS_H

#include "field_route.h"
#include "rules.h"

// Facts that do not fit the rest. They are kept and counted, and are in no figure.
enum contradiction {
    CHECKED_IN_TWICE,
    CHECKED_OUT_TWICE,
    NO_CHECK_OUT,
    NO_CHECK_IN,
    OUT_BEFORE_IN,
    OUT_TOO_LATE,
    CHECK_WITHOUT_TIME,
    CHECK_BY_OTHER,
    CHECK_ON_OTHER_DAY,
    REPORT_ON_OTHER_DAY,
    REPORT_ENDS_FIRST,
    REPORTED_TWICE,
    REPORTED_AND_CANCELLED,
    OTHER_CLIENT,
    PLANNED_AFTERWARDS,
    MARKED_TWICE,
    ENDED_BEFORE_START,
    ODOMETER_BACKWARDS,
    CONTRADICTIONS
};
struct contradiction_row {
    const char *code, *sentence;
};
extern const struct contradiction_row contradictions[CONTRADICTIONS];
struct contradiction_counts {
    uint64_t of[CONTRADICTIONS];
};
void contradictions_add(struct contradiction_counts *sum,
                        const struct contradiction_counts *counts);
// The table `contradictions`: a row for each code that counts a fact.
void contradictions_answer(struct projection_answer *answer,
                           const struct contradiction_counts *counts);

enum visit_plan { NOT_PLANNED, IS_PLANNED, IS_CANCELLED, WAS_NOT_HELD };

// The facts point into the reader's list.
struct visit {
    const char *id;
    struct visit_fact *facts; // by (occurred, position)
    size_t count;
    // Who was there: of the report, else of the first check-in, else of the check-out, else of the
    // plan. PROJECTION_NOBODY if nobody says.
    const char *rep;
    const char *client; // that stands for it now; of the report, else of the plan. NULL if not said
    // Check-in, check-out and report that count; NULL if there is none.
    const struct visit_fact *in, *out, *report;
    // The one that says of which day the visit is; NULL if it was only planned.
    const struct visit_fact *own;
    int32_t day;                      // of `own`, or NO_DAY
    enum visit_plan plan;             // as it stands now
    struct ledger_moment when;        // the planned start or day, as it stands now
    const struct visit_fact *verdict; // verified or rejected, the last; NULL if there is none
    const struct visit_fact *flagged; // the last verdict that flags it; NULL if there is none
    size_t stop; // of the day's plan, that it keeps: its number from 1; 0 = none. See days.c
    struct contradiction_counts contradictions;
};

// {.view = …} has read nothing yet.
struct visit_reader {
    struct projection_view *view;
    struct visit_fact *facts; // those kept, then those of the visit read last
    size_t kept, capacity;
};
// Only this visit's rows are read. A visit without facts has count 0. Its facts are the reader's
// until the next call, unless they are kept. False when out of memory.
bool visit_read(struct visit_reader *reader, const char *id, struct visit *visit);
// Keeps the facts of the visit read last, until `kept` is set back to 0.
void visit_keep(struct visit_reader *reader, const struct visit *visit);

// When it began and ended, as far as facts with an exact time say: checked in and out, else as
// reported. False if it is not known when it began.
bool visit_begin(const struct visit *visit, struct ledger_moment *begin);
bool visit_end(const struct visit *visit, struct ledger_moment *end);
// What the rules ask.
struct visit_case visit_case_of(struct projection_view *view, const struct visit *visit);

#endif
