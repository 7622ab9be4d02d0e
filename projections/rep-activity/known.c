// Ids asked for of which nothing is known: told, so that a slip of the pen is no empty answer.
#include "rep_activity.h"

static bool is_visited(struct projection_view *view, const char *client) {
    struct projection_cursor *cursor = projection_scan(view, VISITS, NULL, true);
    struct projection_row row;
    bool found = false;
    while (!found && projection_next(cursor, &row)) {
        struct ledger_span rep, id;
        found = projection_key_read_text(&row.key, &rep) &&
                projection_key_read_text(&row.key, &id) &&
                projection_view_is_client(view, (const char *)id.data, client);
    }
    projection_scan_end(cursor);
    return found;
}

static bool is_given_value(struct projection_view *view, const char *client) {
    struct projection_cursor *cursor = projection_scan(view, TRANSFERS, NULL, true);
    struct projection_row row;
    bool found = false;
    while (!found && projection_next(cursor, &row))
        found = projection_view_is_client(view, transfer_row_read(row.value).client, client);
    projection_scan_end(cursor);
    return found;
}

static bool is_client_known(struct projection_view *view, const char *client) {
    static const uint8_t table = CLIENTS;
    const char *const *ids;
    return projection_knows(view, &table, 1, client) ||
           projection_view_client_ids(view, client, &ids) > 1 || is_visited(view, client) ||
           is_given_value(view, client);
}

void note_unknown_ids(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer) {
    static const uint8_t rep_tables[] = {VISITS, EMPLOYEES, TRANSFERS, INTERACTIONS,
                                         TIES,   JOINTS,    STAFF,     HOLDERS};
    const char *rep = projection_argument(arguments, "rep");
    const char *client = projection_argument(arguments, "client");
    if (rep && !projection_knows(view, rep_tables, sizeof rep_tables, rep))
        projection_answer_nothing_known(answer, "representative", rep);
    if (client && !is_client_known(view, client))
        projection_answer_nothing_known(answer, "client", client);
}
