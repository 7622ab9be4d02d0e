#include "flags.h"

static const struct {
    const char *code, *meaning;
} texts[FLAGS] = {
    [INTERACTION_LOGGED_TWICE] = {"interaction_logged_twice",
                                  "One interaction was logged more than once; the earliest "
                                  "record of it counts."},
    [VISIT_REPORTED_TWICE] = {"visit_reported_twice",
                              "One visit was reported more than once; the earliest report counts."},
    [MAILING_SENT_TWICE] = {"mailing_sent_twice",
                            "One mailing was recorded as sent more than once; the earliest "
                            "record of it counts."},
    [RESPONSE_WITHOUT_MAILING] = {"response_without_mailing",
                                  "Responses to a mailing that no fact says was sent; they are "
                                  "in no figure."},
    [RESPONSE_BEFORE_SENDING] = {"response_before_sending",
                                 "Responses dated before the mailing was sent; they count."},
    [DELIVERED_AND_BOUNCED] = {"delivered_and_bounced",
                               "People of whom the same mailing is said to have been delivered "
                               "and to have bounced; they count in both."},
    [DELIVERED_MORE_THAN_SENT] = {"delivered_more_than_sent",
                                  "Mailings delivered to more people than they were sent to."},
    [ANSWERED_MORE_THAN_SENT] = {"answered_more_than_sent",
                                 "Surveys answered by more people than they were sent to."},
    [NEED_OF_SEVERAL_CLIENTS] = {"need_of_several_clients",
                                 "Needs recorded of one client and later of another; the last "
                                 "counts."},
    [DECISION_RECORDED_TWICE] = {"decision_recorded_twice",
                                 "Decisions recorded again under the same id; each record is "
                                 "listed."},
    [BASIS_NOT_YET_WRITTEN] = {"basis_not_yet_written",
                               "Decisions said to be based on a position that the ledger had "
                               "not reached when they were recorded."},
    [DOCUMENT_ISSUED_TWICE] = {"document_issued_twice",
                               "One document was issued more than once under the same id; the "
                               "first counts."},
    [STATUS_WITHOUT_DOCUMENT] = {"status_without_document",
                                 "Documents that have a status, and no fact says that they were "
                                 "issued."},
    [STATUS_AFTER_VOIDED] = {"status_after_voided",
                             "Documents given another status after they were voided; they stay "
                             "voided."},
};

const char *flag_code(enum flag flag) {
    return texts[flag].code;
}

void flags_answer(struct projection_answer *answer, const struct flags *flags) {
    static const struct projection_column columns[] = {
        {"code", "Contradiction", PROJECTION_TEXT},
        {"count", "Count", PROJECTION_INTEGER},
        {"meaning", "What it means", PROJECTION_TEXT},
    };
    projection_answer_table(answer, "contradictions", "Contradictions",
                            PROJECTION_COLUMNS(columns));
    for (size_t i = 0; i < FLAGS; i++) {
        if (!flags->counts[i])
            continue;
        projection_answer_text(answer, texts[i].code);
        projection_answer_integer(answer, (int64_t)flags->counts[i]);
        projection_answer_text(answer, texts[i].meaning);
    }
}
