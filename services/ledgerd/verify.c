// Verify: one bounded step of re-reading what is stored. It is done on the thread that received the
// request, and one at a time, so that the others are there for everybody else.
#include "log/verify.h"

#include <string.h>

#include "ledgerd.h"

enum { BUSY_RETRY_MS = 100 };

static enum ledger_err take(const Ledger__V1__VerifyRequest *from, struct ledger_verify *asked,
                            struct ledger_error *error) {
    *asked = (struct ledger_verify){
        .resume = ledger_span_of(from->resume.data, from->has_resume ? from->resume.len : 0),
        .max_ms = from->has_max_ms ? from->max_ms : LEDGER_VERIFY_MS_DEFAULT,
        .log_only = from->has_log_only && from->log_only,
    };
    if (asked->max_ms == 0 || asked->max_ms > LEDGER_VERIFY_MS_MAX)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "max_ms", "must be 1 to %d",
                           LEDGER_VERIFY_MS_MAX);
    return LEDGER_E_OK;
}

static enum ledger_err run(struct ledgerd *ledgerd, const struct ledger_verify *asked,
                           struct ledger_verify_report *report, struct ledger_error *error) {
    if (atomic_exchange(&ledgerd->verifying, true)) {
        ledger_fail(error, LEDGER_E_BUSY, NULL,
                    "a step of another run is under way; retry in a moment");
        error->retry_after_ms = BUSY_RETRY_MS;
        return LEDGER_E_BUSY;
    }
    enum ledger_err err = ledger_log_verify(ledgerd->log, asked, report, error);
    atomic_store(&ledgerd->verifying, false);
    return err;
}

static void answer(struct ledger_request *request, struct ledger_verify_report *report) {
    Ledger__V1__VerifyReply body;
    Ledger__V1__VerifyFault fault;
    ledger_verify_to_wire(report, &body, &fault);
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    reply.body_case = LEDGER__V1__REPLY__BODY_VERIFY;
    reply.verify = &body;
    ledger_request_answer(request, &reply);
}

void ledgerd_verify(struct ledgerd *ledgerd, struct ledger_request *request,
                    const Ledger__V1__Request *message) {
    struct ledger_verify asked;
    struct ledger_verify_report report;
    struct ledger_error error = {0};
    enum ledger_err err = take(message->verify, &asked, &error);
    if (err == LEDGER_E_OK)
        err = run(ledgerd, &asked, &report, &error);
    if (err == LEDGER_E_OK)
        answer(request, &report);
    else
        ledger_request_answer_error(request, &error);
}
