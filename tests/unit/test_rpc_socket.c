// The socket's file: whose it is, who may open it, and what its name may be.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "test_rpc_fixture.h"

static void a_socket_that_answers_is_not_taken_over(void **state) {
    struct fixture *fixture = *state;
    struct ledger_server_options options = {
        .url = fixture->url, .handler = fixture_handle, .user = fixture};
    struct ledger_server *second = NULL;
    assert_int_equal(ledger_server_open(&options, &second, NULL), LEDGER_E_LOCKED);
    assert_null(second);
    assert_serves(fixture);
}

static void a_stale_socket_is_replaced_and_private(void **state) {
    struct fixture *fixture = *state;
    stop_serving(fixture);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/x.sock", fixture->directory);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(fd); // leaves the file, as a killed process does
    serve(fixture, 4);
    assert_serves(fixture);
    struct stat status;
    assert_int_equal(stat(address.sun_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_file_that_is_no_socket_is_left_alone(void **state) {
    struct fixture *fixture = *state;
    stop_serving(fixture);
    char path[128];
    snprintf(path, sizeof path, "%s/x.sock", fixture->directory);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    struct ledger_server_options options = {
        .url = fixture->url, .handler = fixture_handle, .user = fixture};
    struct ledger_server *server = NULL;
    assert_int_equal(ledger_server_open(&options, &server, NULL), LEDGER_E_CONFIG_INVALID);
    assert_int_equal(access(path, F_OK), 0);
}

static void relative_paths_work(void **state) {
    struct fixture *fixture = *state;
    stop_serving(fixture);
    assert_int_equal(chdir(fixture->directory), 0);
    assert_int_equal(mkdir("run", 0700), 0);
    assert_int_equal(ledger_socket_url(".", "read", fixture->url, sizeof fixture->url, NULL),
                     LEDGER_E_OK);
    assert_string_equal(fixture->url, "ipc://./run/read.sock");
    serve(fixture, 1);
    assert_serves(fixture);
    stop_serving(fixture);
    assert_int_equal(access("run/read.sock", F_OK), -1); // removed at a clean end
    rmdir("run");
    assert_int_equal(chdir("/"), 0);
}

static void a_path_too_long_for_a_socket_is_refused(void **state) {
    (void)state;
    char url[256];
    char data[120];
    memset(data, 'd', sizeof data);
    data[93] = '\0';
    struct ledger_error error = {0};
    assert_int_equal(ledger_socket_url(data, "xxxx", url, sizeof url, &error),
                     LEDGER_E_OK); // 107 bytes
    data[93] = 'd';
    data[94] = '\0';
    assert_int_equal(ledger_socket_url(data, "xxxx", url, sizeof url, &error),
                     LEDGER_E_CONFIG_INVALID);
    assert_int_equal(ledger_socket_url("d", "read", url, 8, &error), LEDGER_E_CONFIG_INVALID);
}

static void a_removed_socket_file_comes_back(void **state) {
    struct fixture *fixture = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/x.sock", fixture->directory);
    assert_int_equal(unlink(path), 0);
    struct asking asking = {.arena = ledger_arena_new(0)};
    struct ledger_client_options options = {.url = fixture->url, .wait_for_service = true};
    assert_int_equal(ledger_client_open(&options, &asking.client, NULL), LEDGER_E_OK);
    assert_int_equal(ask(&asking, LEDGER__V1__REQUEST__BODY_STATUS), LEDGER_E_OK);
    asking_close(&asking);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        RPC_TEST(a_socket_that_answers_is_not_taken_over),
        RPC_TEST(a_stale_socket_is_replaced_and_private),
        RPC_TEST(a_file_that_is_no_socket_is_left_alone),
        RPC_TEST(relative_paths_work),
        cmocka_unit_test(a_path_too_long_for_a_socket_is_refused),
        RPC_TEST(a_removed_socket_file_comes_back),
    };
    return cmocka_run_group_tests_name("rpc socket", tests, NULL, NULL);
}
