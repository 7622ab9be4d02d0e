// Deals on their way through the pipeline: forwards, backwards, won, lost and opened again.
#include "world.h"

enum {
    OPENED_PERCENT = 10, // of a representative's working days
    BACKWARDS_EVERY = 7, // of the steps
    REOPENED_EVERY = 3,  // of the losses
};

static void put(struct world *world, const struct deal *deal, const char *type, json_t *payload,
                bool with_client) {
    const struct rep *rep = &world->reps[deal->owner];
    const int64_t at = at_time(world->today, 16, (int)(world->deal_steps % 60));
    struct fact fact = {.type = type,
                        .category = "deal",
                        .id = deal->id,
                        .occurred = at,
                        .recorded = at + MINUTE,
                        .actor = rep->id,
                        .subjects = {{"deal", deal->id, NULL}},
                        .payload = payload,
                        .territory = rep->territory};
    if (with_client) {
        fact.subjects[1].kind = "client";
        fact.subjects[1].id = world->clients[deal->client].id;
    }
    outbox_put(&world->outbox, &fact, NULL);
}

static void open_deal(struct world *world, int rep) {
    int known = world_pick_clients(world, rep);
    struct deal *deal = known ? world_add(world, &world->deals, &world->deal_count,
                                          &world->deal_capacity, sizeof *deal)
                              : NULL;
    if (!deal)
        return;
    (void)snprintf(deal->id, ID_SIZE, "deal-%05d", world->deal_count);
    deal->owner = rep;
    deal->client = world->picked[chance_below(&world->chance, (uint64_t)known)];
    deal->minor = chance_between(&world->chance, 50, 900) * 10000;
    deal->next_day = world->today + (int32_t)chance_between(&world->chance, 2, 7);
    put(world, deal, "DealOpened",
        json_pack("{s:s,s:s,s:s,s:s,s:s,s:[s],s:o,s:o}", "dealId", deal->id, "clientId",
                  world->clients[deal->client].id, "ownerId", world->reps[rep].id, "pipelineId",
                  "contracts", "stage", stage_ids[0], "productIds",
                  product_ids[chance_below(&world->chance, PRODUCTS)], "amount",
                  value_money(deal->minor), "closeDate", value_date(world->today + 45)),
        true);
}

// ---- steps
static void move(struct world *world, struct deal *deal, int stage) {
    put(world, deal, "DealStageChanged",
        json_pack("{s:s,s:s,s:s,s:s}", "dealId", deal->id, "from", stage_ids[deal->stage], "to",
                  stage_ids[stage], "oldFrom", "LEDGER"),
        false);
    if (stage < deal->stage)
        truth_list(&world->truth, "deal_moves_back_to", stage_ids[stage], deal->id);
    deal->stage = stage;
}

static void change_amount(struct world *world, struct deal *deal) {
    int64_t minor = deal->minor * chance_between(&world->chance, 80, 125) / 100;
    put(world, deal, "DealTermsChanged",
        json_pack("{s:s,s:s,s:{s:o},s:{s:o},s:s}", "dealId", deal->id, "field", "AMOUNT", "old",
                  "amount", value_money(deal->minor), "new", "amount", value_money(minor),
                  "oldFrom", "LEDGER"),
        false);
    deal->minor = minor;
}

static void win(struct world *world, struct deal *deal) {
    put(world, deal, "DealWon",
        json_pack("{s:s,s:o}", "dealId", deal->id, "amount", value_money(deal->minor)), false);
    deal->state = DEAL_WON;
    world->won_minor += deal->minor;
}

static void lose(struct world *world, struct deal *deal) {
    static const char *const reasons[] = {"price", "no-need", "competitor"};
    put(world, deal, "DealLost",
        json_pack("{s:s,s:s}", "dealId", deal->id, "reasonCode",
                  reasons[chance_below(&world->chance, 3)]),
        false);
    deal->state = DEAL_LOST;
    deal->comes_back = ++world->losses % REOPENED_EVERY == 1;
}

static void reopen(struct world *world, struct deal *deal) {
    put(world, deal, "DealReopened",
        json_pack("{s:s,s:s,s:s}", "dealId", deal->id, "toStage", stage_ids[1], "reason",
                  "the client asked again"),
        false);
    deal->state = DEAL_OPEN;
    deal->stage = 1;
    deal->comes_back = false;
    truth_list(&world->truth, "deals_reopened", NULL, deal->id);
}

static void step(struct world *world, struct deal *deal) {
    uint64_t roll = chance_below(&world->chance, 100);
    uint64_t number = ++world->deal_steps;
    deal->next_day = world->today + (int32_t)chance_between(&world->chance, 3, 12);
    if (deal->state == DEAL_LOST)
        reopen(world, deal);
    else if (deal->stage > 0 && number % BACKWARDS_EVERY == 0)
        move(world, deal, deal->stage - 1);
    else if (roll < 60 && deal->stage == STAGES - 1)
        win(world, deal);
    else if (roll < 60)
        move(world, deal, deal->stage + 1);
    else if (roll < 78)
        lose(world, deal);
    else if (roll < 88)
        change_amount(world, deal);
}

void deals_day(struct world *world) {
    if (!is_workday(world))
        return;
    for (int i = 0; i < world->deal_count; i++) {
        struct deal *deal = &world->deals[i];
        bool moves = deal->state == DEAL_OPEN || deal->comes_back;
        if (moves && deal->next_day <= world->today && !rep_rests(world, deal->owner))
            step(world, deal);
    }
    for (int i = 0; i < world->rep_count; i++)
        if (rep_works(world, &world->reps[i], world->today) && !rep_rests(world, i) &&
            chance_percent(&world->chance, OPENED_PERCENT))
            open_deal(world, i);
}

void deals_end(struct world *world) {
    static const char *const states[] = {
        [DEAL_OPEN] = "open", [DEAL_WON] = "won", [DEAL_LOST] = "lost"};
    for (int i = 0; i < world->deal_count; i++)
        truth_list(&world->truth, "deals", states[world->deals[i].state], world->deals[i].id);
    truth_set(&world->truth, "won_minor", json_integer(world->won_minor));
}
