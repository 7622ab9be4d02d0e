// Answers status requests, from what the last round left.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ledger/client.h"
#include "ledger/server.h"
#include "reactor.h"

enum { URL_SIZE = 256 };

struct serve {
    struct progress *progress;
    struct ledger_server *server;
};

static void answer_status(const struct serve *serve, struct ledger_request *request) {
    struct progress *progress = serve->progress;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    Ledger__V1__StatusReply status = LEDGER__V1__STATUS_REPLY__INIT;
    Ledger__V1__LedgerIdentity identity = LEDGER__V1__LEDGER_IDENTITY__INIT;
    Ledger__V1__ReactorStatus reactor = LEDGER__V1__REACTOR_STATUS__INIT;
    char problem[PROGRESS_PROBLEM_SIZE];
    pthread_mutex_lock(&progress->lock);
    struct ledger_identity ledger = progress->identity;
    memcpy(problem, progress->problem, sizeof problem);
    status.started_at = progress->started_at;
    reactor.position = progress->position;
    reactor.looked_at = progress->looked_at;
    reactor.added = progress->added;
    pthread_mutex_unlock(&progress->lock);
    status.service = text_of(REACTOR);
    status.version = text_of(FIELDLEDGER_VERSION);
    status.has_pid = status.has_started_at = status.has_head = true;
    status.pid = (uint64_t)getpid();
    status.head = reactor.position;
    reactor.has_added = true;
    reactor.has_position = reactor.has_looked_at = reactor.looked_at != 0;
    reactor.problem = problem[0] != '\0' ? problem : NULL;
    if (reactor.has_position) {
        identity.has_ledger_id = identity.has_epoch = true;
        identity.ledger_id =
            (ProtobufCBinaryData){sizeof ledger.ledger_id.bytes, ledger.ledger_id.bytes};
        identity.epoch = ledger.epoch;
        status.identity = &identity;
    }
    status.reactor = &reactor;
    reply.body_case = LEDGER__V1__REPLY__BODY_STATUS;
    reply.status = &status;
    ledger_request_answer(request, &reply);
}

static void handle(void *user, struct ledger_request *request, const Ledger__V1__Request *message) {
    struct ledger_error error = {0};
    if (message->body_case == LEDGER__V1__REQUEST__BODY_STATUS) {
        answer_status(user, request);
        return;
    }
    (void)ledger_fail(&error, LEDGER_E_INVALID_REQUEST, NULL, "the reactor answers status alone");
    ledger_request_answer_error(request, &error);
}

enum ledger_err serve_open(const char *data, struct progress *progress, struct serve **made,
                           struct ledger_error *error) {
    char url[URL_SIZE];
    struct serve *serve = calloc(1, sizeof *serve);
    *made = serve;
    if (serve == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for the status");
    serve->progress = progress;
    const struct ledger_server_options options = {
        .url = url, .contexts = 4, .handler = handle, .user = serve};
    enum ledger_err err = ledger_socket_url(data, REACTOR, url, sizeof url, error);
    return err == LEDGER_E_OK ? ledger_server_open(&options, &serve->server, error) : err;
}

void serve_close(struct serve *serve) {
    if (serve == NULL)
        return;
    ledger_server_close(serve->server);
    free(serve);
}
