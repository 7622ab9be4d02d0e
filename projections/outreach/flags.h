// Facts that contradict each other are kept, counted, and named by a stable code.
#ifndef FLAGS_H
#define FLAGS_H

#include "outreach.h"

enum flag {
    INTERACTION_LOGGED_TWICE,
    VISIT_REPORTED_TWICE,
    MAILING_SENT_TWICE,
    RESPONSE_WITHOUT_MAILING,
    RESPONSE_BEFORE_SENDING,
    DELIVERED_AND_BOUNCED,
    DELIVERED_MORE_THAN_SENT,
    ANSWERED_MORE_THAN_SENT,
    NEED_OF_SEVERAL_CLIENTS,
    DECISION_RECORDED_TWICE,
    BASIS_NOT_YET_WRITTEN,
    DOCUMENT_ISSUED_TWICE,
    STATUS_WITHOUT_DOCUMENT,
    STATUS_AFTER_VOIDED,
    FLAGS,
};

struct flags {
    uint64_t counts[FLAGS];
};

const char *flag_code(enum flag flag);
// The table "contradictions"; it is empty if there are none.
void flags_answer(struct projection_answer *answer, const struct flags *flags);

#endif
