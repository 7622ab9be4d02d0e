// Clients by the value of the deals won with them in a period, largest first, with their classes.
#include "deals.h"
#include "ranking.h"
#include "sums.h"

static const struct projection_column client_columns[] = {
    {"client", "Client", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT},
    {"won", "Won", PROJECTION_INTEGER},
    {"won_value", "Won value", PROJECTION_MONEY},
    {"share_before", "Cumulative share before", PROJECTION_RATIO},
    {"class", "Class", PROJECTION_TEXT},
};
static const struct projection_column class_columns[] = {
    {"currency", "Currency", PROJECTION_TEXT},
    {"class", "Class", PROJECTION_TEXT},
    {"clients", "Clients", PROJECTION_INTEGER},
    {"won_value", "Won value", PROJECTION_MONEY},
};

static bool add(void *user, struct deals *deals, const struct deal *deal) {
    return ranking_add(user, deals, deal);
}

static void answer_clients(struct projection_answer *answer, struct projection_view *view,
                           const struct ranking *ranking, uint64_t limit) {
    projection_answer_table(answer, "clients", "Clients by won value",
                            PROJECTION_COLUMNS(client_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < ranking->keys.count; i++) {
        const struct ranked_client *client = &ranking->list[i];
        projection_answer_text(answer, client->id);
        projection_answer_text(answer, projection_name(view, CLIENTS, client->id));
        projection_answer_integer(answer, (int64_t)client->won);
        projection_answer_money(answer, client->minor, client->currency);
        projection_answer_ratio(answer, client->before, client->total);
        projection_answer_text(answer, class_names[client->class]);
    }
}

// Every class of each currency, those without clients too.
static bool answer_classes(struct projection_answer *answer, const struct ranking *ranking) {
    struct sums classes = SUMS_IN(ranking->arena);
    for (size_t i = 0; i < ranking->keys.count; i++) {
        const struct ranked_client *client = &ranking->list[i];
        for (size_t class = 0; class < CLASSES; class ++) {
            struct sum *sum = sums_of(&classes, client->currency, class_names[class], NULL);
            if (!sum)
                return false;
            sum->counts[0] += client->class == class;
            sum->amounts[0] += client->class == class ? client->minor : 0;
        }
    }
    sums_sort(&classes);
    projection_answer_table(answer, "classes", "Classes", PROJECTION_COLUMNS(class_columns));
    for (size_t i = 0; i < classes.keys.count; i++) {
        const struct sum *sum = &classes.list[i];
        projection_answer_text(answer, sum->name);
        projection_answer_text(answer, sum->second);
        projection_answer_integer(answer, (int64_t)sum->counts[0]);
        projection_answer_money(answer, sum->amounts[0], sum->name);
    }
    return true;
}

enum ledger_err abc_answer(struct projection_view *view,
                           const struct projection_arguments *arguments,
                           struct projection_answer *answer, struct ledger_error *error) {
    struct deals deals;
    struct ranking ranking = RANKING_IN(projection_view_arena(view));
    uint64_t limit = 0;
    bool limited;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &limited, error);
    if (!err)
        err = projection_argument_period(arguments, &ranking.period, error);
    if (!err)
        err = deals_begin(&deals, view, arguments, error);
    if (!err)
        err = deals_each(&deals, add, &ranking);
    if (err)
        return err;
    ranking_finish(&ranking);
    answer_clients(answer, view, &ranking, limit);
    if (!answer_classes(answer, &ranking))
        return projection_no_memory(error);
    ranking_notes(&ranking, answer);
    deals_notes(&deals, answer, NULL);
    return LEDGER_E_OK;
}
