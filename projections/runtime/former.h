// The model of an earlier fold. A process whose program has another fold than the model it finds
// makes a new one beside it; the former, frozen at its checkpoint, goes on answering until the new
// one has come as far. From then on the new one answers, and the former is deleted. Which of the
// two answers follows from their checkpoints alone, so that a process killed at any moment goes on
// where it was.
#ifndef PROJECTION_FORMER_H
#define PROJECTION_FORMER_H

#include "projection_internal.h"

struct projection_former;

// The former model in `directory`, if one knows more than the process's own does: into
// process->former, else NULL. Of several, one whose rows can be read comes first, then the
// furthest. LEDGER_E_LOCKED: another process has it.
LEDGER_MUST_CHECK enum ledger_err projection_former_open(struct projection_process *process,
                                                         const char *directory,
                                                         struct ledger_error *error);
// When nobody has taken it. Its files stay, unless it was over. NULL is allowed.
void projection_former_close(struct projection_former *former);

// All of these: any thread; a former that is NULL is over.
struct projection_former_facts {
    uint64_t position; // 0 = it is over: the process's own model answers
    uint32_t fold_version;
    bool answers; // its rows can be read
};
struct projection_former_facts projection_former_facts(struct projection_former *former);
// Until it is given back. NULL if it does not answer, or is over.
struct projection_model *projection_former_take(struct projection_former *former);
void projection_former_give(struct projection_former *former);
// The process's own model has moved: the former may be over.
void projection_former_review(struct projection_process *process);
// Whether it is over and nobody has it, so that its files can be deleted; true once.
bool projection_former_claim(struct projection_former *former);
void projection_former_delete(struct projection_process *process); // by who claimed it

// Says in a former's answer what it is and how far the new one has come.
LEDGER_MUST_CHECK enum ledger_err
projection_former_note(const struct projection_process *process,
                       const struct projection_former_facts *facts, Ledger__V1__QueryReply *reply,
                       struct ledger_arena *arena, struct ledger_error *error);
// Refuses a question that only the new model can answer.
enum ledger_err projection_former_refuse(const struct projection_process *process,
                                         const struct projection_former_facts *facts,
                                         struct ledger_error *error);

#endif
