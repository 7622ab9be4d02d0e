// The other end of the NNG floor: a service that does nothing.
#ifndef LEDGER_BENCH_ECHO_H
#define LEDGER_BENCH_ECHO_H

#include "ledger/error.h"

// Answers requests at `url` until the process is ended. The first four bytes of a request are the
// size of the reply it wants. Returns only if it cannot.
enum ledger_err echo_serve(const char *url, struct ledger_error *error);
enum { ECHO_HEADER_SIZE = sizeof(uint32_t) };

#endif
