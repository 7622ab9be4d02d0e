// One task: what it is, its facts in the order in which they count, and those that contradict.
#include "figures.h"

static const struct projection_column fact_columns[] = {
    {"position", "Position", PROJECTION_INTEGER},
    {"occurred", "Happened", PROJECTION_TEXT},
    {"recorded", "Recorded", PROJECTION_INSTANT},
    {"fact", "Fact", PROJECTION_TEXT},
    {"actor", "Who", PROJECTION_ID},
    {"actor_name", "Who, by name", PROJECTION_TEXT},
    {"from_employee", "From whom", PROJECTION_ID, .detail = true},
    {"employee", "To whom", PROJECTION_ID},
    {"old_due", "Due before", PROJECTION_TEXT, .detail = true},
    {"due", "Due", PROJECTION_TEXT},
    {"at", "Completed or seen at", PROJECTION_TEXT, .detail = true},
    {"progress", "Done, %", PROJECTION_INTEGER},
    {"text", "Subject, status or result", PROJECTION_TEXT},
    {"detail", "Reason or item", PROJECTION_TEXT},
    {"corrected", "Corrected", PROJECTION_FLAG, .detail = true},
    {"contradiction", "Contradiction", PROJECTION_TEXT},
};
static const struct projection_column contradiction_columns[] = {
    {"code", "Contradiction", PROJECTION_TEXT},
    {"meaning", "Meaning", PROJECTION_TEXT},
    {"facts", "Facts", PROJECTION_INTEGER},
};

static const char *fact_text(enum task_fact_kind kind) {
    switch (kind) {
    case TASK_CREATED:
        return "created";
    case TASK_REASSIGNED:
        return "reassigned";
    case TASK_RESCHEDULED:
        return "rescheduled";
    case TASK_PROGRESSED:
        return "progressed";
    case TASK_COMPLETED:
        return "completed";
    case TASK_CANCELLED:
        return "cancelled";
    case TASK_REMINDED:
        return "reminded";
    }
    return NULL;
}

static void answer_fact(struct projection_view *view, struct projection_answer *answer,
                        const struct task_event *event) {
    const struct task_fact *fact = &event->fact;
    const struct ledger_moment recorded = ledger_moment_instant(fact->recorded_at, 0);
    projection_answer_integer(answer, (int64_t)event->position);
    projection_answer_moment(answer, &event->occurred);
    projection_answer_moment(answer, &recorded);
    projection_answer_text(answer, fact_text(fact->kind));
    projection_answer_text(answer, fact->actor);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, fact->actor));
    projection_answer_text(answer, fact->from_employee);
    projection_answer_text(answer, fact->employee);
    answer_moment_or_none(answer, &fact->old_due);
    answer_moment_or_none(answer, &fact->due);
    answer_moment_or_none(answer, &fact->at);
    if (fact->has_progress)
        projection_answer_integer(answer, fact->progress);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, fact->text);
    projection_answer_text(answer, fact->detail);
    projection_answer_flag(answer, event->corrected);
    projection_answer_text(answer, contradiction_code(event->contradiction));
}

enum ledger_err task_answer(struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct projection_answer *answer, struct ledger_error *error) {
    struct task task = {0};
    const struct ledger_moment now = projection_view_today(view);
    uint64_t left_out = 0;
    const char *id = projection_argument(arguments, "task");
    enum ledger_err err = task_read(view, id, &task, error);
    if (err)
        return err;
    answer_task_table(view, answer, task.id && !task.not_yet ? &task : NULL, &now);
    projection_answer_table(answer, "facts", "Facts", PROJECTION_COLUMNS(fact_columns));
    for (size_t i = 0; i < task.event_count; i++)
        if (task.events[i].left_out)
            left_out++;
        else if (!task.not_yet)
            answer_fact(view, answer, &task.events[i]);
    projection_answer_table(answer, "contradictions", "Contradictions",
                            PROJECTION_COLUMNS(contradiction_columns));
    for (int i = 0; i < CONTRADICTIONS && !task.not_yet; i++)
        if (task.contradictions[i]) {
            projection_answer_text(answer, contradiction_code((enum contradiction)i));
            projection_answer_text(answer, contradiction_text((enum contradiction)i));
            projection_answer_integer(answer, (int64_t)task.contradictions[i]);
        }
    if (task.id && task.not_yet)
        projection_answer_note(answer, "The task is not known to have been there by then, for "
                                       "want of a known time.");
    else if (left_out)
        projection_answer_note(answer, "%s left out, since the question is as of an occurred time.",
                               projection_count(answer, left_out, "fact at an unknown time is",
                                                "facts at an unknown time are"));
    if (!task.id)
        projection_answer_nothing_known(answer, "task", id);
    projection_answer_note_today(answer, view);
    return LEDGER_E_OK;
}
