// What is to be done, and what lies ahead: tasks, reminders, planned visits, birthdays.
#ifndef AGENDA_H
#define AGENDA_H

#include "runtime/projection.h"

enum agenda_table {
    TASK_FACTS = 1, // key: task id; value: struct task_fact
    // Every task that a fact ties to it, whether or not it still is. No value.
    CLIENT_TASKS,   // key: client id, task id
    DEAL_TASKS,     // key: deal id, task id
    EMPLOYEE_TASKS, // key: employee id, task id; of those who had it
    CALENDAR,       // key: local day, enum calendar_kind, id of the task, visit or person; no
                    // value. Every day that a fact sets, whether or not it still stands
    DEAL_STAGES,    // key: deal id; value: number, 1 = opened; pipeline, stage; NULL = not stated
    VISIT_FACTS,    // key: visit id; value: struct visit_fact
    CONTACTS,       // key: client id; value: a moment. Visits, and interactions but a machine's
    CLIENTS,        // key: client id; value: number, 1 = registered, 0 = deactivated
    CLIENT_NAMES,   // key: client id; value: name
    OWNERS,         // key: client id; value: struct owner_row
    OWNED,          // key: employee id, client id; no value. Every client that it ever looked after
    CONTACT_PEOPLE, // key: person id, client id; value: struct person_row
    PERSONAL_FACTS, // key: person id; value: struct personal_row
    BIRTHDAYS,      // key: day of the year (see birthday_key), person id; no value
    ERASURES,       // key: person id; no value
    EMPLOYEES,      // key: employee id; value: name
};

// ---- tasks
enum task_kind { // as Facts.V1.TaskCreated.Kind
    TASK_KIND_NONE,
    TASK_MEETING,
    TASK_CALL,
    TASK_OFFER,
    TASK_VISIT,
    TASK_SERVICE,
    TASK_SUPPORT,
};
enum { TASK_KINDS = TASK_SUPPORT + 1 };
// "meeting" and so on; NULL for none.
const char *task_kind_text(enum task_kind kind);

enum task_fact_kind {
    TASK_CREATED = 1,
    TASK_REASSIGNED,
    TASK_RESCHEDULED,
    TASK_PROGRESSED,
    TASK_COMPLETED,
    TASK_CANCELLED,
    TASK_REMINDED,
};

// What a fact says of a task; NULL, unknown and false where it says nothing.
struct task_fact {
    enum task_fact_kind kind;
    enum task_kind task_kind;
    const char *actor, *client, *deal;
    const char *employee;         // to whom: the assignee, or who was reminded
    const char *from_employee;    // from whom
    const char *text;             // subject, result, status
    const char *detail;           // reason, words on the result, item of the checklist
    struct ledger_moment due;     // of a reminder: what it was due at
    struct ledger_moment old_due; // as the rescheduling states it
    struct ledger_moment remind_at;
    struct ledger_moment at; // completed at; a reminder: seen at
    bool has_progress;
    int64_t progress;    // per cent
    int64_t recorded_at; // microseconds, UTC: the fact's first record in this ledger
};
struct task_fact task_fact_read(struct ledger_span value);

// ---- visits
enum visit_fact_kind { VISIT_PLANNED = 1, VISIT_RESCHEDULED, VISIT_CANCELLED, VISIT_REPORTED };
struct visit_fact {
    enum visit_fact_kind kind;
    const char *client, *person, *employee, *text; // text: kind of the visit
    struct ledger_moment start;
};
struct visit_fact visit_fact_read(struct ledger_span value);

// ---- clients and people
struct owner_row {
    const char *employee; // NULL = nobody
    bool has_from;
    int32_t from; // first day, if it is not the fact's own
};
struct owner_row owner_row_read(struct ledger_span value);

struct person_row {
    const char *name;
    bool removed; // no longer there
};
struct person_row person_row_read(struct ledger_span value);

enum { TOPIC_BIRTHDAY = 1, TOPIC_PREFERENCE, TOPIC_OTHER }; // as Facts.V1.PersonalFactRecorded
struct personal_row {
    int64_t topic;
    const char *code, *client;
    int32_t birthday; // see birthday_key; 0 = none that can be read
    bool has_valid_until;
    int32_t valid_until; // last day
};
struct personal_row personal_row_read(struct ledger_span value);

// 100 x month + day. False unless the text is "--MM-DD" or "YYYY-MM-DD" and a day of a leap year.
bool birthday_key(const char *text, int32_t *key);

enum calendar_kind { CALENDAR_TASK = 1, CALENDAR_REMINDER, CALENDAR_VISIT, CALENDAR_EXPIRY };

struct ledger_moment moment_read(struct projection_reader *reader);

// The fold: see fold.c.
enum ledger_err agenda_map(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error);

extern const struct projection agenda;

typedef enum ledger_err agenda_query(struct projection_view *view,
                                     const struct projection_arguments *arguments,
                                     struct projection_answer *answer, struct ledger_error *error);
agenda_query tasks_answer, task_answer, discipline_answer, no_next_task_answer, ahead_answer,
    promises_answer, stages_answer;

#endif
