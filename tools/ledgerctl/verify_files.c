#include "verify_files.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

// What the two processes share.
struct shared {
    bool over; // the report or the error is there
    enum ledger_err err;
    struct ledger_error error;
    struct ledger_verify_report report; // of the last step
    volatile struct ledger_verify_place place;
};

static enum ledger_err run(const char *data, bool log_only, struct shared *shared,
                           void (*progress)(void *user, const struct ledger_verify_report *report),
                           void *user) {
    struct ledger_verify_files *files;
    struct ledger_verify_report last = {.resume_size = 0};
    enum ledger_err err = ledger_verify_open(data, &files, &shared->error);
    if (err != LEDGER_E_OK)
        return err;
    do {
        struct ledger_verify asked = {.resume = ledger_span_of(last.resume, last.resume_size),
                                      .max_ms = LEDGER_VERIFY_MS_DEFAULT,
                                      .log_only = log_only,
                                      .place = &shared->place};
        err = ledger_verify_step(files, &asked, &shared->report, &shared->error);
        last = shared->report;
        if (err == LEDGER_E_OK && progress != NULL)
            progress(user, &last);
    } while (err == LEDGER_E_OK && last.resume_size != 0);
    ledger_verify_close(files);
    return err;
}

// A sanitizer's handlers would end the process in a way that tells less.
static void reset_signals(void) {
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)signal(numbers[i], SIG_DFL);
}

// How the other process ended, if it did so before its time.
static enum ledger_err explain_end(int status, struct shared *shared, struct ledger_error *error) {
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number != SIGSEGV && number != SIGBUS && number != SIGABRT)
        return ledger_fail(error, LEDGER_E_INTERNAL, NULL,
                           "the process that looked at the files ended with status %d", status);
    struct ledger_verify_report *report = &shared->report;
    uint64_t position = shared->place.position != 0 ? shared->place.position : 1;
    report->position = position - 1;
    report->resume_size = 0;
    report->fault.position = position;
    report->fault.where = shared->place.in_index ? "index" : "block";
    (void)snprintf(report->fault.message, sizeof report->fault.message,
                   "the store's own pages are damaged: reading them ended by signal %d (%s)",
                   number, strsignal(number));
    return LEDGER_E_OK;
}

static enum ledger_err wait_for(pid_t child, struct shared *shared, struct ledger_error *error) {
    int status;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return ledger_fail(error, LEDGER_E_INTERNAL, NULL, "waiting: %s", strerror(errno));
    }
    if (!shared->over)
        return explain_end(status, shared, error);
    if (shared->err != LEDGER_E_OK)
        *error = shared->error;
    return shared->err;
}

enum ledger_err verify_files(const char *data, bool log_only, struct ledger_verify_report *report,
                             void (*progress)(void *user,
                                              const struct ledger_verify_report *report),
                             void *user, struct ledger_error *error) {
    struct shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "verifying");
    enum ledger_err err;
    pid_t child = fork();
    if (child == 0) {
        reset_signals();
        shared->err = run(data, log_only, shared, progress, user);
        shared->over = true;
        _exit(0);
    }
    if (child < 0)
        err =
            ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "starting a process: %s", strerror(errno));
    else
        err = wait_for(child, shared, error);
    *report = shared->report;
    (void)munmap(shared, sizeof *shared);
    return err;
}
