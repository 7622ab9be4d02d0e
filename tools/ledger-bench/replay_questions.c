#include "replay_questions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "replay_facts.h"
#include "replay_model.h"
#include "replay_projections.h"

#define ASKED_S_MAX 30.0 // of one question

// ---- what a question is about

static void put(struct replay_parameters *parameters, const char *name, struct ledger_span value) {
    parameters->list[parameters->count].name = name;
    snprintf(parameters->list[parameters->count++].value, REPLAY_VALUE_SIZE, "%.*s",
             (int)value.size, (const char *)value.data);
}

static void put_day(struct replay_parameters *parameters, const char *name, int32_t day) {
    char text[LEDGER_DATE_TEXT_SIZE];
    ledger_date_format(day, text);
    put(parameters, name, ledger_span_text(text));
}

static void put_subject(struct replay_parameters *parameters, const char *kind,
                        const struct ledger_event_view *event) {
    for (size_t i = 0; i < event->subject_count; i++)
        if (ledger_span_equal(event->subjects[i].kind, ledger_span_text(kind))) {
            put(parameters, kind, event->subjects[i].id);
            return;
        }
}

static void about_client(const struct ledger_event_view *event,
                         struct replay_parameters *parameters) {
    put_subject(parameters, "client", event);
    put(parameters, "limit", ledger_span_text("50"));
}

static void about_deal(const struct ledger_event_view *event,
                       struct replay_parameters *parameters) {
    put_subject(parameters, "deal", event);
}

static void about_days(const struct ledger_event_view *event, int32_t from, int32_t to,
                       struct replay_parameters *parameters) {
    put(parameters, "rep", event->actor);
    put_day(parameters, "from", from);
    put_day(parameters, "to", to);
}

static void about_rep_day(const struct ledger_event_view *event,
                          struct replay_parameters *parameters) {
    about_days(event, event->occurred.day, event->occurred.day, parameters);
}

static void about_rep_month(const struct ledger_event_view *event,
                            struct replay_parameters *parameters) {
    int year, month, day;
    ledger_civil_from_days(event->occurred.day, &year, &month, &day);
    about_days(event, ledger_days_from_civil(year, month, 1),
               ledger_days_from_civil(year + month / 12, month % 12 + 1, 1) - 1, parameters);
}

// ---- models

static const struct replay_question history_questions[] = {
    {"timeline", "timeline", LEDGER_FACT_ClientRegistered, about_client}};
static const struct replay_question activity_questions[] = {
    {"day", "register", LEDGER_FACT_VisitReported, about_rep_day},
    {"month", "scorecard", LEDGER_FACT_VisitReported, about_rep_month}};
static const struct replay_question funnel_questions[] = {
    {"deal", "deal", LEDGER_FACT_DealOpened, about_deal}};

#define QUESTIONS(list) (list), sizeof(list) / sizeof *(list)
const struct replay_kind replay_kinds[] = {
    {"client-history", &client_history, QUESTIONS(history_questions)},
    {"rep-activity", &rep_activity, QUESTIONS(activity_questions)},
    {"sales-funnel", &sales_funnel, QUESTIONS(funnel_questions)},
};
const size_t replay_kind_count = sizeof replay_kinds / sizeof *replay_kinds;

static bool is_named(const char *name, const char *text, size_t size) {
    return strlen(name) == size && strncmp(name, text, size) == 0;
}

bool replay_kind_chosen(const struct replay_kind *kind, const char *names) {
    if (names == NULL)
        return true;
    for (size_t size; size = strcspn(names, ","), !is_named(kind->name, names, size);
         names += size + 1)
        if (names[size] == '\0')
            return false;
    return true;
}

enum ledger_err replay_kinds_check(const char *names, struct ledger_error *error) {
    while (names != NULL) {
        size_t size = strcspn(names, ","), kind = 0;
        while (kind < replay_kind_count && !is_named(replay_kinds[kind].name, names, size))
            kind++;
        if (kind == replay_kind_count)
            return ledger_fail(error, LEDGER_E_USAGE, "models", "\"%.*s\" is no model to measure",
                               (int)size, names);
        names = names[size] == ',' ? names + size + 1 : NULL;
    }
    return LEDGER_E_OK;
}

// ---- chance: so many of all facts of a type, each as likely as any other

struct picking {
    const struct replay_question *question;
    uint64_t random, seen;
    struct replay_parameters *picked;
    size_t count, wanted;
};

// SplitMix64.
static uint64_t chance_below(uint64_t *random, uint64_t limit) {
    uint64_t mixed = *random += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (mixed ^ (mixed >> 31)) % limit;
}

static void see(void *user, const struct ledger_event_view *event) {
    struct picking *picking = user;
    uint64_t place = picking->count < picking->wanted
                         ? picking->count++
                         : chance_below(&picking->random, picking->seen + 1);
    picking->seen++;
    if (place >= picking->wanted)
        return;
    picking->picked[place] = (struct replay_parameters){0};
    picking->question->about(event, &picking->picked[place]);
}

// As they come they are in the order of the ledger.
static void shuffle(struct picking *picking) {
    for (size_t i = picking->count; i > 1; i--) {
        size_t other = (size_t)chance_below(&picking->random, i);
        struct replay_parameters last = picking->picked[i - 1];
        picking->picked[i - 1] = picking->picked[other];
        picking->picked[other] = last;
    }
}

// ---- asking

static enum ledger_err ask(const struct replay_question *question,
                           const struct replay_parameters *about, struct replay_model *model,
                           struct asked *asked, struct ledger_error *error) {
    Ledger__V1__QueryRequest request = LEDGER__V1__QUERY_REQUEST__INIT;
    Ledger__V1__Parameter parameters[REPLAY_PARAMETERS_MAX];
    Ledger__V1__Parameter *list[REPLAY_PARAMETERS_MAX];
    size_t rows = 0;
    request.query = (char *)(uintptr_t)question->query;
    request.parameters = list;
    request.n_parameters = about->count;
    for (size_t i = 0; i < about->count; i++) {
        ledger__v1__parameter__init(&parameters[i]);
        parameters[i].name = (char *)(uintptr_t)about->list[i].name;
        parameters[i].value = (char *)(uintptr_t)about->list[i].value;
        list[i] = &parameters[i];
    }
    uint64_t begun = clock_now();
    enum ledger_err err = replay_model_ask(model, &request, &rows, error);
    samples_add(&asked->samples, clock_now() - begun);
    asked->rows += rows;
    asked->empty += rows == 0;
    return err;
}

static enum ledger_err ask_all(const struct picking *picking, struct replay_model *model,
                               struct asked *asked, struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    uint64_t begun = clock_now(), end = begun + clock_nanos(ASKED_S_MAX);
    for (size_t i = 0; err == LEDGER_E_OK && i < picking->count && clock_now() < end; i++)
        err = ask(picking->question, &picking->picked[i], model, asked, error);
    asked->seconds = clock_seconds(clock_now() - begun);
    if (err == LEDGER_E_OK && asked->samples.failed)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "keeping latencies");
    if (err == LEDGER_E_OK && asked->empty == asked->samples.count)
        err = ledger_fail(error, LEDGER_E_NOT_FOUND, picking->question->query,
                          "no answer had a row, of %zu", asked->samples.count);
    return err;
}

enum ledger_err replay_questions_ask(const struct replay_question *question,
                                     struct service *service, uint64_t seed, size_t count,
                                     struct replay_model *model, struct asked *asked,
                                     struct ledger_error *error) {
    struct picking picking = {.question = question, .random = seed, .wanted = count};
    picking.picked = calloc(count, sizeof *picking.picked);
    if (picking.picked == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "choosing questions");
    enum ledger_err err = replay_facts_walk(service, question->fact, see, &picking, error);
    if (err == LEDGER_E_OK) {
        shuffle(&picking);
        err = ask_all(&picking, model, asked, error);
    }
    free(picking.picked);
    return err;
}
