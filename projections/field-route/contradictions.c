#include "visits.h"

const struct contradiction_row contradictions[CONTRADICTIONS] = {
    [CHECKED_IN_TWICE] = {"checked_in_twice", "a visit has a second check-in; the first counts"},
    [CHECKED_OUT_TWICE] = {"checked_out_twice", "a visit has a second check-out; the first counts"},
    [NO_CHECK_OUT] = {"no_check_out", "a visit has a check-in and no check-out that fits it"},
    [NO_CHECK_IN] = {"no_check_in", "a visit has a check-out and no check-in"},
    [OUT_BEFORE_IN] = {"check_out_before_check_in", "a check-out is earlier than the check-in"},
    [OUT_TOO_LATE] = {"check_out_too_late",
                      "a check-out is more than 24 hours later than the check-in"},
    [CHECK_WITHOUT_TIME] = {"check_without_time", "a check-in or check-out has no exact time"},
    [CHECK_BY_OTHER] = {"check_by_other",
                        "a check-in or check-out is not by the representative of the visit"},
    [CHECK_ON_OTHER_DAY] = {"check_on_other_day",
                            "a check-in is of another local day than the visit"},
    [REPORT_ON_OTHER_DAY] = {"report_on_other_day",
                             "a visit is reported of another local day than its check-in; the "
                             "check-in counts"},
    [REPORT_ENDS_FIRST] = {"report_ends_before_start",
                           "a visit is reported to have ended before it started"},
    [REPORTED_TWICE] = {"reported_twice", "a visit is reported a second time; the first counts"},
    [REPORTED_AND_CANCELLED] = {"reported_and_cancelled",
                                "a visit is reported, and cancelled or said not to have been held"},
    [OTHER_CLIENT] = {"other_client", "a visit was planned to one client and reported of another"},
    [PLANNED_AFTERWARDS] = {"planned_afterwards",
                            "a route was planned after its day; it is no plan"},
    [MARKED_TWICE] = {"marked_twice",
                      "a day is started or ended a second time; the first start and the last end "
                      "count"},
    [ENDED_BEFORE_START] = {"ended_before_start", "a day ends before it starts"},
    [ODOMETER_BACKWARDS] = {"odometer_backwards",
                            "the odometer shows less at the end of the day than at its start"},
};

void contradictions_add(struct contradiction_counts *sum,
                        const struct contradiction_counts *counts) {
    for (size_t i = 0; i < CONTRADICTIONS; i++)
        sum->of[i] += counts->of[i];
}

void contradictions_answer(struct projection_answer *answer,
                           const struct contradiction_counts *counts) {
    static const struct projection_column columns[] = {
        {"code", "Code", PROJECTION_TEXT},
        {"meaning", "Meaning", PROJECTION_TEXT},
        {"facts", "Facts", PROJECTION_INTEGER},
    };
    projection_answer_table(answer, "contradictions", "Facts that contradict others",
                            PROJECTION_COLUMNS(columns));
    for (size_t i = 0; i < CONTRADICTIONS; i++) {
        if (!counts->of[i])
            continue;
        projection_answer_text(answer, contradictions[i].code);
        projection_answer_text(answer, contradictions[i].sentence);
        projection_answer_integer(answer, (int64_t)counts->of[i]);
    }
}
