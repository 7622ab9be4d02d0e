// One client's card: what is known of it as things stand.
#include "card.h"

#include <string.h>

#include "assignments.h"
#include "facts/v1/client.pb-c.h"
#include "segments.h"

static const struct projection_column card_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"kind", "Kind", PROJECTION_TEXT},
    {"name", "Name", PROJECTION_TEXT},
    {"status", "Status", PROJECTION_TEXT},
    {"registered", "Registered", PROJECTION_TEXT},
    {"parent", "Parent", PROJECTION_ID},
    {"parent_name", "Parent's name", PROJECTION_TEXT},
    {"address", "Address", PROJECTION_TEXT},
    {"owner", "Owner", PROJECTION_ID},
    {"owner_name", "Owner's name", PROJECTION_TEXT},
    {"owner_since", "Owner since", PROJECTION_TEXT},
    {"territory", "Territory", PROJECTION_ID},
    {"territory_by", "Territory of", PROJECTION_TEXT},
    {"ids", "Ids", PROJECTION_INTEGER},
};
static const struct projection_column support_columns[] = {
    {"employee", "Employee", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"from", "From", PROJECTION_TEXT},
};
static const struct projection_column detail_columns[] = {
    {"field", "Field", PROJECTION_TEXT},     {"value", "Value", PROJECTION_TEXT},
    {"works_at", "Works at", PROJECTION_ID}, {"role", "As", PROJECTION_TEXT},
    {"from", "From", PROJECTION_DATE},       {"to", "Last day", PROJECTION_DATE},
    {"since", "Since", PROJECTION_TEXT},
};
static const struct projection_column segment_columns[] = {
    {"scheme", "Scheme", PROJECTION_TEXT}, {"segment", "Segment", PROJECTION_TEXT},
    {"basis", "Basis", PROJECTION_TEXT},   {"rule_version", "Rule", PROJECTION_TEXT},
    {"period", "Period", PROJECTION_TEXT}, {"since", "Since", PROJECTION_TEXT},
};

// ---- details
// The entry whose value stays for its field: of several ids, the one that the merges chose, else
// the first that has it.
static bool stays(struct card *card, const struct card_list *list, const struct card_entry *entry) {
    const char *field = (const char *)entry->rest.data;
    size_t lead = field_lead(card->view, card->ids, card->id_count, field);
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < list->count; i++) {
        const struct card_entry *other = &list->entries[i];
        if (!ledger_span_equal(other->rest, entry->rest))
            continue;
        if (other->id == lead)
            return entry->id == lead;
        if (first == SIZE_MAX)
            first = other->id;
    }
    return entry->id == first;
}

static const char *detail(struct card *card, const struct card_list *list, const char *field) {
    for (size_t i = 0; i < list->count; i++) {
        const struct card_entry *entry = &list->entries[i];
        if (strcmp((const char *)entry->rest.data, field) == 0 && stays(card, list, entry))
            return detail_row_read(entry->value).value;
    }
    return NULL;
}

static void answer_details(struct card *card, struct projection_answer *answer,
                           const struct card_list *list) {
    projection_answer_table(answer, "details", "Details", PROJECTION_COLUMNS(detail_columns));
    for (size_t i = 0; i < list->count; i++) {
        const struct card_entry *entry = &list->entries[i];
        const struct detail_row row = detail_row_read(entry->value);
        bool name = strcmp((const char *)entry->rest.data, "name") == 0;
        bool over = row.has_to && row.to < card->stand.day;
        if (over || (!row.value && !row.hco) || !stays(card, list, entry) ||
            (name && is_erased(card->view, card->ids[0])))
            continue;
        projection_answer_text(answer, (const char *)entry->rest.data);
        projection_answer_text(answer, row.value);
        projection_answer_text(answer, row.hco);
        projection_answer_text(answer, row.role);
        projection_answer_day_if(answer, row.has_from, row.from);
        projection_answer_day_if(answer, row.has_to, row.to);
        answer_dated(answer, &entry->dated);
    }
}

// ---- the client
static const char *status_text(const struct object *client) {
    return !client->started ? "not registered" : client->active ? "active" : "deactivated";
}

static enum ledger_err answer_client(struct card *card, struct objects *objects,
                                     struct projection_answer *answer,
                                     const struct card_list *details) {
    struct projection_view *view = card->view;
    const char *id = card->ids[0];
    const struct object *client;
    struct territories territories;
    const char *territory;
    enum territory_by by;
    territories_init(&territories, view, &card->stand);
    enum ledger_err err = object_read(objects, OBJECT_CLIENT, id, &client);
    const struct object none = {.id = id};
    if (!err && !client)
        client = &none;
    if (!err)
        err = territory_of_client(&territories, id, client->owner, &territory, &by, card->error);
    if (err)
        return err;
    const char *name = detail(card, details, "name");
    const char *parent = projection_view_client(view, detail(card, details, "parent_id"));
    projection_answer_table(answer, "card", "Client", PROJECTION_COLUMNS(card_columns));
    projection_answer_text(answer, id);
    answer_code(view, answer, &facts__v1__client_registered__kind__descriptor, client->client_kind);
    projection_answer_text(answer, is_erased(view, id) ? NULL : name);
    projection_answer_text(answer, status_text(client));
    if (client->registration)
        answer_dated(answer, &client->registration->dated);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, parent);
    projection_answer_text(answer, client_name(view, parent));
    projection_answer_text(answer, detail(card, details, "address"));
    projection_answer_text(answer, client->owner);
    projection_answer_text(answer, employee_name(view, client->owner));
    if (client->owner)
        answer_dated(answer, &client->owner_since);
    else
        projection_answer_none(answer);
    projection_answer_text(answer, territory);
    projection_answer_text(answer, territory_by_text(by));
    projection_answer_integer(answer, (int64_t)card->id_count);
    projection_answer_table(answer, "support", "Support beside the owner",
                            PROJECTION_COLUMNS(support_columns));
    for (size_t i = 0; i < client->count; i++) {
        const struct step *step = &client->steps[i];
        if (step->row.kind != STEP_SUPPORT || !step->begun)
            continue;
        projection_answer_text(answer, step->row.to);
        projection_answer_text(answer, employee_name(view, step->row.to));
        answer_dated(answer, &step->dated);
    }
    return LEDGER_E_OK;
}

static void answer_segments(struct card *card, struct projection_answer *answer) {
    struct segments segments;
    segments_read(card->view, &card->stand, card->ids[0], &segments);
    projection_answer_table(answer, "segments", "Segments in force",
                            PROJECTION_COLUMNS(segment_columns));
    for (size_t scheme = 1; scheme < SCHEMES; scheme++) {
        const struct segment_row *row = &segments.rows[scheme];
        if (!segments.has[scheme] || !row->segment)
            continue;
        answer_code(card->view, answer, &facts__v1__client_segmented__scheme__descriptor,
                    (int64_t)scheme);
        projection_answer_text(answer, row->segment);
        answer_code(card->view, answer, &facts__v1__client_segmented__basis__descriptor,
                    row->basis);
        projection_answer_text(answer, row->rule_version);
        projection_answer_text(answer, row->period);
        answer_dated(answer, &segments.since[scheme]);
    }
}

enum ledger_err card_answer(struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct projection_answer *answer, struct ledger_error *error) {
    static const uint8_t tables[] = {CLIENT_FACTS, CLIENT_STEPS, DETAILS};
    static enum ledger_err (*const lists[])(struct card *, struct projection_answer *) = {
        card_external_ids, card_persons, card_consents, card_preferences, card_needs};
    const char *client = projection_argument(arguments, "client");
    struct objects objects;
    struct card_list details;
    objects_init(&objects, view, error);
    struct card card = {.view = view,
                        .stand = objects.stand,
                        .people = {.arena = projection_view_arena(view)},
                        .error = error};
    card.id_count = projection_view_client_ids(view, client, &card.ids);
    if (!card.id_count)
        return projection_no_memory(error);
    enum ledger_err err = card_read(&card, DETAILS, card.ids, card.id_count, false, &details);
    if (!err)
        err = answer_client(&card, &objects, answer, &details);
    if (err)
        return err;
    answer_details(&card, answer, &details);
    answer_segments(&card, answer);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && !err; i++)
        err = lists[i](&card, answer);
    if (strcmp(card.ids[0], client) != 0)
        projection_answer_note(answer, "Client %.200s is merged into %.200s.", client, card.ids[0]);
    if (card.id_count < 2 && !projection_knows(view, tables, sizeof tables, client))
        projection_answer_nothing_known(answer, "client", client);
    objects_notes(&objects, answer);
    return err;
}
