#include "common.h"

#include <stdio.h>
#include <string.h>

#include "ledger/json.h"
#include "ledger/server.h" // ledger_error_to_wire
#include "ledger/text.h"

int common_run(const struct ledger_program *program, int argc, char **argv, struct common *settings,
               int arguments_max, common_body *body) {
    struct ledger_error error = {0};
    int rest;
    bool done;
    enum ledger_err err =
        ledger_config_flags(program, argc - 1, argv + 1, settings, &rest, &done, &error);
    if (err == LEDGER_E_OK && done)
        return 0;
    if (err == LEDGER_E_OK && rest > arguments_max)
        err = ledger_fail(&error, LEDGER_E_USAGE, NULL, "unexpected argument: %s",
                          argv[1 + arguments_max]);
    if (err == LEDGER_E_OK)
        err = body(settings, argv + 1, rest, &error);
    return err == LEDGER_E_OK ? 0 : common_fail(argv[0], common_asks_json(argc, argv), &error);
}

bool common_asks_json(int argc, char *const *argv) {
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

bool common_split(const char *text, char separator, struct ledger_span *before,
                  struct ledger_span *after) {
    const char *at = strchr(text, separator);
    if (at == NULL)
        return false;
    *before = ledger_span_of(text, (size_t)(at - text));
    *after = ledger_span_text(at + 1);
    return true;
}

bool common_position(const char *text, uint64_t *position) {
    enum { GROUP = 3, DIGITS_MAX = 20 };
    char digits[DIGITS_MAX + 1];
    size_t count = 0, group = 0;
    bool grouped = false;
    for (; *text != '\0'; text++) {
        if (*text == ',') {
            if (group == 0 || group > GROUP || (grouped && group != GROUP))
                return false;
            grouped = true;
            group = 0;
            continue;
        }
        if (count == DIGITS_MAX)
            return false;
        digits[count++] = *text;
        group++;
    }
    return (!grouped || group == GROUP) &&
           ledger_u64_parse(ledger_span_of(digits, count), position);
}

enum ledger_err common_url(const struct common *common, const char *socket,
                           char url[COMMON_URL_SIZE], struct ledger_error *error) {
    const char *given = strcmp(socket, "append") == 0 ? common->append_url
                        : strcmp(socket, "read") == 0 ? common->read_url
                                                      : NULL;
    if (given == NULL)
        return ledger_socket_url(common->data, socket, url, COMMON_URL_SIZE, error);
    if (snprintf(url, COMMON_URL_SIZE, "%s", given) >= COMMON_URL_SIZE)
        return ledger_fail(error, LEDGER_E_USAGE, NULL, "the URL is too long");
    return LEDGER_E_OK;
}

enum ledger_err common_open(const struct common *common, const char *socket, bool wait,
                            struct ledger_client **client, struct ledger_error *error) {
    char url[COMMON_URL_SIZE];
    enum ledger_err err = common_url(common, socket, url, error);
    if (err != LEDGER_E_OK)
        return err;
    const struct ledger_client_options options = {
        .url = url,
        .timeout_ms = (uint32_t)common->timeout_s * 1000,
        .wait_for_service = wait,
    };
    return ledger_client_open(&options, client, error);
}

json_t *common_error_json(const struct ledger_error *error) {
    Ledger__V1__Error wire;
    ledger_error_to_wire(error, &wire);
    return ledger_json_from_message(&wire.base);
}

int common_fail(const char *command, bool json, const struct ledger_error *error) {
    const char *message = error->message[0] != '\0' ? error->message : ledger_err_text(error->code);
    if (json)
        common_print_line(json_pack("{s:o}", "error", common_error_json(error)));
    fprintf(stderr, "ledgerctl %s: %s%s%s (%s)\n", command, error->field,
            error->field[0] != '\0' ? ": " : "", message, ledger_err_code(error->code));
    return ledger_err_exit(error->code);
}

static bool print_json(json_t *json, size_t form) {
    if (json == NULL)
        return false;
    bool printed = json_dumpf(json, stdout, form) == 0;
    json_decref(json);
    return printed && putchar('\n') != EOF;
}

bool common_print_line(json_t *json) {
    return print_json(json, COMMON_LINE_FORM);
}

bool common_print_document(json_t *json) {
    return print_json(json, COMMON_REAL_FORM | JSON_INDENT(2));
}
