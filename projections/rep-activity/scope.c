#include "scope.h"

#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool find_reps(struct scope *scope) {
    static const char *everyone[] = {NULL};
    struct projection_ids people = {.arena = projection_view_arena(scope->view)};
    scope->reps = everyone;
    scope->rep_count = 1;
    if (scope->territory) {
        territories_people(&scope->territories, scope->territory, &people);
        if (people.count)
            qsort(people.texts, people.count, sizeof *people.texts, by_text);
        scope->reps = people.texts;
        scope->rep_count = people.count;
    }
    if (!scope->rep || scope->territories.failed)
        return !scope->territories.failed;
    bool among = !scope->territory;
    for (size_t i = 0; i < people.count; i++)
        among |= strcmp(people.texts[i], scope->rep) == 0;
    scope->reps = &scope->rep;
    scope->rep_count = among;
    return true;
}

enum ledger_err scope_begin(struct scope *scope, struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct ledger_error *error) {
    bool limited;
    *scope = (struct scope){.view = view,
                            .rep = projection_argument(arguments, "rep"),
                            .territory = projection_argument(arguments, "territory")};
    territories_begin(&scope->territories, view);
    enum ledger_err err = projection_argument_period(arguments, &scope->period, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &scope->limit, &limited, error);
    if (!err && !find_reps(scope))
        err = projection_no_memory(error);
    return err;
}

bool scope_is_everyone(const struct scope *scope) {
    return scope->rep_count == 1 && !scope->reps[0];
}

bool scope_holds_day(struct scope *scope, const char *rep, int32_t day) {
    return !scope->territory ||
           territories_held_within(&scope->territories, rep, scope->territory, day);
}

bool scope_holds(struct scope *scope, const char *rep, const struct ledger_moment *moment) {
    if (!projection_period_holds(&scope->period, moment))
        return false;
    return !scope->territory ||
           (moment->when != LEDGER_WHEN_UNKNOWN && scope_holds_day(scope, rep, moment->day));
}

void scope_notes(struct scope *scope, const struct projection_arguments *arguments,
                 struct projection_answer *answer) {
    static const uint8_t tables[] = {TERRITORIES, PARTS};
    note_unknown_ids(scope->view, arguments, answer);
    if (!scope->territory)
        return;
    if (projection_knows(scope->view, tables, sizeof tables, scope->territory))
        projection_answer_note(answer,
                               "Of each representative, only the days on which they held "
                               "territory %s or one below it.",
                               scope->territory);
    else
        projection_answer_nothing_known(answer, "territory", scope->territory);
}
