// ledgerctl status: ledgerd, every projection that has a socket, and the reactor, or one of them.
#include "status.h"

#include <string.h>

#include "commands.h"
#include "ledger/json.h"
#include "services.h"

struct settings {
    struct common common;
};

static const struct ledger_option options[] = {COMMON_OPTIONS(struct settings)};

static const struct ledger_program program = {
    .name = "ledgerctl status",
    .usage = "[options] [SERVICE]",
    .summary = "Tells what runs, and how far each service is; of one SERVICE, all it says.",
    .details = "SERVICE is ledgerd, a projection or the reactor. Exit status: 0 if ledgerd\n"
               "answers (or the SERVICE that was named), else that of the reason: 69 if it is\n"
               "not running, 75 if it does not answer in time, 2 if there is no such SERVICE.\n"
               "`behind` counts the facts that a projection has not taken in yet, `parked` those\n"
               "it set aside because it could not use them. Of the reactor, `behind` counts the\n"
               "facts recorded since it last looked.\n"
               "\n"
               "Examples:\n"
               "  ledgerctl status\n"
               "  ledgerctl status rep-activity\n"
               "  ledgerctl status ledgerd --json | jq .head\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

static const char ledgerd_name[] = "ledgerd";

static enum ledger_err ask(const struct common *common, const char *name,
                           struct ledger_arena *arena, struct service_status *status) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest body = LEDGER__V1__STATUS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    request.body_case = LEDGER__V1__REQUEST__BODY_STATUS;
    request.status = &body;
    *status = (struct service_status){.name = name};
    const char *socket = strcmp(name, ledgerd_name) == 0 ? "read" : name;
    enum ledger_err err = services_ask(common, socket, &request, arena, &reply, &status->error);
    if (err == LEDGER_E_OK)
        status->reply = reply->status;
    return err;
}

// ---- one

// An overview is shown without it, if it cannot be had.
static const Ledger__V1__Cursor *find_furthest(const struct common *common,
                                               struct ledger_arena *arena) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__ListCursorsRequest body = LEDGER__V1__LIST_CURSORS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    const Ledger__V1__Cursor *furthest = NULL;
    request.body_case = LEDGER__V1__REQUEST__BODY_LIST_CURSORS;
    request.list_cursors = &body;
    if (services_ask(common, "read", &request, arena, &reply, NULL) != LEDGER_E_OK)
        return NULL;
    for (size_t i = 0; i < reply->list_cursors->n_cursors; i++) {
        const Ledger__V1__Cursor *cursor = reply->list_cursors->cursors[i];
        if (cursor->lag_events > (furthest != NULL ? furthest->lag_events : 0))
            furthest = cursor;
    }
    return furthest;
}

static enum ledger_err run_one(const struct common *common, const char *name,
                               struct ledger_arena *arena, struct ledger_error *error) {
    struct service_status status;
    enum ledger_err err = ask(common, name, arena, &status);
    if (err != LEDGER_E_OK) {
        *error = status.error;
        return err == LEDGER_E_UNAVAILABLE && strcmp(name, ledgerd_name) != 0
                   ? services_explain_absence(common, "service", name, arena, error)
                   : err;
    }
    if (common->json) {
        common_print_document(ledger_json_from_message(&status.reply->base));
        return LEDGER_E_OK;
    }
    if (status.reply->ledger != NULL && status.reply->ledger->cursors != 0)
        status.furthest = find_furthest(common, arena);
    return status_print_one(&status);
}

// ---- all

static json_t *json_of(const struct service_status *status) {
    if (status->reply != NULL)
        return ledger_json_from_message(&status->reply->base);
    return json_pack("{s:s,s:o}", "service", status->name, "error",
                     common_error_json(&status->error));
}

// {"ledgerd":{…},"projections":[{…}],"reactor":{…}}
static void print_json(const struct service_status *services, size_t count) {
    const struct service_status *reactor = &services[count - 1];
    json_t *projections = json_array();
    for (size_t i = 1; &services[i] != reactor; i++)
        json_array_append_new(projections, json_of(&services[i]));
    common_print_document(json_pack("{s:o,s:o,s:o}", ledgerd_name, json_of(&services[0]),
                                    "projections", projections, SERVICES_REACTOR,
                                    json_of(reactor)));
}

static void ask_reactor(const struct common *common, struct ledger_arena *arena,
                        const struct service_status *ledgerd, struct service_status *reactor) {
    if (ask(common, SERVICES_REACTOR, arena, reactor) != LEDGER_E_OK || ledgerd->reply == NULL)
        return;
    uint64_t head = ledgerd->reply->head;
    reactor->behind = head > reactor->reply->head ? head - reactor->reply->head : 0;
}

static enum ledger_err run_all(const struct common *common, struct ledger_arena *arena,
                               struct ledger_error *error) {
    struct service_names names;
    enum ledger_err err = services_find(common, arena, &names, error);
    if (err != LEDGER_E_OK)
        return err;
    size_t count = names.count + 2; // ledgerd comes first, the reactor last
    struct service_status *services = ledger_arena_calloc(arena, count * sizeof *services);
    if (services == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "asking services");
    enum ledger_err ledgerd = ask(common, ledgerd_name, arena, &services[0]);
    if (ledgerd != LEDGER_E_OK && names.count == 0) {
        *error = services[0].error;
        return ledgerd;
    }
    // One that does not answer is shown as such.
    for (size_t i = 0; i < names.count; i++)
        services[i + 1].name = ask(common, names.list[i], arena, &services[i + 1]) == LEDGER_E_OK
                                   ? names.list[i]
                                   : services[i + 1].name;
    ask_reactor(common, arena, &services[0], &services[count - 1]);
    if (common->json)
        print_json(services, count);
    else
        err = status_print_all(services, count);
    if (err == LEDGER_E_OK && ledgerd != LEDGER_E_OK)
        *error = services[0].error;
    return err != LEDGER_E_OK ? err : ledgerd;
}

static enum ledger_err run(const struct common *common, char **arguments, int count,
                           struct ledger_error *error) {
    struct ledger_arena *arena = ledger_arena_new(0);
    if (arena == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    enum ledger_err err =
        count == 1 ? run_one(common, arguments[0], arena, error) : run_all(common, arena, error);
    ledger_arena_free(arena);
    return err;
}

int ledgerctl_status(int argc, char **argv) {
    struct settings settings = {0};
    return common_run(&program, argc, argv, &settings.common, 1, run);
}
