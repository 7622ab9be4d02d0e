#include "given.h"

#include <stdlib.h>
#include <string.h>

#include "sets.h"

static enum ledger_err scan(struct givens *givens, struct projection_view *view, const char *id,
                            const char *question, struct ledger_error *error) {
    struct projection_key prefix = {0};
    struct projection_row row;
    if (id)
        projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(view, ANSWERS, &prefix, false);
    while (projection_next(cursor, &row)) {
        struct given given = {.at = {row.position, row.occurred, row.value}};
        outreach_row_read(ANSWER_ROW, row.value, &given.row);
        if (question && projection_text_order(given.row.question, question) != 0)
            continue;
        if (!given.row.client) {
            givens->without_client++;
            continue;
        }
        given.client = projection_view_client(view, given.row.client);
        if (!projection_grow(projection_view_arena(view), &givens->list, &givens->capacity,
                             givens->count, sizeof given))
            return projection_no_memory(error);
        givens->list[givens->count++] = given;
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static int by_question(const void *a, const void *b) {
    const struct given *left = a;
    const struct given *right = b;
    int order = projection_text_order(left->client, right->client);
    if (!order)
        order = projection_text_order(left->row.question, right->row.question);
    return order ? order : projection_statement_order(&left->at, &right->at);
}

enum ledger_err givens_read(struct givens *givens, struct projection_view *view, const char *client,
                            const char *question, struct ledger_error *error) {
    const char *const *ids;
    size_t count = client ? projection_view_client_ids(view, client, &ids) : 0;
    enum ledger_err err = client ? LEDGER_E_OK : scan(givens, view, NULL, question, error);
    for (size_t i = 0; i < count && !err; i++)
        err = scan(givens, view, ids[i], question, error);
    if (!err && givens->count)
        qsort(givens->list, givens->count, sizeof *givens->list, by_question);
    return err;
}

bool given_again(const struct givens *givens, size_t i) {
    return i > 0 &&
           projection_text_order(givens->list[i - 1].client, givens->list[i].client) == 0 &&
           projection_text_order(givens->list[i - 1].row.question, givens->list[i].row.question) ==
               0;
}
