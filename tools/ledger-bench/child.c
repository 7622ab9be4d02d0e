#include "child.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { STOP_PATIENCE_S = 60, STOP_CHECK_MS = 10, EXEC_FAILED = 127 };

// In the child, which has one thread and may call async-signal-safe functions only.
static void become(char *const *argv, int output, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0)
        _exit(EXEC_FAILED);
    execv(argv[0], argv);
    _exit(EXEC_FAILED);
}

enum ledger_err child_start(char *const *argv, const char *log, pid_t *pid,
                            struct ledger_error *error) {
    if (access(argv[0], X_OK) != 0)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", argv[0],
                           strerror(errno));
    int output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (output < 0)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", log,
                           strerror(errno));
    pid_t parent = getpid();
    *pid = fork();
    if (*pid == 0)
        become(argv, output, parent);
    int errnum = errno;
    close(output);
    if (*pid < 0)
        return ledger_fail(error, ledger_err_from_errno(errnum), NULL, "starting %s: %s", argv[0],
                           strerror(errnum));
    return LEDGER_E_OK;
}

bool child_runs(pid_t pid) {
    return waitpid(pid, NULL, WNOHANG) == 0;
}

void child_kill(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

void child_stop(pid_t pid) {
    uint64_t patience = clock_now() + STOP_PATIENCE_S * NANOS_PER_SECOND;
    kill(pid, SIGTERM);
    while (child_runs(pid)) {
        if (clock_now() > patience) {
            child_kill(pid);
            return;
        }
        clock_sleep_ms(STOP_CHECK_MS);
    }
}

enum ledger_err child_program(const char *name, char *path, size_t size,
                              struct ledger_error *error) {
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return ledger_fail(error, ledger_err_from_errno(errno), NULL, "/proc/self/exe: %s",
                           strerror(errno));
    self[length] = '\0';
    char *last = strrchr(self, '/');
    int written = name == NULL ? snprintf(path, size, "%s", self)
                               : snprintf(path, size, "%.*s/%s", (int)(last - self), self, name);
    if (written < 0 || (size_t)written >= size)
        return ledger_fail(error, LEDGER_E_CONFIG_INVALID, NULL, "the path is too long: %s", self);
    return LEDGER_E_OK;
}

unsigned child_free_port(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    unsigned port = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    if (bind(fd, (struct sockaddr *)&address, size) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        port = ntohs(address.sin_port);
    close(fd);
    return port;
}
