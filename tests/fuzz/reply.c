// A packed Reply, as a client gets it from whoever listens at a service's place; and what ledgerctl
// prints of it.
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "answer.h"
#include "fuzz.h"
#include "ledger/client.h"
#include "ledger/event.h"
#include "ledger/json.h"
#include "ledger/limits.h"

static void error_is_taken(const Ledger__V1__Error *wire) {
    struct ledger_error error;
    ledger_error_from_reply(wire, &error);
    MUST(error.code != LEDGER_E_OK);
    MUST(strnlen(error.message, sizeof error.message) < sizeof error.message);
    MUST(strnlen(error.field, sizeof error.field) < sizeof error.field);
    MUST(strnlen(error.stream, sizeof error.stream) < sizeof error.stream);
}

static void record_is_shown(const Ledger__V1__Record *record, struct ledger_arena *arena) {
    json_t *json = ledger_record_to_json(record, arena);
    MUST(json != NULL);
    json_decref(json);
}

static void answer_is_shown(const Ledger__V1__QueryReply *answer) {
    json_t *json = answer_to_json(answer);
    MUST(json != NULL);
    json_decref(json);
    MUST(answer_print(answer, 80) == LEDGER_E_OK);
    MUST(answer_print(answer, INT_MAX) == LEDGER_E_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static FILE *quiet;
    if (quiet == NULL)
        quiet = freopen("/dev/null", "w", stdout);
    MUST(quiet != NULL);
    struct ledger_arena *arena = fuzz_arena();
    struct ledger_error error = {0};
    const Ledger__V1__Reply *reply = (const Ledger__V1__Reply *)fuzz_unpack(
        &ledger__v1__reply__descriptor, ledger_span_of(data, size), LEDGER_REPLY_SIZE_MAX, arena);
    if (reply == NULL)
        return 0;
    if (reply->error != NULL)
        error_is_taken(reply->error);
    if (reply->body_case == LEDGER__V1__REPLY__BODY_READ)
        for (size_t i = 0; i < reply->read->n_records; i++)
            record_is_shown(reply->read->records[i], arena);
    if (reply->body_case == LEDGER__V1__REPLY__BODY_QUERY &&
        ledger_message_check(&reply->query->base, &error) == LEDGER_E_OK)
        answer_is_shown(reply->query);
    return 0;
}
