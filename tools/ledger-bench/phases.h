// The phases, a row each, in the order in which they are measured:
//
//   append_phases.c    A1 A2 A3 A4
//   read_phases.c      R1 R2
//   subscribe_phase.c  S1
//   disk_phase.c       D
//   floors.c           F_*: what the machine itself allows
#ifndef LEDGER_BENCH_PHASES_H
#define LEDGER_BENCH_PHASES_H

#include "append_request.h"
#include "pages.h"
#include "report.h"
#include "service.h"

// What is measured, and for how long.
struct bench {
    long run;
    char peer[40];
    double seconds;  // of a timed phase
    uint64_t events; // in the log before the reading phases
    struct workload *workload;
    struct service *service; // NULL for the floors
    const char *folder;      // for the floors' files
    enum service_transport transport;
    struct report *report;
};

struct phase {
    const char *name; // a floor's is the first part of its rows' names
    enum ledger_err (*measure)(const struct bench *bench, const struct phase *phase,
                               struct ledger_error *error);
    struct append_shape append;
    unsigned callers; // whose appends the client library gathers
    bool to_length;   // goes on until the log holds bench->events
    unsigned lanes;   // reads in flight
    enum page_form form;
    bool needs_log; // of bench->events
};

extern const struct phase ledger_phases[], floor_phases[];
extern const size_t ledger_phase_count, floor_phase_count;

enum ledger_err append_measure(const struct bench *bench, const struct phase *phase,
                               struct ledger_error *error);
enum ledger_err gather_measure(const struct bench *bench, const struct phase *phase,
                               struct ledger_error *error);
enum ledger_err replay_measure(const struct bench *bench, const struct phase *phase,
                               struct ledger_error *error);
enum ledger_err streams_measure(const struct bench *bench, const struct phase *phase,
                                struct ledger_error *error);
enum ledger_err subscribe_measure(const struct bench *bench, const struct phase *phase,
                                  struct ledger_error *error);
enum ledger_err disk_measure(const struct bench *bench, const struct phase *phase,
                             struct ledger_error *error);
enum ledger_err sync_measure(const struct bench *bench, const struct phase *phase,
                             struct ledger_error *error);
enum ledger_err commit_measure(const struct bench *bench, const struct phase *phase,
                               struct ledger_error *error);
enum ledger_err echo_measure(const struct bench *bench, const struct phase *phase,
                             struct ledger_error *error);

// As R2 and D, but the row is the caller's to report.
LEDGER_MUST_CHECK enum ledger_err streams_row(const struct bench *bench, const struct phase *phase,
                                              struct row *row, struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err disk_row(const struct bench *bench, const char *phase,
                                           struct row *row, struct ledger_error *error);

// Appends, unmeasured, what the log lacks to bench->events.
LEDGER_MUST_CHECK enum ledger_err append_fill(const struct bench *bench,
                                              struct ledger_error *error);

// Is the phase among the words of a list such as "A1,R1"? A word stands for the phase of that name
// and for those whose names go on with "." or "_". NULL: all are.
bool phase_chosen(const char *list, const char *name);
// LEDGER_E_USAGE if a word stands for none.
LEDGER_MUST_CHECK enum ledger_err phases_check(const char *list, struct ledger_error *error);

#endif
