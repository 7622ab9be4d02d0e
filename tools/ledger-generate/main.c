// ledger-generate: a field force of any size, as facts for `ledgerctl append`.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/clock.h"
#include "ledger/config.h"
#include "ledger/moment.h"
#include "world.h"

struct settings {
    int64_t seed, reps, months, events;
    const char *from, *truth;
    bool packed;
};

// Of a representative, hiring and territory included, there are that many facts a month or more.
enum { FACTS_A_MONTH_MIN = 700, REPS_MIN = 4, REPS_MAX = 10000 };
// Earlier than that, what a fact says of the time before it falls behind what a ledger takes.
enum { YEAR_MIN = 1910, YEAR_MAX = 9000 };

#define FIELD(name) offsetof(struct settings, name)
static const struct ledger_option options[] = {
    {"seed", LEDGER_OPTION_INTEGER, FIELD(seed), "1", 0, INT64_MAX, "N", NULL,
     "the same seed and the same options give the same bytes"},
    {"reps", LEDGER_OPTION_INTEGER, FIELD(reps), "6", REPS_MIN, REPS_MAX, "N", NULL,
     "how many representatives are hired"},
    {"months", LEDGER_OPTION_INTEGER, FIELD(months), "3", 3, 120, "N", "months",
     "how long they work"},
    {"from", LEDGER_OPTION_TEXT, FIELD(from), "2026-01-01", 0, 0, "DATE", NULL, "the first day"},
    {"events", LEDGER_OPTION_INTEGER, FIELD(events), "0", 0, 1000000000, "N", NULL,
     "end after so many facts, with as many representatives as they take; 0 = what --reps make"},
    {"packed", LEDGER_OPTION_FLAG, FIELD(packed), NULL, 0, 0, NULL, NULL,
     "write a packed ledger.v1.Append instead, however long: to be cut between events"},
    {"truth", LEDGER_OPTION_TEXT, FIELD(truth), NULL, 0, 0, "FILE", NULL,
     "write there, as JSON, what the facts hold: to check read models against"},
};

static enum ledger_err find_days(const struct settings *settings, int32_t *first, int32_t *last,
                                 struct ledger_error *error) {
    int year;
    int month;
    int day;
    if (!ledger_date_parse(ledger_span_of(settings->from, strlen(settings->from)), first))
        return ledger_fail(error, LEDGER_E_USAGE, "from", "%.60s is not a date such as 2026-01-01",
                           settings->from);
    ledger_civil_from_days(*first, &year, &month, &day);
    if (year < YEAR_MIN || year > YEAR_MAX)
        return ledger_fail(error, LEDGER_E_USAGE, "from", "the year is not from %d to %d", YEAR_MIN,
                           YEAR_MAX);
    int64_t months = month - 1 + settings->months;
    *last = ledger_days_from_civil(year + (int)(months / 12), (int)(months % 12) + 1,
                                   day > 28 ? 28 : day) -
            1;
    return LEDGER_E_OK;
}

// The bytes do not depend on the clock, but whether a ledger takes them does.
static void warn_ahead(int32_t last) {
    char day[LEDGER_DATE_TEXT_SIZE];
    int64_t now = ledger_clock_system.wall_micros(ledger_clock_system.context);
    if (last <= ledger_moment_instant(now, 0).day)
        return;
    ledger_date_format(last, day);
    (void)fprintf(
        stderr,
        "ledger-generate: the last day, %s, lies ahead: a ledger refuses what occurs more "
        "than 24 h after its clock (see --from and --months)\n",
        day);
}

static int64_t count_reps(const struct settings *settings) {
    int64_t reps = settings->events / (FACTS_A_MONTH_MIN * settings->months) + 1;
    if (settings->events == 0)
        return settings->reps;
    return reps < REPS_MIN ? REPS_MIN : reps;
}

static enum ledger_err check(const void *given, struct ledger_error *error) {
    const struct settings *settings = given;
    int32_t first;
    int32_t last;
    if (settings->events != 0 && settings->truth)
        return ledger_fail(error, LEDGER_E_USAGE, "truth",
                           "is of a whole world, and --events may end before that");
    if (count_reps(settings) > REPS_MAX)
        return ledger_fail(error, LEDGER_E_USAGE, "events", "takes more --months");
    return find_days(settings, &first, &last, error);
}

static const struct ledger_program program = {
    .name = "ledger-generate",
    .usage = "[options]",
    .summary = "Writes the facts of a field force that never was, as JSON Lines.",
    .details =
        "Facts come in the order of recording; each names the source system \"generated\". "
        "Besides\n"
        "honest work there are invented visits, late entries, corrections, duplicates, a handover\n"
        "with gaps, overdue orders, invoices and tasks. What of it there is, --truth tells.\n"
        "Exit status: 0; 2 for wrong usage; 74 if a file cannot be written.\n"
        "\n"
        "Examples:\n"
        "  ledger-generate | ledgerctl append\n"
        "  ledger-generate --seed 7 --reps 200 --months 24 --truth truth.json >facts.jsonl\n"
        "  ledger-generate --events 1000000 --months 12 >facts.jsonl\n",
    .environment_prefix = "LEDGER_GENERATE",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .check = check,
};

// How many facts were recorded by the end of the month: what a report of it could know.
static void note_month(struct world *world) {
    json_t *month = value_month(world->today);
    json_t *next = value_month(world->today + 1);
    if (month && next && !json_equal(month, next))
        truth_count(&world->truth, "facts_by_month_end", json_string_value(month),
                    (int64_t)world->outbox.written);
    json_decref(month);
    json_decref(next);
}

static void live_day(struct world *world) {
    staff_day(world);
    plans_day(world);
    if (is_workday(world))
        visits_day(world);
    deals_day(world);
    tasks_day(world);
    orders_day(world);
    outbox_flush(&world->outbox, at_time(world->today + 1, 0, 0));
    world->workday += is_workday(world);
    note_month(world);
}

static void put_frame(struct world *world, const struct settings *settings) {
    truth_set(&world->truth, "seed", json_integer(settings->seed));
    truth_set(&world->truth, "reps", json_integer(settings->reps));
    truth_set(&world->truth, "first_day", value_date(world->first_day));
    truth_set(&world->truth, "last_day", value_date(world->last_day));
}

static enum ledger_err live(struct world *world, const struct settings *settings,
                            struct ledger_error *error) {
    put_frame(world, settings);
    standards_set(world);
    if (!staff_hire(world, (int)count_reps(settings)))
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    clients_register(world);
    duplicates_plan(world);
    for (world->today = world->first_day;
         world->today <= world->last_day && !outbox_is_full(&world->outbox); world->today++)
        live_day(world);
    deals_end(world);
    tasks_end(world);
    orders_end(world);
    truth_set(&world->truth, "facts", json_integer((json_int_t)world->outbox.written));
    enum ledger_err err = outbox_end(&world->outbox, error);
    if (!err && settings->events != 0 && !outbox_is_full(&world->outbox))
        return ledger_fail(error, LEDGER_E_USAGE, "events", "so few --months make only %llu",
                           (unsigned long long)world->outbox.written);
    return err || !settings->truth ? err : truth_write(&world->truth, settings->truth, error);
}

static void free_world(struct world *world) {
    outbox_free(&world->outbox);
    truth_free(&world->truth);
    free(world->reps);
    free(world->managers);
    free(world->clients);
    free(world->deals);
    free(world->tasks);
    free(world->picked);
}

static enum ledger_err generate(const struct settings *settings, struct ledger_error *error) {
    struct world world = {.chance = {(uint64_t)settings->seed},
                          .outbox = {.file = stdout,
                                     .seed = (uint64_t)settings->seed,
                                     .written_max = (uint64_t)settings->events}};
    enum ledger_err err = find_days(settings, &world.first_day, &world.last_day, error);
    if (err)
        return err;
    warn_ahead(world.last_day);
    world.outbox.packing = packing_new(settings->packed ? PACKING_PACKED : PACKING_LINES);
    if (!world.outbox.packing)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "out of memory");
    truth_begin(&world.truth);
    if (settings->truth)
        err = truth_open(&world.truth, settings->truth, error);
    if (!err)
        err = live(&world, settings, error);
    free_world(&world);
    return err;
}

int main(int argc, char **argv) {
    struct settings settings = {0};
    struct ledger_error error = {0};
    bool done = false;
    int rest = 0;
    enum ledger_err err = ledger_config_read(&program, argc, argv, &settings, &rest, &done, &error);
    if (!err && !done && rest < argc)
        err = ledger_fail(&error, LEDGER_E_USAGE, argv[rest], "is no option");
    if (!err && !done)
        err = generate(&settings, &error);
    if (!err)
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "ledger-generate: %s%s%s\n", error.field, *error.field ? ": " : "",
                  error.message);
    return ledger_err_exit(err);
}
