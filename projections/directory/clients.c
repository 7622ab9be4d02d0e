// The client base: by kind, segment, territory and owner, and what came new.
#include <string.h>

#include "assignments.h"
#include "facts/v1/client.pb-c.h"
#include "holdings.h"
#include "segments.h"
#include "tally.h"

static const struct projection_column total_columns[] = {
    {"clients", "Registered clients", PROJECTION_INTEGER},
    {"active", "Active", PROJECTION_INTEGER},
    {"deactivated", "Deactivated", PROJECTION_INTEGER},
    {"merged", "Ids merged into others", PROJECTION_INTEGER},
    {"new", "New in the period", PROJECTION_INTEGER},
    {"lag_assessed", "Of them with a known first contact", PROJECTION_INTEGER},
    {"mean_lag_days", "Mean days from first contact to registration", PROJECTION_RATIO},
};
static const struct projection_column kind_columns[] = {
    {"kind", "Kind", PROJECTION_TEXT},
    {"active", "Active", PROJECTION_INTEGER},
    {"deactivated", "Deactivated", PROJECTION_INTEGER},
};
static const struct projection_column segment_columns[] = {
    {"scheme", "Scheme", PROJECTION_TEXT},
    {"segment", "Segment", PROJECTION_TEXT},
    {"active", "Active clients", PROJECTION_INTEGER},
};
static const struct projection_column territory_columns[] = {
    {"territory", "Territory", PROJECTION_ID},
    {"active", "Active clients", PROJECTION_INTEGER},
    {"by_owner", "By their owner", PROJECTION_INTEGER},
    {"by_latest_fact", "By their latest fact", PROJECTION_INTEGER},
};
static const struct projection_column owner_columns[] = {
    {"owner", "Owner", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"active", "Active clients", PROJECTION_INTEGER},
};
static const struct projection_column new_columns[] = {
    {"month", "Month", PROJECTION_TEXT},
    {"rep", "Registered by", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"new", "New clients", PROJECTION_INTEGER},
    {"lag_assessed", "With a known first contact", PROJECTION_INTEGER},
    {"mean_lag_days", "Mean days from first contact to registration", PROJECTION_RATIO},
};

enum { MONTH_SIZE = 7 }; // "YYYY-MM"

struct base {
    struct objects objects;
    struct territories lookup;
    struct projection_period period;
    struct tally kinds, segments[SCHEMES], territories, owners, months;
    int64_t active, deactivated, merged, fresh, unknown_time, lag_assessed, lag_days;
};

static bool count(struct tally *tally, const char *text, size_t figure) {
    struct tally_line *line = tally_line(tally, text ? text : "");
    if (line)
        line->figures[figure]++;
    return line;
}

static bool contact_day(struct projection_view *view, const struct step *registration,
                        int32_t *day) {
    struct projection_key key = {0};
    struct projection_row row;
    if (!registration->row.first_contact)
        return false;
    projection_key_text(&key, registration->row.first_contact);
    if (!projection_latest(view, CONTACTS, &key, &row) || row.occurred.when == LEDGER_WHEN_UNKNOWN)
        return false;
    *day = row.occurred.day;
    return true;
}

static bool count_new(struct base *base, const struct object *client) {
    const struct step *step = client->registration;
    char month[PROJECTION_MONTH_TEXT_SIZE];
    int32_t day;
    if (!step->dated.known) {
        base->unknown_time++;
        return true;
    }
    if (!projection_period_holds(&base->period, &step->dated.occurred))
        return true;
    projection_month_format(projection_month_of(step->dated.day), month);
    const char *rep = step->row.actor && *step->row.actor ? step->row.actor : PROJECTION_NOBODY;
    const char *key =
        ledger_arena_printf(projection_view_arena(base->objects.view), "%s %s", month, rep);
    struct tally_line *line = key ? tally_line(&base->months, key) : NULL;
    if (!line)
        return false;
    line->figures[0]++;
    base->fresh++;
    if (!contact_day(base->objects.view, step, &day))
        return true;
    line->figures[1]++;
    line->figures[2] += step->dated.day - day;
    base->lag_assessed++;
    base->lag_days += step->dated.day - day;
    return true;
}

static bool count_segments(struct base *base, const struct object *client) {
    struct segments segments;
    bool counted = true;
    segments_read(base->objects.view, &base->objects.stand, client->id, &segments);
    for (size_t i = 1; i < SCHEMES && counted; i++)
        counted =
            count(&base->segments[i],
                  segments.has[i] && segments.rows[i].segment ? segments.rows[i].segment : "", 0);
    return counted;
}

static enum ledger_err count_active(struct base *base, const struct object *client) {
    struct ledger_error *error = base->objects.error;
    const char *territory;
    enum territory_by by;
    enum ledger_err err =
        territory_of_client(&base->lookup, client->id, client->owner, &territory, &by, error);
    if (err)
        return err;
    struct tally_line *line = tally_line(&base->territories, by == TERRITORY_NONE ? "" : territory);
    if (!line)
        return projection_no_memory(error);
    line->figures[0]++;
    line->figures[1] += by == TERRITORY_OF_OWNER;
    line->figures[2] += by == TERRITORY_OF_LATEST_FACT;
    return count(&base->owners, client->owner, 0) && count_segments(base, client)
               ? LEDGER_E_OK
               : projection_no_memory(error);
}

static enum ledger_err count_client(struct base *base, const struct object *client) {
    struct projection_view *view = base->objects.view;
    const char *const *ids;
    if (!client->started)
        return LEDGER_E_OK;
    base->merged += (int64_t)projection_view_client_ids(view, client->id, &ids) - 1;
    base->active += client->active;
    base->deactivated += !client->active;
    if (!count(
            &base->kinds,
            code_text(view, &facts__v1__client_registered__kind__descriptor, client->client_kind),
            !client->active) ||
        !count_new(base, client))
        return projection_no_memory(base->objects.error);
    return client->active ? count_active(base, client) : LEDGER_E_OK;
}

// ---- the answer
static void answer_text(struct projection_answer *answer, const char *text) {
    projection_answer_text(answer, *text ? text : NULL);
}

// A row of the text and so many figures for each line.
static void answer_tally(struct projection_answer *answer, struct tally *tally, size_t figures) {
    tally_sort(tally);
    for (size_t i = 0; i < tally->ids.count; i++) {
        answer_text(answer, tally->lines[i].text);
        for (size_t figure = 0; figure < figures; figure++)
            projection_answer_integer(answer, tally->lines[i].figures[figure]);
    }
}

static void answer_segments(struct base *base, struct projection_answer *answer) {
    projection_answer_table(answer, "segments", "By segment in force",
                            PROJECTION_COLUMNS(segment_columns));
    for (size_t scheme = 1; scheme < SCHEMES; scheme++) {
        struct tally *tally = &base->segments[scheme];
        bool any = tally->ids.count > 1 || (tally->ids.count && *tally->lines[0].text);
        tally_sort(tally);
        for (size_t i = 0; i < tally->ids.count && any; i++) {
            answer_code(base->objects.view, answer,
                        &facts__v1__client_segmented__scheme__descriptor, (int64_t)scheme);
            answer_text(answer, tally->lines[i].text);
            projection_answer_integer(answer, tally->lines[i].figures[0]);
        }
    }
}

static void answer_owners(struct base *base, struct projection_answer *answer) {
    tally_sort(&base->owners);
    projection_answer_table(answer, "owners", "By owner", PROJECTION_COLUMNS(owner_columns));
    for (size_t i = 0; i < base->owners.ids.count; i++) {
        const struct tally_line *line = &base->owners.lines[i];
        answer_text(answer, line->text);
        projection_answer_text(answer, employee_name(base->objects.view, line->text));
        projection_answer_integer(answer, line->figures[0]);
    }
}

static void answer_new(struct base *base, struct projection_answer *answer) {
    struct ledger_arena *arena = projection_view_arena(base->objects.view);
    tally_sort(&base->months);
    projection_answer_table(answer, "new", "New by month", PROJECTION_COLUMNS(new_columns));
    for (size_t i = 0; i < base->months.ids.count; i++) {
        const struct tally_line *line = &base->months.lines[i];
        const char *rep = line->text + MONTH_SIZE + 1;
        projection_answer_text(answer, ledger_arena_printf(arena, "%.*s", MONTH_SIZE, line->text));
        projection_answer_text(answer, rep);
        projection_answer_text(answer, employee_name(base->objects.view, rep));
        projection_answer_integer(answer, line->figures[0]);
        projection_answer_integer(answer, line->figures[1]);
        projection_answer_ratio(answer, line->figures[2], line->figures[1]);
    }
}

static void answer_base(struct base *base, struct projection_answer *answer) {
    projection_answer_table(answer, "totals", "Client base", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, base->active + base->deactivated);
    projection_answer_integer(answer, base->active);
    projection_answer_integer(answer, base->deactivated);
    projection_answer_integer(answer, base->merged);
    projection_answer_integer(answer, base->fresh);
    projection_answer_integer(answer, base->lag_assessed);
    projection_answer_ratio(answer, base->lag_days, base->lag_assessed);
    projection_answer_table(answer, "kinds", "By kind", PROJECTION_COLUMNS(kind_columns));
    answer_tally(answer, &base->kinds, 2);
    answer_segments(base, answer);
    projection_answer_table(answer, "territories", "By territory",
                            PROJECTION_COLUMNS(territory_columns));
    answer_tally(answer, &base->territories, 3);
    answer_owners(base, answer);
    answer_new(base, answer);
    if (base->unknown_time)
        projection_answer_note(
            answer, "%s in no month: the time of their registration is unknown.",
            projection_count(answer, (uint64_t)base->unknown_time, "client is", "clients are"));
    objects_notes(&base->objects, answer);
}

enum ledger_err clients_answer(struct projection_view *view,
                               const struct projection_arguments *arguments,
                               struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct base base = {0};
    const struct object *client = NULL;
    struct tally *tallies[] = {&base.kinds, &base.territories, &base.owners, &base.months};
    for (size_t i = 0; i < sizeof tallies / sizeof tallies[0]; i++)
        tallies[i]->ids.arena = arena;
    for (size_t i = 0; i < SCHEMES; i++)
        base.segments[i].ids.arena = arena;
    enum ledger_err err = projection_argument_period(arguments, &base.period, error);
    if (err)
        return err;
    objects_init(&base.objects, view, error);
    territories_init(&base.lookup, view, &base.objects.stand);
    objects_begin(&base.objects, OBJECT_CLIENT);
    do {
        err = objects_next(&base.objects, &client);
        if (!err && client)
            err = count_client(&base, client);
    } while (!err && client);
    if (!err)
        answer_base(&base, answer);
    return err;
}
