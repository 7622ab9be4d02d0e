// What became of the lines of `ledgerctl append`.
#ifndef LEDGERCTL_APPEND_REPORT_H
#define LEDGERCTL_APPEND_REPORT_H

#include "append_batch.h"

struct append_report {
    bool json;
    bool several_files;
    uint64_t added;
    uint64_t duplicates;
    uint64_t refused;
    uint64_t first_position; // of what was added; 0 = nothing
    uint64_t last_position;
    struct append_id first_id; // of the first that was added
    enum ledger_err first_refusal;
};

// Of a line that was not sent, or that ledgerd refused.
LEDGER_MUST_CHECK enum ledger_err append_report_refusal(struct append_report *report,
                                                        const struct append_place *place,
                                                        const struct ledger_error *refusal,
                                                        struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err append_report_outcomes(struct append_report *report,
                                                         const struct append_batch *batch,
                                                         const Ledger__V1__AppendReply *reply,
                                                         struct ledger_error *error);
// For people.
void append_report_summary(const struct append_report *report);

#endif
