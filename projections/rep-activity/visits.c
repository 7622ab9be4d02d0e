// The register of visits, latest first.
#include <stdlib.h>
#include <string.h>

#include "rep_activity.h"
#include "runtime/ids.h"
#include "runtime/order.h"

struct visit {
    uint64_t position;
    struct ledger_moment occurred;
    const char *rep, *client;
    struct visit_row row;
};

struct visits {
    struct visit *list;
    size_t count, capacity;
};

static const struct projection_column columns[] = {
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"rep", "Representative", PROJECTION_ID},
    {"rep_name", "Representative's name", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"visit", "Visit", PROJECTION_ID, .detail = true},
    {"kind", "Kind", PROJECTION_TEXT, .detail = true},
    {"result", "Result", PROJECTION_TEXT},
    {"delay_hours", "Entry delay, hours", PROJECTION_RATIO, .detail = true},
};

static enum ledger_err collect(struct projection_view *view, const char *rep, const char *client,
                               const struct projection_period *period, struct visits *visits,
                               struct ledger_error *error) {
    struct projection_key prefix = {0};
    struct projection_row row;
    if (rep)
        projection_key_text(&prefix, rep);
    struct projection_cursor *cursor = projection_scan(view, VISITS, &prefix, false);
    while (projection_next(cursor, &row)) {
        struct ledger_span rep_id, client_id;
        if (!projection_period_holds(period, &row.occurred) ||
            !projection_key_read_text(&row.key, &rep_id) ||
            !projection_key_read_text(&row.key, &client_id))
            continue;
        const char *id = (const char *)client_id.data;
        if (client && !projection_view_is_client(view, id, client))
            continue;
        const char *now = projection_view_client(view, id);
        if (!projection_grow(projection_view_arena(view), &visits->list, &visits->capacity,
                             visits->count, sizeof(struct visit)))
            return projection_no_memory(error);
        visits->list[visits->count++] = (struct visit){.position = row.position,
                                                       .occurred = row.occurred,
                                                       .rep = (const char *)rep_id.data,
                                                       .client = now,
                                                       .row = visit_row_read(row.value)};
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

// Unknown times last.
static int latest_first(const void *a, const void *b) {
    const struct visit *left = a;
    const struct visit *right = b;
    return projection_fact_order(&right->occurred, right->position, &left->occurred,
                                 left->position);
}

static void answer_visit(struct projection_view *view, struct projection_answer *answer,
                         const struct visit *visit) {
    projection_answer_integer(answer, (int64_t)visit->position);
    projection_answer_moment(answer, &visit->occurred);
    projection_answer_text(answer, visit->rep);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, visit->rep));
    projection_answer_text(answer, visit->client);
    projection_answer_text(answer, projection_name(view, CLIENTS, visit->client));
    projection_answer_text(answer, visit->row.visit_id);
    projection_answer_text(answer, visit->row.kind);
    projection_answer_text(answer, visit->row.result);
    projection_answer_ratio(answer, visit->row.delay_seconds, visit->row.assessed ? 3600 : 0);
}

enum ledger_err visits_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct visits visits = {0};
    struct projection_period period;
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_period(arguments, &period, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = collect(view, projection_argument(arguments, "rep"),
                      projection_view_client(view, projection_argument(arguments, "client")),
                      &period, &visits, error);
    if (err)
        return err;
    if (visits.count)
        qsort(visits.list, visits.count, sizeof(struct visit), latest_first);
    size_t kept = limit && limit < visits.count ? (size_t)limit : visits.count;
    projection_answer_table(answer, "visits", "Visits", PROJECTION_COLUMNS(columns));
    for (size_t i = 0; i < kept; i++)
        answer_visit(view, answer, &visits.list[i]);
    projection_answer_left_off(answer, visits.count - kept);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
