// Calls, messages and meetings, counted by one thing or another.
#include <stdlib.h>
#include <string.h>

#include "contacts.h"
#include "flags.h"
#include "sets.h"
#include "words.h"

struct group {
    const char *id;                                // "" = not said
    uint64_t people, inbound, outbound, automatic; // people: not sent by a machine
    uint64_t timed;                                // of these, with a length
    uint64_t seconds, clients;
};
struct outcome {
    const char *id;
    uint64_t people, automatic;
};

struct tally {
    struct projection_view *view;
    const char *(*group_of)(struct tally *tally, const struct contact *contact);
    struct projection_ids groups, outcomes, seen;
    struct group *list; // by number
    struct outcome *outcome_list;
    size_t capacity, outcome_capacity;
    struct group totals;
    char month[PROJECTION_MONTH_TEXT_SIZE]; // of the last contact
};

#define COUNT_COLUMNS                                                                              \
    {"interactions", "Interactions", PROJECTION_INTEGER},                                          \
        {"inbound", "Begun by the client", PROJECTION_INTEGER},                                    \
        {"outbound", "Begun by us", PROJECTION_INTEGER},                                           \
        {"timed", "With a length", PROJECTION_INTEGER, .detail = true},                            \
        {"seconds", "Seconds", PROJECTION_INTEGER},                                                \
        {"mean_seconds", "Mean seconds", PROJECTION_RATIO},                                        \
        {"clients", "Clients", PROJECTION_INTEGER}, {                                              \
        "automatic", "Sent by a machine, not counted above", PROJECTION_INTEGER                    \
    }
static const struct projection_column group_columns[] = {
    {"group", "Group", PROJECTION_TEXT},
    {"name", "Name", PROJECTION_TEXT},
    COUNT_COLUMNS,
};
static const struct projection_column total_columns[] = {COUNT_COLUMNS};
static const struct projection_column outcome_columns[] = {
    {"outcome", "Outcome", PROJECTION_TEXT},
    {"interactions", "Interactions", PROJECTION_INTEGER},
    {"automatic", "Sent by a machine, not counted before", PROJECTION_INTEGER},
};

// ---- groups
static const char *channel_of_contact(struct tally *tally, const struct contact *contact) {
    (void)tally;
    return channel_name(contact->row.channel);
}
static const char *direction_of(struct tally *tally, const struct contact *contact) {
    (void)tally;
    return direction_name(contact->row.direction);
}
static const char *actor_of(struct tally *tally, const struct contact *contact) {
    (void)tally;
    return contact->row.actor;
}
static const char *month_of(struct tally *tally, const struct contact *contact) {
    if (contact->when.when == LEDGER_WHEN_UNKNOWN)
        return NULL;
    projection_month_format(projection_month_of(contact->when.day), tally->month);
    return tally->month;
}

static const struct {
    const char *name;
    const char *(*group_of)(struct tally *tally, const struct contact *contact);
} groupings[] = {{"channel", channel_of_contact},
                 {"direction", direction_of},
                 {"actor", actor_of},
                 {"month", month_of}};

static bool find_grouping(struct tally *tally, const char *name) {
    for (size_t i = 0; i < sizeof groupings / sizeof groupings[0]; i++)
        if (strcmp(groupings[i].name, name ? name : groupings[0].name) == 0)
            tally->group_of = groupings[i].group_of;
    return tally->group_of;
}

// ---- counting
static bool count(struct tally *tally, struct group *group, const char *part,
                  const struct contact *contact) {
    const char *direction = direction_name(contact->row.direction);
    size_t number;
    bool fresh = false;
    if (contact->row.automatic) {
        group->automatic++;
        return true;
    }
    group->people++;
    group->inbound += direction && strcmp(direction, "inbound") == 0;
    group->outbound += direction && strcmp(direction, "outbound") == 0;
    group->timed += contact->row.has_seconds != 0;
    group->seconds += (uint64_t)contact->row.seconds;
    if (contact->client &&
        !set_add(&tally->seen, &number, &fresh, part, group->id, contact->client))
        return false;
    group->clients += fresh;
    return true;
}

static bool count_outcome(struct tally *tally, const struct contact *contact) {
    const char *id = contact->row.outcome ? contact->row.outcome : "";
    size_t number = projection_ids_add(&tally->outcomes, id);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(tally->seen.arena, &tally->outcome_list, &tally->outcome_capacity, number,
                         sizeof(struct outcome)))
        return false;
    struct outcome *outcome = &tally->outcome_list[number];
    outcome->id = tally->outcomes.texts[number];
    outcome->people += !contact->row.automatic;
    outcome->automatic += contact->row.automatic != 0;
    return true;
}

static bool count_contact(struct tally *tally, const struct contact *contact) {
    const char *id = tally->group_of(tally, contact);
    size_t number = projection_ids_add(&tally->groups, id ? id : "");
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(tally->seen.arena, &tally->list, &tally->capacity, number,
                         sizeof(struct group)))
        return false;
    struct group *group = &tally->list[number];
    group->id = tally->groups.texts[number];
    return count(tally, group, "group", contact) &&
           count(tally, &tally->totals, "totals", contact) && count_outcome(tally, contact);
}

// ---- the answer
static void answer_counts(struct projection_answer *answer, const struct group *group) {
    projection_answer_integer(answer, (int64_t)group->people);
    projection_answer_integer(answer, (int64_t)group->inbound);
    projection_answer_integer(answer, (int64_t)group->outbound);
    projection_answer_integer(answer, (int64_t)group->timed);
    projection_answer_integer(answer, (int64_t)group->seconds);
    projection_answer_ratio(answer, group->seconds, group->timed);
    projection_answer_integer(answer, (int64_t)group->clients);
    projection_answer_integer(answer, (int64_t)group->automatic);
}

static void answer_tally(struct projection_answer *answer, struct tally *tally, uint64_t limit) {
    if (tally->groups.count)
        qsort(tally->list, tally->groups.count, sizeof(struct group), by_first_text);
    projection_answer_table(answer, "interactions", "Interactions",
                            PROJECTION_COLUMNS(group_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < tally->groups.count; i++) {
        const struct group *group = &tally->list[i];
        projection_answer_text(answer, *group->id ? group->id : NULL);
        projection_answer_text(answer, tally->group_of == actor_of
                                           ? projection_name(tally->view, EMPLOYEES, group->id)
                                           : NULL);
        answer_counts(answer, group);
    }
    projection_answer_detail(answer, "name", tally->group_of != actor_of);
    projection_answer_table(answer, "totals", "Totals", PROJECTION_COLUMNS(total_columns));
    answer_counts(answer, &tally->totals);
    if (tally->outcomes.count)
        qsort(tally->outcome_list, tally->outcomes.count, sizeof(struct outcome), by_first_text);
    projection_answer_table(answer, "outcomes", "Outcomes", PROJECTION_COLUMNS(outcome_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < tally->outcomes.count; i++) {
        const struct outcome *outcome = &tally->outcome_list[i];
        projection_answer_text(answer, *outcome->id ? outcome->id : NULL);
        projection_answer_integer(answer, (int64_t)outcome->people);
        projection_answer_integer(answer, (int64_t)outcome->automatic);
    }
}

enum ledger_err interactions_answer(struct projection_view *view,
                                    const struct projection_arguments *arguments,
                                    struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct tally tally = {.view = view,
                          .groups = {.arena = arena},
                          .outcomes = {.arena = arena},
                          .seen = {.arena = arena},
                          .totals = {.id = ""}};
    struct flags flags = {0};
    struct contacts contacts;
    const struct contact *contact = NULL;
    uint64_t limit = 0;
    if (!find_grouping(&tally, projection_argument(arguments, "by")))
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "by",
                           "interactions are grouped by channel, direction, actor or month");
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = contacts_begin(&contacts, view, arguments, false, error);
    while (!err) {
        err = contacts_next(&contacts, &contact, error);
        if (err || !contact)
            break;
        if (!count_contact(&tally, contact))
            err = projection_no_memory(error);
    }
    if (err)
        return err;
    answer_tally(answer, &tally, limit);
    flags.counts[INTERACTION_LOGGED_TWICE] = contacts.repeated;
    flags_answer(answer, &flags);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
