// Now is a part of the question, never the clock of the machine: the same question has the same
// answer for ever.
#include "now.h"

static struct ledger_moment latest_record(struct projection_view *view) {
    struct projection_cursor *cursor = projection_scan(view, RECORDED, NULL, true);
    struct ledger_moment latest = ledger_moment_unknown();
    struct projection_row row;
    int32_t day;
    if (projection_next(cursor, &row) && projection_key_read_day(&row.key, &day))
        latest = ledger_moment_date(-day);
    projection_scan_end(cursor);
    return latest;
}

struct ledger_moment now_of(struct projection_view *view) {
    const struct ledger_moment *now = projection_view_now(view);
    if (now->when != LEDGER_WHEN_UNKNOWN)
        return *now;
    const struct ledger_moment *occurred = projection_view_occurred(view);
    return occurred ? *occurred : latest_record(view);
}

void now_note(struct projection_view *view, struct projection_answer *answer) {
    const struct ledger_moment now = now_of(view);
    char day[LEDGER_DATE_TEXT_SIZE];
    if (projection_view_now(view)->when != LEDGER_WHEN_UNKNOWN || now.when == LEDGER_WHEN_UNKNOWN)
        return;
    ledger_date_format(now.day, day);
    projection_answer_note(answer, "The question gives no now: taken for it is %s, %s.", day,
                           projection_view_occurred(view)
                               ? "the time that it asks as of"
                               : "the latest day on which a fact was recorded");
}

bool moment_after(const struct ledger_moment *a, const struct ledger_moment *b) {
    if (a->when == LEDGER_WHEN_UNKNOWN || b->when == LEDGER_WHEN_UNKNOWN)
        return false;
    if (a->when == LEDGER_WHEN_INSTANT && b->when == LEDGER_WHEN_INSTANT)
        return a->micros > b->micros;
    return a->day > b->day;
}

bool task_overdue(const struct task *task, const struct ledger_moment *now) {
    return task->status == TASK_IS_OPEN && moment_after(now, &task->due);
}
