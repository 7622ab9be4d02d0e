#include "wire.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <stdlib.h>

#include "clock.h"
#include "ledger/limits.h"

enum {
    TIMEOUT_MS = 60000,
    HEADER_SIZE_MAX = 64,
    CONNECT_PATIENCE_S = 10,
    CONNECT_AGAIN_MS = 5,
};

struct lane {
    nng_ctx context;
    nng_aio *aio;
    nng_msg *message; // the request before it is sent, the reply after it came
};

struct wire {
    nng_socket socket;
    unsigned lane_count;
    struct lane lanes[];
};

static enum ledger_err fail(struct ledger_error *error, int code, const char *doing) {
    enum ledger_err err = code == NNG_ENOMEM      ? LEDGER_E_NO_MEMORY
                          : code == NNG_ETIMEDOUT ? LEDGER_E_TIMEOUT
                                                  : LEDGER_E_UNAVAILABLE;
    return ledger_fail(error, err, NULL, "%s: %s", doing, nng_strerror(code));
}

static int connect_to(struct wire *wire, const char *url) {
    int code = nng_socket_set_size(wire->socket, NNG_OPT_RECVMAXSZ,
                                   LEDGER_REPLY_SIZE_MAX + HEADER_SIZE_MAX);
    if (code == 0)
        code = nng_socket_set_ms(wire->socket, NNG_OPT_REQ_RESENDTIME, TIMEOUT_MS);
    uint64_t patience = clock_now() + CONNECT_PATIENCE_S * NANOS_PER_SECOND;
    while (code == 0 && (code = nng_dial(wire->socket, url, NULL, 0)) != 0 &&
           clock_now() < patience) { // nobody listens yet
        clock_sleep_ms(CONNECT_AGAIN_MS);
        code = 0;
    }
    return code;
}

static int lane_open(struct wire *wire) {
    struct lane *lane = &wire->lanes[wire->lane_count];
    int code = nng_ctx_open(&lane->context, wire->socket);
    if (code != 0)
        return code;
    code = nng_aio_alloc(&lane->aio, NULL, NULL);
    if (code != 0) {
        nng_ctx_close(lane->context);
        return code;
    }
    nng_aio_set_timeout(lane->aio, TIMEOUT_MS);
    wire->lane_count++;
    return 0;
}

enum ledger_err wire_open(const char *url, unsigned lanes, struct wire **out,
                          struct ledger_error *error) {
    *out = NULL;
    struct wire *wire = calloc(1, sizeof *wire + lanes * sizeof *wire->lanes);
    if (wire == NULL)
        return fail(error, NNG_ENOMEM, url);
    int code = nng_req0_open(&wire->socket);
    if (code != 0) {
        free(wire);
        return fail(error, code, url);
    }
    code = connect_to(wire, url);
    while (code == 0 && wire->lane_count < lanes)
        code = lane_open(wire);
    if (code != 0) {
        wire_close(wire);
        return fail(error, code, url);
    }
    *out = wire;
    return LEDGER_E_OK;
}

void wire_close(struct wire *wire) {
    if (wire == NULL)
        return;
    for (unsigned i = 0; i < wire->lane_count; i++) {
        struct lane *lane = &wire->lanes[i];
        nng_aio_stop(lane->aio);
        nng_msg_free(lane->message);
        nng_aio_free(lane->aio);
        nng_ctx_close(lane->context);
    }
    nng_close(wire->socket);
    free(wire);
}

uint8_t *wire_prepare(struct wire *wire, unsigned lane_number, size_t size) {
    struct lane *lane = &wire->lanes[lane_number];
    nng_msg_free(lane->message);
    lane->message = NULL;
    return nng_msg_alloc(&lane->message, size) == 0 ? nng_msg_body(lane->message) : NULL;
}

// A send is finished when the connection has taken the request; a reply may then be awaited.
enum ledger_err wire_send(struct wire *wire, unsigned lane_number, struct ledger_error *error) {
    struct lane *lane = &wire->lanes[lane_number];
    nng_aio_set_msg(lane->aio, lane->message);
    nng_ctx_send(lane->context, lane->aio);
    nng_aio_wait(lane->aio);
    int code = nng_aio_result(lane->aio);
    if (code != 0)
        return fail(error, code, "sending a request");
    lane->message = NULL;
    nng_ctx_recv(lane->context, lane->aio);
    return LEDGER_E_OK;
}

enum ledger_err wire_receive(struct wire *wire, unsigned lane_number, struct ledger_span *reply,
                             struct ledger_error *error) {
    struct lane *lane = &wire->lanes[lane_number];
    nng_aio_wait(lane->aio);
    int code = nng_aio_result(lane->aio);
    if (code != 0)
        return fail(error, code, "waiting for a reply");
    lane->message = nng_aio_get_msg(lane->aio);
    *reply = ledger_span_of(nng_msg_body(lane->message), nng_msg_len(lane->message));
    return LEDGER_E_OK;
}
