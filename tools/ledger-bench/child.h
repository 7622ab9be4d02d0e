// Programs that are measured against run as children: they end with this process.
#ifndef LEDGER_BENCH_CHILD_H
#define LEDGER_BENCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "ledger/error.h"

// `argv` ends with NULL; output goes to the end of `log`. The calling thread must outlive the
// child.
LEDGER_MUST_CHECK enum ledger_err child_start(char *const *argv, const char *log, pid_t *pid,
                                              struct ledger_error *error);
// SIGTERM, and SIGKILL if that does not end it in time.
void child_stop(pid_t pid);
void child_kill(pid_t pid); // SIGKILL
// False once it has ended by itself; it is then reaped.
bool child_runs(pid_t pid);

// The path of this program, or of `name` beside it.
LEDGER_MUST_CHECK enum ledger_err child_program(const char *name, char *path, size_t size,
                                                struct ledger_error *error);
// A port of 127.0.0.1 that is free now; 0 if there is none.
unsigned child_free_port(void);

#endif
