// What every daemon's main thread does: a libevent loop that waits for signals and wake-ups from
// other threads, and stops cleanly.
#ifndef SERVICE_RUNTIME_SERVICE_H
#define SERVICE_RUNTIME_SERVICE_H

#include "ledger/error.h"

struct service;

// Makes the loop and takes SIGINT, SIGTERM (stop) and ignores SIGPIPE; raises the soft limit of
// open files to the hard one. Call it before threads start.
LEDGER_MUST_CHECK enum ledger_err service_new(struct service **service, struct ledger_error *error);
void service_free(struct service *service);

// The death of the process that started this one counts as SIGTERM, for daemons under ./tools/up.
// LEDGER_PARENT in the environment tells its process id: it may be gone before this is called.
LEDGER_MUST_CHECK enum ledger_err service_stop_with_parent(struct service *service,
                                                           struct ledger_error *error);
// Runs until a signal, or service_stop.
void service_run(struct service *service);
// Any thread.
void service_stop(struct service *service);

// Writes the process id to <data>/run/<name>.pid; removed by service_free, or once another name is
// written. Makes <data>/run.
LEDGER_MUST_CHECK enum ledger_err service_run_files(struct service *service, const char *data,
                                                    const char *name, struct ledger_error *error);

#endif
