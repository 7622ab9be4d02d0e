// The server against peers that speak NNG badly, or not at all.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "test_rpc_fixture.h"

// Sends bytes as a request of our own making.
static int send_frame(const struct fixture *fixture, const void *bytes, size_t size,
                      nng_msg **reply) {
    nng_socket socket;
    nng_msg *message;
    assert_int_equal(nng_req0_open(&socket), 0);
    nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, 300);
    assert_int_equal(nng_dial(socket, fixture->url, NULL, 0), 0);
    assert_int_equal(nng_msg_alloc(&message, 0), 0);
    assert_int_equal(nng_msg_append(message, bytes, size), 0);
    assert_int_equal(nng_sendmsg(socket, message, 0), 0);
    int code = nng_recvmsg(socket, reply, 0);
    nng_close(socket);
    return code;
}

static void assert_malformed(const struct fixture *fixture, const void *bytes, size_t size) {
    nng_msg *message = NULL;
    assert_int_equal(send_frame(fixture, bytes, size, &message), 0);
    Ledger__V1__Reply *reply =
        ledger__v1__reply__unpack(NULL, nng_msg_len(message), nng_msg_body(message));
    nng_msg_free(message);
    assert_non_null(reply);
    assert_non_null(reply->error);
    assert_int_equal(reply->error->number, LEDGER_E_MALFORMED);
    assert_string_equal(reply->error->code, "malformed");
    assert_false(reply->error->retryable);
    ledger__v1__reply__free_unpacked(reply, NULL);
}

static void garbage_is_answered_as_malformed(void **state) {
    static const uint8_t unending[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const uint8_t truncated[] = {0x52, 0x10, 0x0a};
    assert_malformed(*state, unending, sizeof unending);
    assert_malformed(*state, truncated, sizeof truncated);
    assert_serves(*state);
}

// By a socket without NNG.
static int connect_plainly(const struct fixture *fixture) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/x.sock", fixture->directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

// Without NNG: an NNG peer would connect and send again for as long as it lives, and closing
// it in the middle of that can hang this process, which is the server's too.
static void an_oversize_frame_costs_its_sender_the_connection(void **state) {
    static const uint8_t greeting_and_size[] = {0, 'S', 'P', 0, 0, 0x30, 0, 0, 1,
                                                0, 0,   0,   0, 0, 0x7f, 0, 0, 0};
    const struct timeval patience = {.tv_sec = 20};
    int fd = connect_plainly(*state);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(write(fd, greeting_and_size, sizeof greeting_and_size),
                     sizeof greeting_and_size);
    uint8_t bytes[64];
    ssize_t got;
    do
        got = read(fd, bytes, sizeof bytes); // the server's greeting, then the end
    while (got > 0);
    assert_true(got == 0 || errno == ECONNRESET);
    close(fd);
    assert_serves(*state);
}

static void a_peer_that_does_not_speak_the_protocol_does_no_harm(void **state) {
    int fd = connect_plainly(*state);
    assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
    assert_serves(*state);
    close(fd);
}

// Enough to stop a listener of NNG 1.5 for good: it finds the connection closed when it wants to
// shake hands.
static void peers_that_leave_at_once_do_not_stop_the_listener(void **state) {
    for (int i = 0; i < 20; i++)
        close(connect_plainly(*state));
    assert_serves(*state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RPC_TEST(garbage_is_answered_as_malformed),
        RPC_TEST(an_oversize_frame_costs_its_sender_the_connection),
        RPC_TEST(a_peer_that_does_not_speak_the_protocol_does_no_harm),
        RPC_TEST(peers_that_leave_at_once_do_not_stop_the_listener),
    };
    return cmocka_run_group_tests_name("rpc peers", tests, NULL, NULL);
}
