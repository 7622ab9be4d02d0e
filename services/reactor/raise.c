// Alerts as facts: the rule that each row of the table in services/alerts makes.
#include <inttypes.h>
#include <string.h>

#include "facts/v1/alert.pb-c.h"
#include "ledger/event.h"
#include "search.h"

static enum ledger_err no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for an alert");
}

static const char *column_text(const struct reactor_row *row, const char *column) {
    return column != NULL ? row_text(row, column) : NULL;
}

// ---- the question
size_t raise_parameters(const struct round *round, const struct reactor_rule *rule,
                        struct ledger_arena *arena,
                        Ledger__V1__Parameter list[RULE_PARAMETERS_MAX]) {
    const struct alert *alert = rule->alert;
    const char *now = round_date(round, arena, 0);
    size_t count = 0;
    for (size_t i = 0; i < ALERT_PARAMETERS_MAX && alert->parameters[i].name != NULL; i++)
        list[count++] = round_parameter(
            alert->parameters[i].name,
            now != NULL ? alert_parameter_value(&alert->parameters[i], now, arena) : NULL);
    if (alert_cause_of(alert)->from)
        list[count++] =
            round_parameter("from", round_date(round, arena, -round->reactor->back_days));
    list[count++] = round_parameter("now", now);
    return count;
}

// ---- the day on which a case fell due
static bool column_day(const struct reactor_row *row, const char *column, int32_t *day) {
    const char *text = row_text(row, column);
    Ledger__V1__ValueKind kind = row_kind(row, column);
    struct ledger_moment moment;
    int64_t number;
    if (text != NULL) {
        if (!ledger_moment_parse(ledger_span_text(text), &moment))
            return false;
        *day = moment.day;
        return true;
    }
    if (!row_integer(row, column, &number))
        return false;
    *day = kind == LEDGER__V1__VALUE_KIND__INSTANT ? ledger_moment_instant(number, 0).day
                                                   : (int32_t)number;
    return true;
}

static int32_t days_after(const struct alert_cause *why, const struct reactor_row *row) {
    int64_t number = 0;
    int64_t parts = why->after_half ? 2 : 1;
    if (why->after == NULL || !row_integer(row, why->after, &number))
        return why->after_days;
    if (row_kind(row, why->after) == LEDGER__V1__VALUE_KIND__RATIO)
        parts *= RATIO_ONE;
    return why->after_days + (int32_t)(number / parts);
}

// False if the case has no day of its own. *day: the case's day; *due: when it fell due.
static bool find_due(const struct round *round, const struct reactor_row *row, int32_t *day,
                     int32_t *due) {
    const struct alert_cause *why = alert_cause_of(row->rule->alert);
    const char *column = row->rule->alert->keys[ALERT_DAY];
    int64_t days;
    if (why->ago != NULL && row_integer(row, why->ago, &days))
        *day = ledger_moment_instant(round->now, 0).day - (int32_t)days;
    else if (column == NULL || !column_day(row, column, day))
        return false;
    *due = *day + days_after(why, row);
    return true;
}

// ---- the fact
// What tells the case from the others of its alert, and its day: "6 client3 c-1 19804".
static const char *case_text(const struct reactor_row *row, bool has_day, int32_t day,
                             struct ledger_arena *arena) {
    const struct alert_cause *why = alert_cause_of(row->rule->alert);
    const char *text = "";
    for (size_t i = 0; i < ALERT_APART_MAX && why->apart[i] != NULL && text != NULL; i++) {
        const char *part = row_text(row, why->apart[i]);
        part = part != NULL ? part : "";
        text = ledger_arena_printf(arena, "%s%zu %s ", text, strlen(part), part);
    }
    return text != NULL && has_day ? ledger_arena_printf(arena, "%s%" PRId32, text, day) : text;
}

static bool is_subject_kind(const char *kind) {
    static const char *const kinds[] = {"client", "deal", "task", "visit"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i], kind) == 0)
            return true;
    return false;
}

static void add_subject(struct finding *finding, const char *kind, const char *id) {
    size_t at = 0;
    if (kind == NULL || id == NULL)
        return;
    for (; at < FINDING_SUBJECTS_MAX && finding->subjects[at].id != NULL; at++)
        if (strcmp(finding->subjects[at].kind, kind) == 0 &&
            strcmp(finding->subjects[at].id, id) == 0)
            return;
    if (at < FINDING_SUBJECTS_MAX)
        finding->subjects[at] = (struct finding_subject){kind, id};
}

static Facts__V1__AlertRaised *make_fact(const struct reactor_row *row,
                                         struct ledger_arena *arena) {
    const struct alert *alert = row->rule->alert;
    const struct alert_cause *why = alert_cause_of(alert);
    const char *kind = why->kind;
    Facts__V1__AlertRaised *fact = ledger_arena_alloc(arena, sizeof *fact);
    if (fact == NULL)
        return NULL;
    facts__v1__alert_raised__init(fact);
    if (kind != NULL && strcmp(kind, ALERT_KIND_OF_ROW) == 0)
        kind = row_text(row, "kind");
    fact->code = text_of(alert->name);
    fact->kind = text_of(kind);
    fact->id = text_of(column_text(row, alert->keys[ALERT_ID]));
    fact->what = text_of(column_text(row, why->what));
    fact->client_id = text_of(column_text(row, alert->keys[ALERT_CLIENT]));
    fact->employee_id = text_of(column_text(row, alert->keys[ALERT_OWNER]));
    if (fact->client_id == NULL && kind != NULL && strcmp(kind, "client") == 0)
        fact->client_id = fact->id;
    if (fact->employee_id != NULL && strcmp(fact->employee_id, "unknown") == 0)
        fact->employee_id = NULL;
    return fact;
}

static bool set_due(Facts__V1__AlertRaised *fact, int32_t day, struct ledger_arena *arena) {
    fact->due = ledger_arena_alloc(arena, sizeof *fact->due);
    if (fact->due == NULL)
        return false;
    ledger__v1__date__init(fact->due);
    fact->due->has_days = true;
    fact->due->days = day;
    return true;
}

// The reactor is a source that is silent while nothing is to be said; and one of which nothing was
// ever heard has no fact that raised it.
static bool is_left_out(const struct reactor_row *row, const Facts__V1__AlertRaised *fact,
                        bool has_day) {
    return row->rule->alert == &alerts[ALERT_SOURCE_SILENT] &&
           (!has_day || fact->id == NULL || strcmp(fact->id, REACTOR) == 0);
}

enum ledger_err raise_read(const struct round *round, const struct reactor_row *row,
                           struct ledger_arena *arena, struct finding *finding, bool *due,
                           struct ledger_error *error) {
    const struct alert_cause *why = alert_cause_of(row->rule->alert);
    int32_t day = 0, due_day = 0;
    if (!alert_is_case(row->rule->alert, row->table, row->row))
        return LEDGER_E_OK;
    bool has_day = find_due(round, row, &day, &due_day);
    if (has_day && !why->ever && due_day < round_first_day(round))
        return LEDGER_E_OK;
    Facts__V1__AlertRaised *fact = make_fact(row, arena);
    const char *text = case_text(row, has_day, day, arena);
    if (fact == NULL || text == NULL || (has_day && !why->ever && !set_due(fact, due_day, arena)))
        return no_memory(error);
    *due = !is_left_out(row, fact, has_day);
    *finding = (struct finding){
        .about = text,
        .due = text,
        .stream = ledger_arena_printf(arena, "alert/%s", fact->code),
        .occurred = ledger_moment_date(ledger_moment_instant(round->now, 0).day),
        .type = "AlertRaised",
        .payload = &fact->base,
        .alert = fact,
        .has_day = has_day,
        .day = day,
    };
    add_subject(finding, "client", fact->client_id);
    add_subject(finding, "employee", fact->employee_id);
    if (fact->kind != NULL && is_subject_kind(fact->kind))
        add_subject(finding, fact->kind, fact->id);
    return finding->stream != NULL ? LEDGER_E_OK : no_memory(error);
}

// ---- what raised it
static struct search search_of(const struct reactor_row *row, const struct alert_search *want,
                               const struct finding *finding) {
    struct search search = {.want = want,
                            .kind = want->kind,
                            .id = column_text(row, want->id),
                            .with = column_text(row, want->with),
                            .occurred = column_text(row, want->occurred),
                            .has_day = finding->has_day,
                            .day = finding->day};
    if (want->kind != NULL && strcmp(want->kind, ALERT_KIND_OF_ROW) == 0)
        search.kind = row_text(row, "kind");
    for (size_t i = 0; i < ALERT_FIELDS_MAX; i++)
        search.fields[i] = column_text(row, want->fields[i].column);
    return search;
}

// The first fact that names what the case is about stands in for one that cannot be found: a client
// of whom only visits are known has no registration.
static enum ledger_err find_one(const struct round *round, const struct search *search,
                                uint64_t *position, struct ledger_error *error) {
    const struct alert_search any = {.kind = search->kind, .id = search->want->id, .first = true};
    const struct search instead = {.want = &any, .kind = search->kind, .id = search->id};
    enum ledger_err err = search_fact(round, search, position, error);
    if (err == LEDGER_E_OK && *position == 0 && search->want->id != NULL)
        err = search_fact(round, &instead, position, error);
    return err;
}

static enum ledger_err find_causes(const struct round *round, const struct reactor_row *row,
                                   const struct finding *finding,
                                   uint64_t positions[ALERT_CAUSES_MAX],
                                   struct ledger_error *error) {
    const struct alert_cause *why = alert_cause_of(row->rule->alert);
    enum ledger_err err = LEDGER_E_OK;
    bool searched = why->position == NULL;
    int64_t stated;
    if (!searched && row_integer(row, why->position, &stated))
        positions[0] = (uint64_t)stated;
    for (size_t i = 0; searched && i < ALERT_CAUSES_MAX && err == LEDGER_E_OK; i++) {
        const struct search search = search_of(row, &why->searches[i], finding);
        if (i == 0)
            err = find_one(round, &search, &positions[i], error);
        else if (why->searches[i].types[0] != NULL)
            err = search_fact(round, &search, &positions[i], error);
    }
    if (err == LEDGER_E_OK && positions[0] == 0)
        err = ledger_fail(error, LEDGER_E_NOT_FOUND, NULL, "%s: nothing that raised \"%.100s\"",
                          row->rule->name, finding->about);
    return err;
}

static bool add_cause(Facts__V1__AlertRaised *fact, const Ledger__V1__Event *event,
                      struct ledger_arena *arena) {
    if (fact->cause_event_ids == NULL)
        fact->cause_event_ids =
            ledger_arena_alloc(arena, ALERT_CAUSES_MAX * sizeof *fact->cause_event_ids);
    if (fact->cause_event_ids == NULL)
        return false;
    fact->cause_event_ids[fact->n_cause_event_ids++] = event->event_id;
    return true;
}

enum ledger_err raise_find_causes(const struct round *round, const struct reactor_row *row,
                                  struct finding *finding, const Ledger__V1__Event **cause,
                                  bool *due, struct ledger_error *error) {
    const struct reactor *reactor = round->reactor;
    Facts__V1__AlertRaised *fact = finding->alert;
    uint64_t positions[ALERT_CAUSES_MAX] = {0};
    enum ledger_err err = find_causes(round, row, finding, positions, error);
    for (size_t i = 0; i < ALERT_CAUSES_MAX && err == LEDGER_E_OK; i++) {
        const Ledger__V1__Event *event;
        if (positions[i] == 0 || (i > 0 && positions[i] == positions[0]))
            continue;
        err = ask_event(reactor->peers, positions[i], reactor->step, &event, error);
        if (err == LEDGER_E_OK && i == 0)
            *cause = event;
        if (err == LEDGER_E_OK && !add_cause(fact, event, reactor->step))
            err = no_memory(error);
    }
    finding->cause = positions[0];
    if (err != LEDGER_E_OK || finding->has_day || alert_cause_of(row->rule->alert)->ever)
        return err;
    // Without a day of its own it fell due when its cause happened.
    const struct ledger_moment happened = ledger_moment_of((*cause)->occurred);
    *due = happened.when != LEDGER_WHEN_UNKNOWN && happened.day >= round_first_day(round);
    if (*due && !set_due(fact, happened.day, reactor->step))
        return no_memory(error);
    return err;
}
