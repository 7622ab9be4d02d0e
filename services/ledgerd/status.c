#include <unistd.h>

#include "ledger/logging.h"
#include "ledgerd.h"

void ledgerd_status(struct ledgerd *ledgerd, struct ledger_request *request,
                    const Ledger__V1__Request *message) {
    (void)message;
    struct ledger_log_status status;
    struct ledger_error error = {0};
    uint32_t cursors = 0;
    enum ledger_err err = ledger_log_status(ledgerd->log, &status, &error);
    if (err == LEDGER_E_OK)
        err = cursors_count(ledgerd->cursors, &cursors, &error);
    if (err != LEDGER_E_OK) {
        ledger_request_answer_error(request, &error);
        return;
    }
    struct ledger_log_identity identity;
    Ledger__V1__LedgerIdentity wire_identity = ledgerd_identity(ledgerd, &identity);
    Ledger__V1__LedgerStatus ledger = LEDGER__V1__LEDGER_STATUS__INIT;
    ledger.has_last_recorded_at = status.last_recorded_at != 0;
    ledger.last_recorded_at = status.last_recorded_at;
    ledger.has_folded_to = ledger.has_blocks = ledger.has_root_hash = ledger.has_streams = 1;
    ledger.folded_to = status.folded_to;
    ledger.blocks = status.blocks;
    ledger.root_hash.data = status.root;
    ledger.root_hash.len = sizeof status.root;
    ledger.streams = status.streams;
    ledger.has_log_bytes = ledger.has_index_bytes = ledger.has_disk_free_bytes = 1;
    ledger.log_bytes = status.log_bytes;
    ledger.index_bytes = status.index_bytes;
    ledger.disk_free_bytes = status.disk_free_bytes;
    ledger.has_waiting_readers = 1;
    ledger.waiting_readers = waiters_count(ledgerd->waiters);
    ledger.has_cursors = 1;
    ledger.cursors = cursors;
    ledger.data_directory = (char *)(uintptr_t)ledgerd->data;
    Ledger__V1__StatusReply body = LEDGER__V1__STATUS_REPLY__INIT;
    body.service = (char *)(uintptr_t) "ledgerd";
    body.version = (char *)(uintptr_t)FIELDLEDGER_VERSION;
    body.has_pid = body.has_started_at = body.has_head = 1;
    body.pid = (uint64_t)getpid();
    body.started_at = ledgerd->started_at;
    body.head = status.head;
    body.identity = &wire_identity;
    body.ledger = &ledger;
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    reply.body_case = LEDGER__V1__REPLY__BODY_STATUS;
    reply.status = &body;
    ledger_request_answer(request, &reply);
}
