#include "figures.h"

#include <stdlib.h>

bool figures_add(struct figures *figures, struct ledger_arena *arena, const struct task *task,
                 const struct ledger_moment *now) {
    bool open = task->status == TASK_IS_OPEN;
    bool overdue = task_overdue(task, now);
    int64_t micros;
    figures->tasks++;
    figures->open += open;
    figures->overdue += overdue;
    figures->due += open && !overdue && task->due.when != LEDGER_WHEN_UNKNOWN;
    figures->completed += task->status == TASK_IS_COMPLETED;
    figures->cancelled += task->status == TASK_IS_CANCELLED;
    figures->slips += task->slips;
    bool first = task_completed_at(task) && task->first_due.when != LEDGER_WHEN_UNKNOWN;
    bool last = task_completed_at(task) && task->due.when != LEDGER_WHEN_UNKNOWN;
    figures->assessed_first += first;
    figures->assessed_last += last;
    figures->on_time_first += first && !projection_after(&task->ended, &task->first_due);
    figures->on_time_last += last && !projection_after(&task->ended, &task->due);
    if (!task_duration(task, &micros))
        return true;
    if (!projection_grow(arena, &figures->micros, &figures->capacity, figures->count,
                         sizeof *figures->micros))
        return false;
    figures->micros[figures->count++] = micros;
    return true;
}

void figures_answer_counts(const struct figures *figures, struct projection_answer *answer) {
    const uint64_t counts[] = {figures->tasks,   figures->open,      figures->due,
                               figures->overdue, figures->completed, figures->cancelled};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        projection_answer_integer(answer, (int64_t)counts[i]);
}

static int by_size(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

void answer_days(struct projection_answer *answer, __int128 micros, __int128 count) {
    projection_answer_ratio(answer, micros, count * LEDGER_MICROS_PER_DAY);
}

void figures_answer_days(struct figures *figures, struct projection_answer *answer) {
    __int128 sum = 0;
    size_t count = figures->count;
    for (size_t i = 0; i < count; i++)
        sum += figures->micros[i];
    answer_days(answer, sum, count);
    if (!count) {
        projection_answer_none(answer);
        return;
    }
    qsort(figures->micros, count, sizeof *figures->micros, by_size);
    answer_days(answer, (__int128)figures->micros[(count - 1) / 2] + figures->micros[count / 2], 2);
}

void answer_moment_or_none(struct projection_answer *answer, const struct ledger_moment *moment) {
    if (moment->when == LEDGER_WHEN_UNKNOWN)
        projection_answer_none(answer);
    else
        projection_answer_moment(answer, moment);
}
