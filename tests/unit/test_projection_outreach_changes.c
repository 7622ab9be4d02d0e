// outreach: what the order of facts, merges and late facts do to its answers, and what was known at
// any position.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_projection_outreach_facts.h"

// ---- nothing there
static void an_empty_ledger_answers_everything(void **state) {
    (void)state;
    static const char *const asked[][3] = {
        {"answers", "client", "z"},
        {"asked-again", "client", "z"},
        {"survey", "survey", "z"},
        {"mailings", "mailing", "z"},
        {"mailings", "campaign", "z"},
        {"interactions", "rep", "z"},
        {"against-preference", "client", "z"},
        {"consent", "person", "z"},
        {"needs", "client", "z"},
        {"feedback", "client", "z"},
        {"decisions", "client", "z"},
        {"documents", "client", "z"},
    };
    struct world *world = world_open(&outreach);
    base(world);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        assert_true(has_note(world_ask(world, asked[i][0], asked[i][1], asked[i][2], NULL),
                             "Nothing is known of"));
    assert_cell(world_ask(world, "asked-again", NULL), "totals", 0, "share", "none");
    assert_cell(world_ask(world, "mailings", NULL), "totals", 0, "delivered_rate", "none");
    assert_cell(world_ask(world, "interactions", NULL), "totals", 0, "mean_seconds", "none");
    assert_cell(world_ask(world, "against-preference", NULL), "totals", 0, "share", "none");
    assert_cell(world_ask(world, "survey", "survey", "z", NULL), "survey", 0, "response_rate",
                "none");
    struct ledger_error error;
    assert_int_equal(world_refuse(world, &error, "interactions", "by", "moon", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "needs", "by", "moon", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "answers", "client", "a", "earlier", "no", NULL),
                     LEDGER_E_INVALID_VALUE);
    assert_int_equal(world_refuse(world, &error, "feedback", "list", "no", NULL),
                     LEDGER_E_INVALID_VALUE);
    world_close(world);
}

// ---- order
// The same facts in another order of the ledger: what happened is the same, and so are the answers.
static void write_in_order(struct world *world, const size_t *order, size_t count) {
    for (size_t i = 0; i < count; i++) {
        switch (order[i]) {
        case 0:
            said(world, "a", "s1", "q", "yes", "2025-05-01", "r1", "p1");
            break;
        case 1:
            said(world, "a", "s1", "q", "no", "2025-05-09", "r2", "p1");
            break;
        case 2:
            mailing(world, "m1", "k1", "2025-05-02", 4, 100, "");
            break;
        case 3:
            response(world, "m1", "p1", "DELIVERED", "2025-05-03");
            break;
        case 4:
            consent(world, "p1", "\"EMAIL\"", false, "2025-05-01");
            break;
        case 5:
            deal(world, "d1", "a", "k1", "2025-05-04", 100);
            break;
        case 6:
            fact(world, "DealWon", "2025-05-04", "r1", "\"dealId\":\"d1\"");
            break;
        case 7:
            need(world, "n1", "a", "cold", "NO", 100, "EUR", "2025-05-01");
            break;
        case 8:
            need(world, "n1", "a", "cold", "YES", 100, "EUR", "2025-05-05");
            break;
        default:
            contact(world, "i1", "r1", "a", "p1", "EMAIL", "OUTBOUND", 9, "2025-05-06T09:00:00Z");
        }
    }
}

static void the_order_of_the_ledger_and_of_pages_changes_nothing(void **state) {
    (void)state;
    static const char *const asked[] = {"asked-again", "mailings", "interactions", "needs",
                                        "feedback"};
    enum { FACTS = 10, ORDERS = 6 };
    struct ledger_span first[sizeof asked / sizeof asked[0]] = {0};
    struct world *worlds[ORDERS];
    uint32_t random = 7;
    for (size_t round = 0; round < ORDERS; round++) {
        size_t order[FACTS];
        for (size_t i = 0; i < FACTS; i++)
            order[i] = i;
        for (size_t i = FACTS - 1; round && i > 0; i--) {
            random = random * 1664525u + 1013904223u;
            size_t other = (random >> 8) % (i + 1);
            size_t kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        struct world *world = worlds[round] = world_open(&outreach);
        base(world);
        write_in_order(world, order, FACTS);
        world_apply(world, world_head(world), round + 1);
        for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
            struct ledger_span bytes = answer_bytes(world, world_ask(world, asked[i], NULL));
            if (round == 0)
                first[i] = bytes;
            else if (!ledger_span_equal(first[i], bytes))
                fail_msg("%s differs in order %zu", asked[i], round);
        }
        struct world *again = world_copy(world, world_head(world), 3);
        assert_string_equal(world_dump(world), world_dump(again));
        world_close(again);
    }
    for (size_t round = 0; round < ORDERS; round++)
        world_close(worlds[round]);
}

// ---- what was known
// A history of corrections, retractions, merges and facts that come late and contradict.
static void write_history(struct world *world, uint32_t random, size_t facts) {
    static const char *const clients[] = {"a", "b", "c"};
    static const char *const people[] = {"p1", "p2", "p3", "p4"};
    static const char *const kinds[] = {"DELIVERED", "OPENED", "BOUNCED", "CLICKED"};
    static const char *const mets[] = {"YES", "NO", "PARTLY"};
    uint64_t amendable[8] = {0};
    static const char *const amendable_types[] = {"SurveyAnswered", "MailingSent"};
    size_t types[8] = {0};
    uint64_t merged = 0;
    for (size_t i = 0; i < facts; i++) {
        random = random * 1664525u + 1013904223u;
        uint32_t dice = random >> 8;
        const char *client = clients[dice % 3];
        const char *person = people[dice / 3 % 4];
        size_t slot = dice / 12 % 8;
        char day[32], id[8];
        (void)snprintf(day, sizeof day, "2025-0%u-1%u", dice / 96 % 9 + 1, dice / 864 % 10);
        (void)snprintf(id, sizeof id, "%u", dice / 8640 % 3);
        switch (random >> 28) {
        case 0:
        case 1:
            amendable[slot] = said(world, client, id, "q", day, day, "r1", person);
            types[slot] = 0;
            break;
        case 2:
        case 3:
            amendable[slot] = mailing(world, id, "k1", day, 5, 100, "");
            types[slot] = 1;
            break;
        case 4:
        case 5:
            response(world, id, person, kinds[slot % 4], day);
            break;
        case 6:
            consent(world, person, slot % 2 ? "\"EMAIL\"" : "null", slot % 3, day);
            break;
        case 7:
            deal(world, id, client, "k1", day, 100);
            break;
        case 8:
            (void)fact(world, slot % 2 ? "DealWon" : "DealLost", day, "r1",
                       slot % 3 ? "\"dealId\":\"1\"" : "\"dealId\":\"2\"");
            break;
        case 9:
        case 10:
            need(world, id, client, "cold", mets[slot % 3], 100, "EUR", day);
            break;
        case 11:
            contact(world, id, "r1", client, person, "EMAIL", "OUTBOUND", 5, day);
            break;
        case 12:
            if (merged)
                unmerge(world, merged);
            merged = merged ? 0 : merge(world, client, clients[(dice + 1) % 3]);
            break;
        default:
            if (amendable[slot] && dice & 1)
                retract(world, amendable[slot]);
            else if (amendable[slot])
                correct_time(world, amendable[slot], amendable_types[types[slot]], day);
        }
    }
}

static void as_of_a_position_is_what_was_known_then(void **state) {
    (void)state;
    static const char *const asked[] = {"asked-again",        "mailings", "interactions",
                                        "against-preference", "needs",    "decisions"};
    for (uint32_t seed = 1; seed <= 4; seed++) {
        struct world *world = world_open(&outreach);
        base(world);
        write_history(world, seed * 99991, 80);
        world_apply(world, world_head(world), 9);
        for (uint64_t position = 3; position < world_head(world); position += 11) {
            struct world *then = world_copy(world, position, 5);
            char text[24];
            (void)snprintf(text, sizeof text, "%llu", (unsigned long long)position);
            for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
                struct ledger_span now =
                    answer_bytes(world, world_ask(world, asked[i], "as-of-position", text, NULL));
                if (!ledger_span_equal(
                        now, answer_bytes(then,
                                          world_ask(then, asked[i], "as-of-position", text, NULL))))
                    fail_msg("%s at %s, seed %u", asked[i], text, seed);
            }
            world_close(then);
        }
        world_close(world);
    }
}

// Whether one asks for each part or for the whole, the sums are the same.
static void parts_add_up_to_the_whole(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= 4; seed++) {
        struct world *world = world_open(&outreach);
        base(world);
        write_history(world, seed * 77773, 120);
        const Ledger__V1__QueryReply *all = world_ask(world, "mailings", NULL);
        long whole = strtol(cell(world, all, "totals", 0, "delivered"), NULL, 10);
        long parts = 0;
        for (size_t i = 0; i < row_count(all, "mailings"); i++) {
            const char *id = cell(world, all, "mailings", i, "mailing");
            const Ledger__V1__QueryReply *one = world_ask(world, "mailings", "mailing", id, NULL);
            parts += strtol(cell(world, one, "totals", 0, "delivered"), NULL, 10);
        }
        assert_int_equal(whole, parts);
        all = world_ask(world, "mailings", NULL);
        const Ledger__V1__QueryReply *campaign =
            world_ask(world, "mailings", "campaign", "k1", NULL);
        static const char *const columns[] = {"delivered", "leads", "deals", "won"};
        for (size_t i = 0; row_count(all, "campaigns") && i < 4; i++)
            assert_string_equal(cell(world, all, "campaigns", 0, columns[i]),
                                cell(world, campaign, "campaigns", 0, columns[i]));
        long answers = strtol(
            cell(world, world_ask(world, "asked-again", NULL), "totals", 0, "answers"), NULL, 10);
        long given = 0;
        static const char *const clients[] = {"a", "b", "c"};
        for (size_t i = 0; i < 3; i++) {
            bool again = false; // one client by two ids
            for (size_t before = 0; before < i; before++)
                again |= ledger_span_equal(
                    answer_bytes(world, world_ask(world, "answers", "client", clients[i], NULL)),
                    answer_bytes(world,
                                 world_ask(world, "answers", "client", clients[before], NULL)));
            const Ledger__V1__QueryReply *card =
                world_ask(world, "answers", "client", clients[i], NULL);
            for (size_t row = 0; !again && row < row_count(card, "answers"); row++)
                given += strtol(cell(world, card, "answers", row, "times"), NULL, 10);
        }
        assert_int_equal(answers, given);
        world_close(world);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_ledger_answers_everything),
        cmocka_unit_test(the_order_of_the_ledger_and_of_pages_changes_nothing),
        cmocka_unit_test(as_of_a_position_is_what_was_known_then),
        cmocka_unit_test(parts_add_up_to_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
