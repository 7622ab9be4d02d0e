// What the agenda is made from, and what it can be asked.
#include "agenda.h"

static const enum ledger_fact types[] = {
    LEDGER_FACT_TaskCreated,          LEDGER_FACT_TaskReassigned,
    LEDGER_FACT_TaskRescheduled,      LEDGER_FACT_TaskProgressed,
    LEDGER_FACT_TaskCompleted,        LEDGER_FACT_TaskCancelled,
    LEDGER_FACT_ReminderFired,        LEDGER_FACT_VisitPlanned,
    LEDGER_FACT_VisitRescheduled,     LEDGER_FACT_VisitCancelled,
    LEDGER_FACT_VisitReported,        LEDGER_FACT_InteractionLogged,
    LEDGER_FACT_ClientRegistered,     LEDGER_FACT_ClientDeactivated,
    LEDGER_FACT_ClientDetailsChanged, LEDGER_FACT_ClientAssigned,
    LEDGER_FACT_ClientReassigned,     LEDGER_FACT_ContactPersonSet,
    LEDGER_FACT_PersonalFactRecorded, LEDGER_FACT_PersonalDataErased,
    LEDGER_FACT_EmployeeHired,        LEDGER_FACT_DealOpened,
    LEDGER_FACT_DealStageChanged,     LEDGER_FACT_DealReopened};

#define LIMIT_PARAMETER                                                                            \
    { "limit", "N", "at most so many rows" }
#define OWNER_PARAMETER                                                                            \
    { "owner", "ID", "only what this employee looks after" }
#define KIND_PARAMETER                                                                             \
    { "kind", "KIND", "only tasks of this kind: meeting, call, offer, visit, service or support" }
#define DUE_PARAMETERS                                                                             \
    {"from", "DATE", "only tasks due on this day or later, as last scheduled"}, {                  \
        "to", "DATE", "only tasks due on this day or earlier, as last scheduled"                   \
    }
static const struct projection_parameter tasks_parameters[] = {
    {"assignee", "ID", "only tasks that this employee has"},
    {"client", "ID", "only tasks of this client"},
    {"deal", "ID", "only tasks of this deal"},
    KIND_PARAMETER,
    {"status", "STATUS", "only open, completed or cancelled tasks"},
    {"overdue", "yes|no", "only tasks that are overdue, or only those that are not"},
    DUE_PARAMETERS,
    LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter task_parameters[] = {
    {"task", "ID", "which task", true},
    {0},
};
static const struct projection_parameter discipline_parameters[] = {
    {"assignee", "ID", "only tasks that this employee has"},
    KIND_PARAMETER,
    DUE_PARAMETERS,
    LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter no_next_task_parameters[] = {
    OWNER_PARAMETER, LIMIT_PARAMETER, {0}};
static const struct projection_parameter stages_parameters[] = {
    {"deal", "ID", "only tasks of this deal"},
    {"assignee", "ID", "only tasks that this employee has"},
    KIND_PARAMETER,
    {0},
};
static const struct projection_parameter ahead_parameters[] = {
    {"days", "N", "how many days to look ahead, today not counted: 0 to 366 (else 7)"},
    OWNER_PARAMETER,
    {"what", "WHAT", "only birthday, reminder, visit, task or expiry"},
    LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter promises_parameters[] = {
    {"days", "N", "only what is overdue by so many days or more (else all that is overdue)"},
    OWNER_PARAMETER,
    LIMIT_PARAMETER,
    {0},
};

static const struct projection_query queries[] = {
    {"tasks",
     "the tasks, by the time they are due: who has them, how far they are, how they ended. An open "
     "task is overdue once its due time has passed; one due on a day, once that day has passed.",
     tasks_parameters, tasks_answer},
    {"task",
     "one task: what became of it, fact by fact. A fact contradicts if it does not fit what came "
     "before it; it is kept and counted, and a task stays as its first end left it.",
     task_parameters, task_answer},
    {"discipline",
     "how the employees keep to their tasks. On time is completed not later than due, of the "
     "completed tasks of which both times are known; slips are the times a task was rescheduled.",
     discipline_parameters, discipline_answer},
    {"no-next-task",
     "clients, registered and not deactivated, that have no open task; with their owner and the "
     "last day on which they were visited or spoken to.",
     no_next_task_parameters, no_next_task_answer},
    {"ahead",
     "what the next days bring: birthdays, reminders, planned visits, tasks due, and personal "
     "facts that expire. Each is for the owner of the client; where there is none, for who has it.",
     ahead_parameters, ahead_answer},
    {"promises",
     "clients that were promised an offer or a call which is overdue, and that nobody visited or "
     "spoke to since the promise",
     promises_parameters, promises_answer},
    {"stages",
     "the tasks of deals, by the stage that the deal was in when the task was created, and how far "
     "they are. Degree of completion: a completed task is 100%, an open one what was last reported "
     "of it, or nothing; cancelled ones are left out.",
     stages_parameters, stages_answer},
};

const struct projection agenda = {
    .name = "agenda",
    .summary = "What is to be done and what lies ahead: tasks, reminders, visits, birthdays.",
    .fold_version = 1,
    .types = types,
    .type_count = sizeof types / sizeof types[0],
    .map = agenda_map,
    .queries = queries,
    .query_count = sizeof queries / sizeof queries[0],
};
