// Contacts by calendar month.
#include <stdlib.h>

#include "contacts.h"
#include "runtime/months.h"

struct month_client {
    int64_t month;
    size_t client;
};

struct month {
    int64_t month; // 12 x year + month - 1
    uint64_t contacts, visits, reps, clients;
    size_t last_rep; // number of the last representative counted, from 1
};

struct months {
    struct ledger_arena *arena;
    struct month *list;
    size_t count, capacity;
    struct month_client *clients;
    size_t client_count, client_capacity;
};

static const struct projection_column columns[] = {
    {"month", "Month", PROJECTION_TEXT},
    {"contacts", "Contacts", PROJECTION_INTEGER},
    {"visits", "Visits reported", PROJECTION_INTEGER},
    {"reps", "Representatives", PROJECTION_INTEGER},
    {"clients", "Clients", PROJECTION_INTEGER},
};

static struct month *find_month(struct months *months, int64_t month) {
    for (size_t i = 0; i < months->count; i++)
        if (months->list[i].month == month)
            return &months->list[i];
    if (!projection_grow(months->arena, &months->list, &months->capacity, months->count,
                         sizeof(struct month)))
        return NULL;
    months->list[months->count] = (struct month){.month = month};
    return &months->list[months->count++];
}

static bool count_rep(struct months *months, const struct rep_contacts *rep, size_t number) {
    for (size_t i = 0; i < rep->count; i++) {
        const struct contact_visit *visit = &rep->visits[i];
        struct month *month = find_month(months, projection_month_of(visit->day));
        if (!month)
            return false;
        month->visits++;
        month->contacts += visit->first;
        month->reps += month->last_rep != number;
        month->last_rep = number;
        if (!projection_grow(months->arena, &months->clients, &months->client_capacity,
                             months->client_count, sizeof(struct month_client)))
            return false;
        months->clients[months->client_count++] =
            (struct month_client){month->month, visit->client};
    }
    return true;
}

static int by_month(const void *a, const void *b) {
    const struct month *left = a;
    const struct month *right = b;
    return left->month < right->month ? -1 : left->month > right->month;
}

static int by_month_and_client(const void *a, const void *b) {
    const struct month_client *left = a;
    const struct month_client *right = b;
    if (left->month != right->month)
        return left->month < right->month ? -1 : 1;
    return left->client < right->client ? -1 : left->client > right->client;
}

static void count_clients(struct months *months) {
    const struct month_client *list = months->clients;
    if (!months->client_count)
        return;
    qsort(months->clients, months->client_count, sizeof *list, by_month_and_client);
    qsort(months->list, months->count, sizeof *months->list, by_month);
    for (size_t i = 0; i < months->client_count; i++)
        if (i == 0 || by_month_and_client(&list[i - 1], &list[i]) != 0)
            find_month(months, list[i].month)->clients++;
}

enum ledger_err months_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct contacts contacts;
    struct months months = {.arena = projection_view_arena(view)};
    uint64_t unknown_time = 0;
    const struct rep_contacts *rep = NULL;
    enum ledger_err err = contacts_begin(&contacts, view, arguments, error);
    for (size_t number = 1; !err; number++) {
        err = contacts_next(&contacts, &rep, error);
        if (err || !rep)
            break;
        unknown_time += rep->unknown_time;
        if (!count_rep(&months, rep, number))
            err = projection_no_memory(error);
    }
    if (err)
        return err;
    count_clients(&months);
    projection_answer_table(answer, "months", "Contacts by month", PROJECTION_COLUMNS(columns));
    for (size_t i = 0; i < months.count; i++) {
        const struct month *month = &months.list[i];
        char text[PROJECTION_MONTH_TEXT_SIZE];
        projection_month_format(month->month, text);
        projection_answer_text(answer, text);
        projection_answer_integer(answer, (int64_t)month->contacts);
        projection_answer_integer(answer, (int64_t)month->visits);
        projection_answer_integer(answer, (int64_t)month->reps);
        projection_answer_integer(answer, (int64_t)month->clients);
    }
    if (unknown_time)
        projection_answer_note(answer, "%s in no month.",
                               projection_count(answer, unknown_time, "visit at an unknown time is",
                                                "visits at an unknown time are"));
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
