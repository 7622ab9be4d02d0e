// The map from facts to rows.
#ifndef AGENDA_FOLD_H
#define AGENDA_FOLD_H

#include "agenda.h"

// Sets *done if the fact is one of a task; else nothing is put.
LEDGER_MUST_CHECK enum ledger_err map_task(const struct projection_fact *fact,
                                           struct projection_rows *rows, bool *done,
                                           struct ledger_error *error);

// The instant, or else the date; unknown if both are NULL.
struct ledger_moment moment_of(const Ledger__V1__Instant *instant, const Ledger__V1__Date *date);

// ---- rows (rows.c)
void put_task_fact(struct projection_rows *rows, const char *task, const struct task_fact *fact);
void put_visit_fact(struct projection_rows *rows, const char *visit, const struct visit_fact *fact);
void put_owner(struct projection_rows *rows, const char *client, const struct owner_row *owner);
void put_person(struct projection_rows *rows, const char *person, const char *client,
                const struct person_row *row);
void put_personal(struct projection_rows *rows, const char *person, const struct personal_row *row);
void put_contact(struct projection_rows *rows, const char *client,
                 const struct ledger_moment *moment);
void put_text(struct projection_rows *rows, enum agenda_table table, const char *id,
              const char *text);
void put_number(struct projection_rows *rows, enum agenda_table table, const char *id,
                int64_t number);
// Nothing if the moment is unknown.
void put_calendar(struct projection_rows *rows, const struct ledger_moment *moment,
                  enum calendar_kind kind, const char *id);

#endif
