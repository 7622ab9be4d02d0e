// Keeps an ipc listener alive.
//
// In NNG before 1.6 a peer that connects and goes before the two have shaken hands can stop a
// listener for good (nanomsg/nng issue 1518): a client killed at the wrong moment would leave a
// service that runs, and that nobody reaches. So we knock at our own door: a connection that is
// made and does not arrive as a pipe within a few turns means that the listener is dead, and it is
// made anew. The same heals a socket file that somebody removed.
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ledger/logging.h"
#include "rpc_internal.h"

enum {
    TURN_MS = 500,
    TURNS_WITHOUT_ANSWER_MAX = 3,
    KNOCKS_WITHOUT_DEPARTURE_MAX = 20,
    HANDSHAKE_TIMEOUT_MS = 1000,
};

// What SP peers send each other first; 0x30 is REQ.
static const unsigned char handshake[8] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};

struct ledger_watch {
    nng_aio *timer;
    const char *path;
    const struct ledger_traffic *traffic;
    void (*dead)(void *user);
    void *user;
    int knock; // our connection, or -1
    uint64_t arrivals_before;
    unsigned turns;
    uint64_t departures_before;
    unsigned knocks_without_departure;
};

// A connection that has sent its half of the handshake; -1 with errno.
static int knock_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = strlen(path);
    if (size >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, size);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        send(fd, handshake, sizeof handshake, MSG_NOSIGNAL) == sizeof handshake)
        return fd;
    int code = errno;
    close(fd);
    errno = code;
    return -1;
}

enum ledger_ipc_state ledger_ipc_state(const char *path) {
    int fd = knock_at(path);
    if (fd < 0)
        return errno == ECONNREFUSED ? LEDGER_IPC_STALE
               : errno == ENOENT     ? LEDGER_IPC_ABSENT
                                     : LEDGER_IPC_ANSWERS;
    // Leaving before the other side has sent its half is what hurts it.
    struct pollfd answer = {.fd = fd, .events = POLLIN};
    poll(&answer, 1, HANDSHAKE_TIMEOUT_MS);
    close(fd);
    return LEDGER_IPC_ANSWERS;
}

static void end_knock(struct ledger_watch *watch) {
    if (watch->knock >= 0)
        close(watch->knock);
    watch->knock = -1;
    watch->turns = 0;
}

static void knock_again(struct ledger_watch *watch) {
    watch->arrivals_before = watch->traffic->arrivals;
    watch->knock = knock_at(watch->path);
}

// Our own knocks leave all the time. If nobody does, NNG has stopped freeing connections (see
// nng_close.c): the service works on, but learns no longer that a peer has gone.
static void check_departures(struct ledger_watch *watch) {
    uint64_t departures = watch->traffic->departures;
    if (departures != watch->departures_before) {
        watch->departures_before = departures;
        watch->knocks_without_departure = 0;
    } else if (++watch->knocks_without_departure == KNOCKS_WITHOUT_DEPARTURE_MAX) {
        ledger_log_error("connections are no longer freed; restart this service soon",
                         "socket=\"%s\"", watch->path);
    }
}

static void turn(void *arg) {
    struct ledger_watch *watch = arg;
    if (nng_aio_result(watch->timer) != 0)
        return; // stopped
    if (watch->knock >= 0 && watch->traffic->arrivals > watch->arrivals_before) {
        end_knock(watch);
        check_departures(watch);
    } else if (watch->turns >= TURNS_WITHOUT_ANSWER_MAX) {
        end_knock(watch);
        watch->dead(watch->user);
    } else if (watch->knock >= 0) {
        watch->turns++;
    } else {
        knock_again(watch);
        // A full queue of connections is a busy listener, not a dead one.
        if (watch->knock < 0 && (errno == ENOENT || errno == ECONNREFUSED))
            watch->turns++;
    }
    nng_sleep_aio(TURN_MS, watch->timer);
}

int ledger_watch_start(const char *path, const struct ledger_traffic *traffic,
                       void (*dead)(void *user), void *user, struct ledger_watch **started) {
    struct ledger_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        return NNG_ENOMEM;
    watch->path = path;
    watch->traffic = traffic;
    watch->dead = dead;
    watch->user = user;
    watch->knock = -1;
    int code = nng_aio_alloc(&watch->timer, turn, watch);
    if (code != 0) {
        free(watch);
        return code;
    }
    nng_sleep_aio(TURN_MS, watch->timer);
    *started = watch;
    return 0;
}

void ledger_watch_stop(struct ledger_watch *watch) {
    if (watch == NULL)
        return;
    nng_aio_stop(watch->timer); // waits for a turn that is being taken
    nng_aio_free(watch->timer);
    end_knock(watch);
    free(watch);
}
