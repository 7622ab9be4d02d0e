// What figures leave open or cannot fit, and how it is told.
#include "deals.h"

const struct contradiction_text contradiction_texts[CONTRADICTIONS] = {
    [OPENED_TWICE] = {"opened_twice",
                      "fact contradicts what came before: it opens a deal a second time",
                      "facts contradict what came before: they open a deal a second time"},
    [NEVER_OPENED] = {"never_opened", "deal has facts and no opening",
                      "deals have facts and no opening"},
    [AFTER_CLOSE] = {"moved_after_close",
                     "fact contradicts what came before: it moves a deal that was closed",
                     "facts contradict what came before: they move a deal that was closed"},
    [CLOSED_OTHERWISE] = {"closed_otherwise",
                          "fact contradicts what came before: it wins a lost deal, or loses a won "
                          "one",
                          "facts contradict what came before: they win a lost deal, or lose a won "
                          "one"},
    [REOPENED_OPEN] = {"reopened_while_open",
                       "fact contradicts what came before: it reopens a deal that was open",
                       "facts contradict what came before: they reopen a deal that was open"},
    [MOVE_NOT_ALLOWED] = {"move_not_allowed",
                          "move is not among those that the pipeline allowed at the time",
                          "moves are not among those that the pipeline allowed at the time"},
    [LEFT_ANOTHER_STAGE] = {"left_another_stage",
                            "move says that the deal left a stage or pipeline that it did not "
                            "stand in",
                            "moves say that the deal left a stage or pipeline that it did not "
                            "stand in"},
    [CLOSED_BEFORE_OPENED] = {"closed_before_opened",
                              "deal was closed on a day before it was opened; its days are in no "
                              "mean",
                              "deals were closed on a day before they were opened; their days are "
                              "in no mean"},
};

bool doubts_add(struct doubts *doubts, const struct deal *deal) {
    bool unknown_time = deal->opened.when == LEDGER_WHEN_UNKNOWN;
    doubts->left_out += deal->left_out;
    if (deal->left_out)
        return false;
    doubts->open_unknown_time += unknown_time && deal->status == DEAL_IS_OPEN;
    for (size_t i = 0; i < CONTRADICTIONS; i++)
        doubts->contradictions[i] += deal->contradictions[i];
    return true;
}

void deals_note_unknown_time(struct projection_answer *answer, const struct doubts *doubts) {
    if (doubts->open_unknown_time || doubts->left_out)
        projection_answer_note(answer, "A deal is opened at an unknown time if no fact says when "
                                       "it was, be it that its opening has no time or that only "
                                       "later facts are known of it.");
}

void deals_note_value_win_rate(struct projection_answer *answer, uint64_t without_amount) {
    if (without_amount)
        projection_answer_note(
            answer, "%s no amount, and %s in no value win rate.",
            projection_count(answer, without_amount, "closed deal has", "closed deals have"),
            without_amount == 1 ? "is" : "are");
}

static void note_left_out(struct projection_answer *answer, const struct doubts *doubts) {
    if (doubts->left_out)
        projection_answer_note(
            answer,
            "%s opened at an unknown time and not known to have been there by "
            "then: in no other figure.",
            projection_count(answer, doubts->left_out, "deal was", "deals were"));
}

static void note_contradictions(struct projection_answer *answer, const struct doubts *doubts) {
    for (size_t i = 0; i < CONTRADICTIONS; i++)
        if (doubts->contradictions[i])
            projection_answer_note(answer, "%s.",
                                   projection_count(answer, doubts->contradictions[i],
                                                    contradiction_texts[i].one,
                                                    contradiction_texts[i].many));
}

void deals_notes(const struct deals *deals, struct projection_answer *answer,
                 const struct doubts *doubts) {
    static const uint8_t table = PIPELINES;
    if (deals->one_pipeline && !deals->any) {
        const char *id = deals->pipelines.ids.texts[deals->wanted_pipeline];
        if (!projection_knows(deals->view, &table, 1, id))
            projection_answer_nothing_known(answer, "pipeline", id);
    }
    if (!doubts)
        return;
    note_left_out(answer, doubts);
    note_contradictions(answer, doubts);
}
