// The main thread of a daemon: signals and other threads' wake-ups on one libevent loop.
#include "runtime/service.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ledger/files.h"
#include "ledger/logging.h"

enum { FILE_MODE = 0640 };

struct service {
    struct event_base *base;
    struct event *interrupt;
    struct event *terminate;
    struct event *stop; // raised by service_stop, from any thread
    char *pid_file;
};

static void on_signal(evutil_socket_t number, short what, void *arg) {
    struct service *service = arg;
    (void)what;
    ledger_log_info("stopping", "signal=%s", sigabbrev_np((int)number));
    event_base_loopbreak(service->base);
}

static void on_stop(evutil_socket_t fd, short what, void *arg) {
    struct service *service = arg;
    (void)fd;
    (void)what;
    event_base_loopbreak(service->base);
}

// A connection is a file. The soft limit is low only for the sake of programs that use select().
static void raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        ledger_log_warn("cannot raise the limit of open files", "reason=\"%s\"", strerror(errno));
}

enum ledger_err service_new(struct service **made, struct ledger_error *error) {
    *made = NULL;
    if (evthread_use_pthreads() != 0)
        return ledger_fail(error, LEDGER_E_INTERNAL, NULL, "libevent without threads");
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    struct service *service = calloc(1, sizeof *service);
    if (service == NULL)
        goto no_memory;
    service->base = event_base_new();
    if (service->base == NULL)
        goto no_memory;
    service->interrupt = evsignal_new(service->base, SIGINT, on_signal, service);
    service->terminate = evsignal_new(service->base, SIGTERM, on_signal, service);
    service->stop = event_new(service->base, -1, 0, on_stop, service);
    if (service->interrupt == NULL || service->terminate == NULL || service->stop == NULL)
        goto no_memory;
    if (evsignal_add(service->interrupt, NULL) != 0 || evsignal_add(service->terminate, NULL) != 0)
        goto no_memory;
    *made = service;
    return LEDGER_E_OK;

no_memory:
    service_free(service);
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "making the main loop");
}

static void event_free_if(struct event *event) {
    if (event != NULL)
        event_free(event);
}

static void remove_pid_file(struct service *service) {
    if (service->pid_file != NULL)
        unlink(service->pid_file);
    free(service->pid_file);
    service->pid_file = NULL;
}

void service_free(struct service *service) {
    if (service == NULL)
        return;
    event_free_if(service->interrupt);
    event_free_if(service->terminate);
    event_free_if(service->stop);
    if (service->base != NULL)
        event_base_free(service->base);
    remove_pid_file(service);
    free(service);
}

enum ledger_err service_stop_with_parent(struct service *service, struct ledger_error *error) {
    const char *told = getenv("LEDGER_PARENT");
    pid_t parent = told != NULL ? (pid_t)strtol(told, NULL, 10) : getppid();
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "prctl: %s", strerror(errno));
    // It may have died before the kernel was told to watch it.
    if (getppid() != parent)
        service_stop(service);
    return LEDGER_E_OK;
}

void service_run(struct service *service) {
    if (event_base_loop(service->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
        ledger_log_error("the main loop failed", "%s", "");
}

void service_stop(struct service *service) {
    event_active(service->stop, EV_TIMEOUT, 0);
}

static enum ledger_err write_pid(const char *path, struct ledger_error *error) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", path,
                           strerror(errno));
    int written = dprintf(fd, "%" PRIdMAX "\n", (intmax_t)getpid());
    int code = written < 0 ? errno : 0;
    close(fd);
    if (code != 0)
        return ledger_fail(error, ledger_err_from_errno(code), NULL, "%s: %s", path,
                           strerror(code));
    return LEDGER_E_OK;
}

enum ledger_err service_run_files(struct service *service, const char *data, const char *name,
                                  struct ledger_error *error) {
    char directory[PATH_MAX];
    char path[PATH_MAX];
    if (snprintf(directory, sizeof directory, "%s/run", data) >= (int)sizeof directory ||
        snprintf(path, sizeof path, "%s/%s.pid", directory, name) >= (int)sizeof path)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, "data", "the path is too long");
    enum ledger_err err = ledger_directory_make(data, error);
    if (err == LEDGER_E_OK)
        err = ledger_directory_make(directory, error);
    if (err == LEDGER_E_OK)
        err = write_pid(path, error);
    if (err != LEDGER_E_OK)
        return err;
    char *copy = strdup(path);
    if (copy == NULL) {
        unlink(path);
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "naming the pid file");
    }
    remove_pid_file(service);
    service->pid_file = copy;
    return LEDGER_E_OK;
}
