// Needs that we do not meet, ranked, and those that we have come to meet.
#include "needs.h"

#include <string.h>

#include "facts/v1/client.pb-c.h"
#include "sets.h"

enum {
    MET = FACTS__V1__TECHNICAL_NEED_RECORDED__MET__YES,
    PARTLY = FACTS__V1__TECHNICAL_NEED_RECORDED__MET__PARTLY,
    NOT_MET = FACTS__V1__TECHNICAL_NEED_RECORDED__MET__NO,
};

// ---- one need
static bool is_in(const char *text, const char *wanted) {
    return !wanted || (text && strcmp(text, wanted) == 0);
}

static bool same_client(struct projection_view *view, const char *a, const char *b) {
    return projection_text_order(a, b) == 0 || (a && b && projection_view_is_client(view, a, b));
}

// The last statement replaces those before it; only what names the need (code and product) stays
// as it was said last.
static bool fold(struct needs *needs, const struct projection_history *history, struct need *need) {
    *need = (struct need){.id = history->id,
                          .first = history->list[0].occurred,
                          .last = history->list[history->count - 1].occurred};
    const char *code = NULL, *product = NULL;
    bool several = false;
    for (size_t i = 0; i < history->count; i++) {
        struct need_row row;
        outreach_row_read(NEED_ROW, history->list[i].value, &row);
        several |= i > 0 && !same_client(needs->view, row.client, need->row.client);
        bool was_met = need->row.met == MET && i > 0;
        if (row.met == MET && !was_met)
            need->met_since = history->list[i].occurred;
        need->was_unmet |= row.met != MET;
        code = row.code ? row.code : code;
        product = row.product ? row.product : product;
        need->row = row;
    }
    need->row.code = code;
    need->row.product = product;
    bool wanted = is_in(code, needs->code) && is_in(product, needs->product) &&
                  (!needs->client || same_client(needs->view, need->row.client, needs->client));
    if (!wanted)
        return false;
    need->client = projection_view_client(needs->view, need->row.client);
    needs->several_clients += several;
    return true;
}

enum ledger_err needs_read(struct needs *needs, const struct projection_arguments *arguments,
                           struct ledger_error *error) {
    struct projection_histories histories;
    struct projection_view *view = needs->view;
    const struct projection_history *history = NULL;
    enum ledger_err err = LEDGER_E_OK;
    needs->code = projection_argument(arguments, "code");
    needs->product = projection_argument(arguments, "product");
    needs->client = projection_view_client(view, projection_argument(arguments, "client"));
    if (needs->client) {
        const char *const *ids;
        size_t count = projection_view_client_ids(view, needs->client, &ids);
        err = projection_histories_under(&histories, view, NEEDS, false, CLIENT_NEEDS, ids, count,
                                         error);
    } else {
        projection_histories_all(&histories, view, NEEDS, false);
    }
    while (!err) {
        struct need need;
        err = projection_histories_next(&histories, &history, error);
        if (err || !history)
            break;
        if (!fold(needs, history, &need))
            continue;
        if (!projection_grow(projection_view_arena(view), &needs->list, &needs->capacity,
                             needs->count, sizeof need))
            return projection_no_memory(error);
        needs->list[needs->count++] = need;
    }
    return err;
}

bool need_is_unmet(const struct need *need) {
    return need->row.met == NOT_MET || need->row.met == PARTLY;
}
bool need_is_partly_met(const struct need *need) {
    return need->row.met == PARTLY;
}
bool need_is_met(const struct need *need) {
    return need->row.met == MET;
}
