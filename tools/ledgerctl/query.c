// ledgerctl query: any question to any projection. What a projection can be asked is its own
// knowledge: parameters pass through as they are, and it refuses those it does not know.
#include "query.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "commands.h"
#include "display.h"
#include "services.h"

struct settings {
    struct common common;
    bool wide;
};

static const struct ledger_option options[] = {
    {.name = "wide",
     .kind = LEDGER_OPTION_FLAG,
     .offset = offsetof(struct settings, wide),
     .help = "every column in full, however wide the terminal is"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl query",
    .usage = "[PROJECTION [QUERY] [--PARAMETER VALUE ...]] [options]",
    .summary = "Asks a projection; without PROJECTION, tells which are running.",
    .details =
        "`ledgerctl query PROJECTION --help` lists its queries with their parameters. Every\n"
        "query takes --as-of-recorded and --as-of-position (what was known then), and\n"
        "--as-of-occurred (what had happened by then).\n"
        "\n"
        "Examples:\n"
        "  ledgerctl query\n"
        "  ledgerctl query rep-activity --help\n"
        "  ledgerctl query sales-funnel --as-of-occurred 2017-06-30\n"
        "  ledgerctl query client-history --client 42 --json\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

// The words of a command line: options of ours, and what is meant for the projection.
struct words {
    char **own; // options and their values, and the words that are no option
    int own_count;
    Ledger__V1__Parameter *parameters;
    Ledger__V1__Parameter **list;
    size_t parameter_count;
    bool help;
};

static const struct ledger_option *own_option(struct ledger_span name) {
    for (size_t i = 0; i < program.option_count; i++)
        if (ledger_span_equal(ledger_span_text(program.options[i].name), name))
            return &program.options[i];
    return NULL;
}

static bool is_option(const char *word) {
    return strncmp(word, "--", 2) == 0 && word[2] != '\0';
}

// "--name value", "--name=value"; a name alone says "true".
static enum ledger_err take_parameter(struct words *words, struct ledger_arena *arena, int argc,
                                      char **argv, int *at, struct ledger_error *error) {
    Ledger__V1__Parameter *parameter = &words->parameters[words->parameter_count];
    const char *name = argv[*at] + 2;
    size_t size = strcspn(name, "=");
    ledger__v1__parameter__init(parameter);
    parameter->name = ledger_arena_text(arena, ledger_span_of(name, size));
    if (parameter->name == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    if (name[size] == '=')
        parameter->value = (char *)name + size + 1;
    else if (*at + 1 < argc && !is_option(argv[*at + 1]))
        parameter->value = argv[++*at];
    else
        parameter->value = (char *)""; // the projection says that it needs a value
    words->list[words->parameter_count++] = parameter;
    return LEDGER_E_OK;
}

static enum ledger_err split_words(struct words *words, struct ledger_arena *arena, int argc,
                                   char **argv, struct ledger_error *error) {
    size_t count = (size_t)argc + 1;
    words->own = ledger_arena_calloc(arena, count * sizeof *words->own);
    words->parameters = ledger_arena_calloc(arena, count * sizeof *words->parameters);
    words->list = ledger_arena_calloc(arena, count * sizeof *words->list);
    if (words->own == NULL || words->parameters == NULL || words->list == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            words->help = true;
            continue;
        }
        const char *name = argv[i] + (is_option(argv[i]) ? 2 : 0);
        const struct ledger_option *own =
            is_option(argv[i]) ? own_option(ledger_span_of(name, strcspn(name, "="))) : NULL;
        if (is_option(argv[i]) && own == NULL) {
            enum ledger_err err = take_parameter(words, arena, argc, argv, &i, error);
            if (err != LEDGER_E_OK)
                return err;
            continue;
        }
        words->own[words->own_count++] = argv[i];
        if (own != NULL && own->kind != LEDGER_OPTION_FLAG && strchr(argv[i], '=') == NULL &&
            i + 1 < argc)
            words->own[words->own_count++] = argv[++i];
    }
    return LEDGER_E_OK;
}

static enum ledger_err ask(const struct settings *settings, const char *projection,
                           const char *query, const struct words *words, struct ledger_arena *arena,
                           struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__QueryRequest body = LEDGER__V1__QUERY_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    body.query = (char *)query;
    body.n_parameters = words->parameter_count;
    body.parameters = words->list;
    request.body_case = LEDGER__V1__REQUEST__BODY_QUERY;
    request.query = &body;
    enum ledger_err err =
        services_ask(&settings->common, projection, &request, arena, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    if (!settings->common.json)
        return answer_print(reply->query, settings->wide ? INT_MAX : display_width_of_terminal());
    json_t *json = answer_to_json(reply->query);
    if (json == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "printing an answer");
    common_print_document(json);
    return LEDGER_E_OK;
}

// The projection answers when it has come to the position; ours may be the shorter patience.
static enum ledger_err explain_timeout(const struct settings *settings, const struct words *words,
                                       struct ledger_error *error) {
    for (size_t i = 0; i < words->parameter_count; i++)
        if (strcmp(words->list[i]->name, "wait-for") == 0)
            return ledger_fail(error, LEDGER_E_TIMEOUT, "wait-for",
                               "position %s was not reached within the %d s of --timeout",
                               words->list[i]->value, (int)settings->common.timeout_s);
    return error->code;
}

static enum ledger_err run(const struct settings *settings, const struct words *words, int rest,
                           struct ledger_arena *arena, struct ledger_error *error) {
    const struct common *common = &settings->common;
    if (rest == 0 && words->parameter_count > 0)
        return ledger_fail(error, LEDGER_E_USAGE, words->list[0]->name,
                           "a parameter goes with a PROJECTION (see --help)");
    if (rest == 0)
        return query_list(common, arena, error);
    const char *projection = words->own[0];
    if (projection[0] == '\0')
        return ledger_fail(error, LEDGER_E_USAGE, NULL,
                           "PROJECTION is empty; `ledgerctl query` tells which there are");
    const char *query = rest > 1 ? words->own[1] : NULL;
    enum ledger_err err = words->help ? query_help(common, projection, query, arena, error)
                                      : ask(settings, projection, query, words, arena, error);
    if (err == LEDGER_E_UNAVAILABLE)
        return services_explain_absence(common, "projection", projection, arena, error);
    return err == LEDGER_E_TIMEOUT ? explain_timeout(settings, words, error) : err;
}

int ledgerctl_query(int argc, char **argv) {
    struct settings settings = {0};
    struct words words = {0};
    struct ledger_error error = {0};
    int rest = 0;
    bool done = false;
    struct ledger_arena *arena = ledger_arena_new(0);
    enum ledger_err err = arena != NULL
                              ? split_words(&words, arena, argc, argv, &error)
                              : ledger_fail(&error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    if (err == LEDGER_E_OK)
        err = ledger_config_flags(&program, words.own_count, words.own, &settings, &rest, &done,
                                  &error);
    if (err == LEDGER_E_OK && rest > 2)
        err = ledger_fail(&error, LEDGER_E_USAGE, NULL, "unexpected argument: %s", words.own[2]);
    if (err == LEDGER_E_OK && words.help && rest == 0)
        err =
            ledger_config_flags(&program, 1, &(char *){"--help"}, &settings, &rest, &done, &error);
    else if (err == LEDGER_E_OK)
        err = run(&settings, &words, rest, arena, &error);
    ledger_arena_free(arena);
    return err == LEDGER_E_OK ? 0 : common_fail("query", common_asks_json(argc, argv), &error);
}
