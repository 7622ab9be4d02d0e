#include "query.h"

#include <stdio.h>
#include <string.h>

#include "display.h"
#include "ledger/json.h"
#include "services.h"
#include "table.h"

static enum ledger_err describe(const struct common *common, const char *projection,
                                struct ledger_arena *arena, const Ledger__V1__DescribeReply **reply,
                                struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__DescribeRequest body = LEDGER__V1__DESCRIBE_REQUEST__INIT;
    Ledger__V1__Reply *answer;
    request.body_case = LEDGER__V1__REQUEST__BODY_DESCRIBE;
    request.describe = &body;
    enum ledger_err err = services_ask(common, projection, &request, arena, &answer, error);
    if (err == LEDGER_E_OK)
        *reply = answer->describe;
    return err;
}

static const char *or_empty(const char *text) {
    return text != NULL ? text : "";
}

static void print_parameters(Ledger__V1__ParameterDescription *const *list, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *value = or_empty(list[i]->value);
        printf("    --%s%s%s\n        %s%s\n", or_empty(list[i]->name), value[0] != '\0' ? " " : "",
               value, or_empty(list[i]->help), list[i]->required ? " (needed)" : "");
    }
}

static enum ledger_err print_queries(const Ledger__V1__DescribeReply *from, const char *query,
                                     struct ledger_error *error) {
    bool found = false;
    for (size_t i = 0; i < from->n_queries; i++) {
        const Ledger__V1__QueryDescription *one = from->queries[i];
        if (query != NULL && strcmp(or_empty(one->name), query) != 0)
            continue;
        found = true;
        printf("\n  %s%s\n    %s\n", or_empty(one->name),
               i == 0 && query == NULL ? " (asked when none is named)" : "", or_empty(one->help));
        print_parameters(one->parameters, one->n_parameters);
    }
    if (found || query == NULL)
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_NOT_FOUND, "query", "%s has no query \"%s\"",
                       or_empty(from->projection), query);
}

enum ledger_err query_help(const struct common *common, const char *projection, const char *query,
                           struct ledger_arena *arena, struct ledger_error *error) {
    const Ledger__V1__DescribeReply *reply = NULL;
    enum ledger_err err = describe(common, projection, arena, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    if (common->json) {
        common_print_document(ledger_json_from_message(&reply->base));
        return LEDGER_E_OK;
    }
    printf(
        "Usage: ledgerctl query %s [QUERY] [--PARAMETER VALUE ...] [options]\n\n%s\n\nQueries:\n",
        projection, or_empty(reply->summary));
    err = print_queries(reply, query, error);
    if (err != LEDGER_E_OK)
        return err;
    puts("\nWith every query:");
    print_parameters(reply->common, reply->n_common);
    puts("\n`ledgerctl query --help` tells the options.");
    return LEDGER_E_OK;
}

// ---- what runs

static enum ledger_err print_list(const struct service_names *names, const char *const *summaries,
                                  bool json) {
    if (json) {
        json_t *list = json_array();
        for (size_t i = 0; i < names->count; i++)
            json_array_append_new(list, json_pack("{s:s,s:s?}", "projection", names->list[i],
                                                  "summary", summaries[i]));
        common_print_document(json_pack("{s:o}", "projections", list));
        return LEDGER_E_OK;
    }
    struct table *table = table_new();
    if (table == NULL)
        return LEDGER_E_NO_MEMORY;
    table_column(table, "projection", TABLE_WORD);
    table_column(table, "what it tells", TABLE_PROSE);
    for (size_t i = 0; i < names->count; i++) {
        table_cell(table, names->list[i]);
        table_cell(table, summaries[i] != NULL ? summaries[i] : "(not running)");
    }
    enum ledger_err err = table_print(table, display_width_of_terminal());
    table_free(table);
    puts("\n`ledgerctl query PROJECTION --help` lists its queries.");
    return err;
}

enum ledger_err query_list(const struct common *common, struct ledger_arena *arena,
                           struct ledger_error *error) {
    struct service_names names;
    enum ledger_err err = services_find(common, arena, &names, error);
    if (err != LEDGER_E_OK)
        return err;
    if (names.count == 0)
        return ledger_fail(error, LEDGER_E_UNAVAILABLE, NULL,
                           "no projection is running on %s: start the ledger with ./tools/up, or "
                           "name its directory with --data",
                           common->data);
    const char **summaries = ledger_arena_calloc(arena, names.count * sizeof *summaries);
    if (summaries == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    for (size_t i = 0; i < names.count; i++) {
        const Ledger__V1__DescribeReply *reply = NULL;
        if (describe(common, names.list[i], arena, &reply, NULL) == LEDGER_E_OK)
            summaries[i] = or_empty(reply->summary);
    }
    return print_list(&names, summaries, common->json);
}
