// The rules: what each asks, and how a row of the answer becomes a fact.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "facts/v1/client.pb-c.h"
#include "facts/v1/task.pb-c.h"
#include "facts/v1/visit.pb-c.h"
#include "reactor.h"

static enum ledger_err no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a fact");
}

Ledger__V1__Parameter round_parameter(const char *name, const char *value) {
    Ledger__V1__Parameter parameter = LEDGER__V1__PARAMETER__INIT;
    parameter.name = text_of(name);
    parameter.value = text_of(value);
    return parameter;
}

const char *round_date(const struct round *round, struct ledger_arena *arena, int32_t days_later) {
    char text[LEDGER_DATE_TEXT_SIZE];
    int32_t day = ledger_moment_instant(round->now, 0).day + days_later;
    ledger_date_format(day < LEDGER_DAY_MIN ? LEDGER_DAY_MIN : day, text);
    return ledger_arena_text(arena, ledger_span_text(text));
}

static const char *instant_text(struct ledger_arena *arena, int64_t micros) {
    char text[LEDGER_INSTANT_TEXT_SIZE];
    ledger_instant_format(micros, 0, text);
    return ledger_arena_printf(arena, "%s", text);
}

int32_t round_first_day(const struct round *round) {
    return ledger_moment_instant(round->now, 0).day - round->reactor->back_days;
}

// ---- reminder: a task's reminder that is due, and that nobody was told of
// `ahead` looks from its now on: it is asked as of the first day that still counts. A day more than
// there are up to ours: east of here it has begun.
static size_t reminder_parameters(const struct round *round, const struct reactor_rule *rule,
                                  struct ledger_arena *arena,
                                  Ledger__V1__Parameter list[RULE_PARAMETERS_MAX]) {
    (void)rule;
    list[0] = round_parameter("what", "reminder");
    list[1] = round_parameter("now", round_date(round, arena, -round->reactor->back_days));
    list[2] = round_parameter(
        "days", ledger_arena_printf(arena, "%" PRId32, round->reactor->back_days + 1));
    return 3;
}

// A task that nobody has reminds nobody: it waits until somebody has it.
static enum ledger_err read_reminder(const struct round *round, const struct reactor_row *row,
                                     struct ledger_arena *arena, struct finding *finding, bool *due,
                                     struct ledger_error *error) {
    const char *task = row_text(row, "id");
    const char *at = row_text(row, "at");
    const char *to = row_text(row, "employee");
    struct ledger_moment moment;
    int64_t fired = 0;
    *due = task != NULL && to != NULL && at != NULL && row_integer(row, "fired", &fired) &&
           fired == 0 && ledger_moment_parse(ledger_span_text(at), &moment) &&
           moment.when == LEDGER_WHEN_INSTANT && moment.micros <= round->now;
    if (!*due)
        return LEDGER_E_OK;
    Facts__V1__ReminderFired *fact = ledger_arena_alloc(arena, sizeof *fact);
    Ledger__V1__Instant *instant = ledger_arena_alloc(arena, sizeof *instant);
    if (fact == NULL || instant == NULL)
        return no_memory(error);
    facts__v1__reminder_fired__init(fact);
    ledger__v1__instant__init(instant);
    instant->has_micros = true;
    instant->micros = moment.micros;
    instant->has_utc_offset_minutes = moment.offset_minutes != 0;
    instant->utc_offset_minutes = moment.offset_minutes;
    fact->task_id = text_of(task);
    fact->to = text_of(to);
    fact->due = instant;
    *finding = (struct finding){.about = task,
                                .due = at,
                                .occurred = moment,
                                .type = "ReminderFired",
                                .payload = &fact->base,
                                .subjects = {{"task", task}, {"employee", to}}};
    return LEDGER_E_OK;
}

// ---- visit_flag: a reported visit that a rule of the field flags, while no verdict decides
static size_t visit_parameters(const struct round *round, const struct reactor_rule *rule,
                               struct ledger_arena *arena,
                               Ledger__V1__Parameter list[RULE_PARAMETERS_MAX]) {
    (void)rule;
    list[0] = round_parameter("flagged", "yes");
    list[1] = round_parameter("from", round_date(round, arena, -round->reactor->back_days));
    return 2;
}

// "1.5 minutes, limit 3 minutes (default)".
static const char *evidence_of(const struct reactor_row *row, struct ledger_arena *arena) {
    const char *unit = row_text(row, "unit");
    const char *limit_from = row_text(row, "limit_from");
    const char *other = row_text(row, "other_visit");
    int64_t value, limit = 0;
    char figure[48] = "in no time";
    (void)row_integer(row, "limit", &limit);
    if (row_integer(row, "value", &value)) {
        int digits = snprintf(figure, sizeof figure, "%s%" PRId64 ".%04d", value < 0 ? "-" : "",
                              (int64_t)(llabs(value) / RATIO_ONE), (int)(llabs(value) % RATIO_ONE));
        while (digits > 0 && figure[digits - 1] == '0')
            figure[--digits] = '\0';
        if (digits > 0 && figure[digits - 1] == '.')
            figure[--digits] = '\0';
        (void)snprintf(figure + digits, sizeof figure - (size_t)digits, " %s", unit ? unit : "");
    }
    return ledger_arena_printf(arena, "%s, limit %" PRId64 " %s (%s)%s%s", figure, limit,
                               unit ? unit : "", limit_from ? limit_from : "default",
                               other ? ", other visit " : "", other ? other : "");
}

static enum ledger_err read_visit(const struct round *round, const struct reactor_row *row,
                                  struct ledger_arena *arena, struct finding *finding, bool *due,
                                  struct ledger_error *error) {
    (void)round;
    const char *visit = row_text(row, "visit");
    const char *client = row_text(row, "client");
    const char *rule = row_text(row, "rule");
    const char *stands = row_text(row, "stands");
    const char *limit_from = row_text(row, "limit_from");
    // A row with a limit from a verdict tells what a verdict said, and no figures.
    *due = visit != NULL && rule != NULL && stands != NULL && strcmp(stands, "flagged") == 0 &&
           limit_from != NULL && strcmp(limit_from, "verdict") != 0;
    if (!*due)
        return LEDGER_E_OK;
    Facts__V1__VisitVerdictRecorded *fact = ledger_arena_alloc(arena, sizeof *fact);
    const char *evidence = evidence_of(row, arena);
    if (fact == NULL || evidence == NULL)
        return no_memory(error);
    facts__v1__visit_verdict_recorded__init(fact);
    fact->visit_id = text_of(visit);
    fact->has_verdict = true;
    fact->verdict = FACTS__V1__VISIT_VERDICT_RECORDED__VERDICT__FLAGGED;
    fact->rule = text_of(rule);
    fact->evidence = text_of(evidence);
    *finding = (struct finding){.about = visit,
                                .due = rule,
                                .type = "VisitVerdictRecorded",
                                .payload = &fact->base,
                                .subjects = {{"visit", visit}, {"client", client}}};
    return LEDGER_E_OK;
}

// ---- duplicate: two clients that look like one, and that nobody has suspected or judged
static size_t duplicate_parameters(const struct round *round, const struct reactor_rule *rule,
                                   struct ledger_arena *arena,
                                   Ledger__V1__Parameter list[RULE_PARAMETERS_MAX]) {
    (void)rule;
    list[0] = round_parameter("now", instant_text(arena, round->now));
    return 1;
}

static enum ledger_err read_duplicate(const struct round *round, const struct reactor_row *row,
                                      struct ledger_arena *arena, struct finding *finding,
                                      bool *due, struct ledger_error *error) {
    const char *a = row_text(row, "a");
    const char *b = row_text(row, "b");
    const char *rule = row_text(row, "rule");
    int64_t score, cause;
    *due = a != NULL && b != NULL && rule != NULL && row_integer(row, "score", &score) &&
           row_integer(row, "cause", &cause);
    if (!*due)
        return LEDGER_E_OK;
    Facts__V1__DuplicateSuspected *fact = ledger_arena_alloc(arena, sizeof *fact);
    const char *both = ledger_arena_printf(arena, "%zu %s %s", strlen(a), a, b);
    if (fact == NULL || both == NULL)
        return no_memory(error);
    facts__v1__duplicate_suspected__init(fact);
    fact->a = text_of(a);
    fact->b = text_of(b);
    fact->has_score_bp = true;
    fact->score_bp = (uint32_t)score; // a ratio's integer is in hundredths of a per cent
    fact->rule = text_of(rule);
    *finding =
        (struct finding){.about = a,
                         .cause = (uint64_t)cause,
                         .due = both,
                         .occurred = ledger_moment_date(ledger_moment_instant(round->now, 0).day),
                         .type = "DuplicateSuspected",
                         .payload = &fact->base,
                         .subjects = {{"client", a}, {"client", b}}};
    return LEDGER_E_OK;
}

static const struct reactor_rule rules[] = {
    {.name = "reminder",
     .projection = "agenda",
     .query = "ahead",
     .table = "ahead",
     .parameters = reminder_parameters,
     .read = read_reminder,
     .cause_query = "task",
     .cause_parameter = "task",
     .cause_fact = "created"},
    {.name = "visit_flag",
     .projection = "field-route",
     .query = "verification",
     .table = "flagged",
     .parameters = visit_parameters,
     .read = read_visit,
     .cause_query = "visit",
     .cause_parameter = "visit",
     .cause_fact = "reported"},
    {.name = "duplicate",
     .projection = "directory",
     .query = "lookalikes",
     .table = "lookalikes",
     .parameters = duplicate_parameters,
     .read = read_duplicate},
};

// ---- and one for each alert
static struct reactor_rule rule_of(enum alert_code code) {
    return (struct reactor_rule){.name = alerts[code].name,
                                 .projection = alerts[code].projection,
                                 .query = alerts[code].query,
                                 .table = alerts[code].table,
                                 .parameters = raise_parameters,
                                 .read = raise_read,
                                 .alert = &alerts[code]};
}

struct reactor_rule *reactor_rules_make(size_t *count) {
    enum { OWN = sizeof rules / sizeof rules[0] };
    struct reactor_rule *made = malloc((OWN + ALERT_COUNT) * sizeof *made);
    if (made == NULL)
        return NULL;
    memcpy(made, rules, sizeof rules);
    *count = OWN;
    for (int code = 0; code < ALERT_COUNT; code++)
        if (!alert_causes[code].personal)
            made[(*count)++] = rule_of((enum alert_code)code);
    return made;
}
