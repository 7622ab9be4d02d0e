// Counts and times over tasks.
#ifndef FIGURES_H
#define FIGURES_H

#include "tasks.h"

struct figures {
    uint64_t tasks, open, due, overdue, completed, cancelled;
    // Completed ones of which both times are known: those against the first due time and the last,
    // and how many of them were on time.
    uint64_t assessed_first, on_time_first, assessed_last, on_time_last;
    uint64_t slips;
    int64_t *micros; // from created to completed, of those of which both are known
    size_t count, capacity;
};

#define FIGURES_COUNT_COLUMNS                                                                      \
    {"tasks", "Tasks", PROJECTION_INTEGER}, {"open", "Open", PROJECTION_INTEGER},                  \
        {"due", "Open and due later", PROJECTION_INTEGER},                                         \
        {"overdue", "Overdue", PROJECTION_INTEGER},                                                \
        {"completed", "Completed", PROJECTION_INTEGER}, {                                          \
        "cancelled", "Cancelled", PROJECTION_INTEGER                                               \
    }
#define FIGURES_DAYS_COLUMNS                                                                       \
    {"mean_days", "Mean days to complete", PROJECTION_RATIO}, {                                    \
        "median_days", "Median days to complete", PROJECTION_RATIO                                 \
    }

// False when out of memory.
LEDGER_MUST_CHECK bool figures_add(struct figures *figures, struct ledger_arena *arena,
                                   const struct task *task, const struct ledger_moment *now);
void figures_answer_counts(const struct figures *figures, struct projection_answer *answer);
// Sorts the times.
void figures_answer_days(struct figures *figures, struct projection_answer *answer);
// Microseconds as days.
void answer_days(struct projection_answer *answer, __int128 micros, __int128 count);
// None if it is unknown.
void answer_moment_or_none(struct projection_answer *answer, const struct ledger_moment *moment);

// The table "task" with that task, as the register shows it; without a row if it is NULL.
void answer_task_table(struct projection_view *view, struct projection_answer *answer,
                       const struct task *task, const struct ledger_moment *now);

#endif
