#include "contacts.h"

#include <string.h>

static enum ledger_err open(struct contacts *contacts, uint8_t table, uint8_t of_client,
                            uint8_t of_actor, struct ledger_error *error) {
    if (contacts->client) {
        const char *const *ids;
        size_t count = projection_view_client_ids(contacts->view, contacts->client, &ids);
        return projection_histories_under(&contacts->histories, contacts->view, table, false,
                                          of_client, ids, count, error);
    }
    if (contacts->rep)
        return projection_histories_under(&contacts->histories, contacts->view, table, false,
                                          of_actor, &contacts->rep, 1, error);
    projection_histories_all(&contacts->histories, contacts->view, table, false);
    return LEDGER_E_OK;
}

enum ledger_err contacts_begin(struct contacts *contacts, struct projection_view *view,
                               const struct projection_arguments *arguments, bool visits,
                               struct ledger_error *error) {
    *contacts = (struct contacts){
        .view = view,
        .rep = projection_argument(arguments, "rep"),
        .client = projection_view_client(view, projection_argument(arguments, "client")),
        .visits = visits};
    enum ledger_err err = projection_argument_period(arguments, &contacts->period, error);
    return err ? err : open(contacts, INTERACTIONS, CLIENT_INTERACTIONS, ACTOR_INTERACTIONS, error);
}

static void read_contact(struct contacts *contacts, const struct projection_history *history) {
    struct contact *contact = &contacts->current;
    *contact = (struct contact){.id = history->id,
                                .visit = contacts->visited,
                                .position = history->list[0].position,
                                .when = history->list[0].occurred};
    outreach_row_read(INTERACTION_ROW, history->list[0].value, &contact->row);
    if (contact->row.has_started)
        contact->when = ledger_moment_instant(contact->row.started_micros,
                                              (int32_t)contact->row.started_offset);
}

static bool is_wanted(const struct contacts *contacts) {
    const struct contact *contact = &contacts->current;
    return projection_period_holds(&contacts->period, &contact->when) &&
           (!contacts->rep || strcmp(contact->row.actor, contacts->rep) == 0) &&
           (!contacts->client ||
            (contact->row.client &&
             projection_view_is_client(contacts->view, contact->row.client, contacts->client)));
}

// Of the interactions, then of the visits.
static enum ledger_err next_history(struct contacts *contacts,
                                    const struct projection_history **history,
                                    struct ledger_error *error) {
    enum ledger_err err = projection_histories_next(&contacts->histories, history, error);
    if (err || *history || !contacts->visits || contacts->visited)
        return err;
    contacts->visited = true;
    err = open(contacts, VISITS, CLIENT_VISITS, ACTOR_VISITS, error);
    return err ? err : projection_histories_next(&contacts->histories, history, error);
}

enum ledger_err contacts_next(struct contacts *contacts, const struct contact **contact,
                              struct ledger_error *error) {
    const struct projection_history *history = NULL;
    *contact = NULL;
    do {
        enum ledger_err err = next_history(contacts, &history, error);
        if (err || !history)
            return err;
        read_contact(contacts, history);
    } while (!is_wanted(contacts));
    if (contacts->visited)
        contacts->repeated_visits += history->count - 1;
    else
        contacts->repeated += history->count - 1;
    contacts->current.client = projection_view_client(contacts->view, contacts->current.row.client);
    *contact = &contacts->current;
    return LEDGER_E_OK;
}
