// Open deals that nobody works on: without an open task, or of which nothing has happened lately.
#include <stdlib.h>
#include <string.h>

#include "deals.h"
#include "tasks.h"

static const struct projection_column total_columns[] = {
    {"open", "Open deals", PROJECTION_INTEGER},
    {"no_open_task", "Without an open task", PROJECTION_INTEGER},
    {"quiet", "Quiet for the days asked", PROJECTION_INTEGER},
};
static const struct projection_column columns[] = {
    {"deal", "Deal", PROJECTION_ID},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"owner", "Owner", PROJECTION_ID},
    {"owner_name", "Owner's name", PROJECTION_TEXT},
    {"stage", "Stage", PROJECTION_ID},
    {"amount", "Amount", PROJECTION_MONEY},
    {"open_tasks", "Open tasks", PROJECTION_INTEGER},
    {"next_due", "Next due", PROJECTION_DATE},
    {"last_fact", "Last fact", PROJECTION_DATE},
    {"quiet_days", "Days since", PROJECTION_INTEGER},
    {"no_open_task", "No open task", PROJECTION_FLAG},
    {"quiet", "Quiet", PROJECTION_FLAG},
};

struct idle_deal {
    const char *id, *client, *owner, *stage;
    bool has_amount;
    int64_t minor;
    const char *currency;
    uint64_t open_tasks;
    bool has_due, has_last_day;
    int32_t due, last_day;
    int64_t quiet_days; // -1 = not known; filled in for the answer
    bool quiet;
};

struct idle {
    struct projection_view *view;
    struct ledger_arena *arena;
    struct doubts doubts;
    struct idle_deal *list;
    size_t count, capacity;
    uint64_t without_task, quiet;
};

static void last_day(struct idle_deal *deal, bool known, int32_t day) {
    if (!known || (deal->has_last_day && day <= deal->last_day))
        return;
    deal->has_last_day = true;
    deal->last_day = day;
}

static void read_tasks(const struct deals *deals, struct idle_deal *deal) {
    struct deal_tasks tasks;
    struct deal_task task;
    deal_tasks_begin(&tasks, deals->view, deal->id);
    while (deal_tasks_next(&tasks, &task)) {
        last_day(deal, task.has_last_day, task.last_day);
        if (!deal_task_is_open(&task))
            continue;
        deal->open_tasks++;
        if (task.row.has_due && (!deal->has_due || task.row.due < deal->due)) {
            deal->has_due = true;
            deal->due = task.row.due;
        }
    }
}

static bool add(void *user, struct deals *deals, const struct deal *deal) {
    struct idle *idle = user;
    if (deal->status != DEAL_IS_OPEN || !doubts_add(&idle->doubts, deal))
        return true;
    if (!projection_grow(idle->arena, &idle->list, &idle->capacity, idle->count,
                         sizeof(struct idle_deal)))
        return false;
    const struct stage *stage = deal_stage(deals, deal);
    struct idle_deal *added = &idle->list[idle->count++];
    *added = (struct idle_deal){.id = deal->id,
                                .client = deal_client(deals, deal),
                                .owner = deal->owner,
                                .stage = stage ? stage->id : NULL,
                                .has_amount = deal->has_amount,
                                .minor = deal->minor,
                                .currency = deal->currency};
    for (size_t i = 0; i < deal->event_count; i++)
        last_day(added, deal->events[i].occurred.when != LEDGER_WHEN_UNKNOWN,
                 deal->events[i].occurred.day);
    read_tasks(deals, added);
    return true;
}

// The longest quiet first; those of an unknown day before them.
static int by_quiet(const void *a, const void *b) {
    const struct idle_deal *left = a;
    const struct idle_deal *right = b;
    if (left->has_last_day != right->has_last_day)
        return left->has_last_day ? 1 : -1;
    if (left->has_last_day && left->last_day != right->last_day)
        return left->last_day < right->last_day ? -1 : 1;
    return strcmp(left->id, right->id);
}

static size_t keep_idle(struct idle *idle, int32_t today, bool by_days, uint64_t days) {
    size_t kept = 0;
    for (size_t i = 0; i < idle->count; i++) {
        struct idle_deal *deal = &idle->list[i];
        deal->quiet_days = deal->has_last_day ? (int64_t)today - deal->last_day : -1;
        deal->quiet = by_days && deal->has_last_day && deal->quiet_days >= 0 &&
                      (uint64_t)deal->quiet_days >= days;
        idle->without_task += !deal->open_tasks;
        idle->quiet += deal->quiet;
        if (deal->quiet || !deal->open_tasks)
            idle->list[kept++] = *deal;
    }
    if (kept)
        qsort(idle->list, kept, sizeof(struct idle_deal), by_quiet);
    return kept;
}

static void answer_day(struct projection_answer *answer, bool known, int32_t day) {
    if (known)
        projection_answer_day(answer, day);
    else
        projection_answer_none(answer);
}

static void answer_deal(struct projection_answer *answer, struct projection_view *view,
                        const struct idle_deal *deal) {
    projection_answer_text(answer, deal->id);
    projection_answer_text(answer, deal->client);
    projection_answer_text(answer, projection_name(view, CLIENTS, deal->client));
    projection_answer_text(answer, deal->owner);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, deal->owner));
    projection_answer_text(answer, deal->stage);
    if (deal->has_amount)
        projection_answer_money(answer, deal->minor, deal->currency);
    else
        projection_answer_none(answer);
    projection_answer_integer(answer, (int64_t)deal->open_tasks);
    answer_day(answer, deal->has_due, deal->due);
    answer_day(answer, deal->has_last_day, deal->last_day);
    if (deal->has_last_day)
        projection_answer_integer(answer, deal->quiet_days);
    else
        projection_answer_none(answer);
    projection_answer_flag(answer, !deal->open_tasks);
    projection_answer_flag(answer, deal->quiet);
}

enum ledger_err idle_answer(struct projection_view *view,
                            const struct projection_arguments *arguments,
                            struct projection_answer *answer, struct ledger_error *error) {
    struct deals deals;
    struct idle idle = {.view = view, .arena = projection_view_arena(view)};
    uint64_t days = 0;
    uint64_t limit = 0;
    bool by_days = false;
    bool limited;
    const struct ledger_moment today = projection_view_today(view);
    enum ledger_err err = projection_argument_u64(arguments, "days", &days, &by_days, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    if (!err)
        err = deals_each(&deals, add, &idle);
    if (err)
        return err;
    uint64_t open = idle.count;
    size_t kept = keep_idle(&idle, today.day, by_days, days);
    projection_answer_table(answer, "totals", "Open deals", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)open);
    projection_answer_integer(answer, (int64_t)idle.without_task);
    if (by_days)
        projection_answer_integer(answer, (int64_t)idle.quiet);
    else
        projection_answer_none(answer);
    projection_answer_table(answer, "idle", "Open deals that nobody works on",
                            PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < kept; i++)
        answer_deal(answer, view, &idle.list[i]);
    projection_answer_note_today(answer, view);
    deals_notes(&deals, answer, &idle.doubts);
    return LEDGER_E_OK;
}
