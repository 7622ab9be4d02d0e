// A service on NNG alone, with no work of its own.
#include "echo.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <string.h>
#include <unistd.h>

#include "ledger/limits.h"

enum { CONTEXTS = 128 };

struct answerer {
    nng_ctx context;
    nng_aio *aio;
    bool answering;
};

static nng_msg *make_reply(nng_msg *request) {
    uint32_t size;
    nng_msg *reply;
    if (nng_msg_len(request) < sizeof size)
        return request;
    memcpy(&size, nng_msg_body(request), sizeof size);
    if (size == nng_msg_len(request) || size > LEDGER_REPLY_SIZE_MAX ||
        nng_msg_alloc(&reply, size) != 0)
        return request;
    nng_msg_free(request);
    return reply;
}

static void step(void *arg) {
    struct answerer *answerer = arg;
    int code = nng_aio_result(answerer->aio);
    if (!answerer->answering && code == 0) {
        answerer->answering = true;
        nng_aio_set_msg(answerer->aio, make_reply(nng_aio_get_msg(answerer->aio)));
        nng_ctx_send(answerer->context, answerer->aio);
        return;
    }
    if (code != 0 && answerer->answering)
        nng_msg_free(nng_aio_get_msg(answerer->aio));
    if (code == NNG_ECLOSED)
        return;
    answerer->answering = false;
    nng_ctx_recv(answerer->context, answerer->aio);
}

static int answerer_start(struct answerer *answerer, nng_socket socket) {
    int code = nng_ctx_open(&answerer->context, socket);
    if (code == 0)
        code = nng_aio_alloc(&answerer->aio, step, answerer);
    if (code == 0)
        nng_ctx_recv(answerer->context, answerer->aio);
    return code;
}

// The process is ended from outside: nothing is put away.
enum ledger_err echo_serve(const char *url, struct ledger_error *error) {
    static struct answerer answerers[CONTEXTS];
    nng_socket socket;
    int code = nng_rep0_open(&socket);
    for (unsigned i = 0; code == 0 && i < CONTEXTS; i++)
        code = answerer_start(&answerers[i], socket);
    if (code == 0)
        code = nng_listen(socket, url, NULL, 0);
    if (code != 0)
        return ledger_fail(error, LEDGER_E_UNAVAILABLE, NULL, "%s: %s", url, nng_strerror(code));
    for (;;)
        pause();
}
