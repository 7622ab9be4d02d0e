#include "ledgerd.h"

// A position of another ledger would silently skip or repeat.
enum ledger_err ledgerd_check_identity(struct ledgerd *ledgerd,
                                       const Ledger__V1__LedgerIdentity *asked,
                                       struct ledger_error *error) {
    if (asked == NULL)
        return LEDGER_E_OK;
    struct ledger_log_identity ours = ledger_log_identity(ledgerd->log);
    struct ledger_span ours_id = ledger_span_of(ours.ledger_id.bytes, sizeof ours.ledger_id.bytes);
    if (!ledger_span_equal(ledger_span_of(asked->ledger_id.data, asked->ledger_id.len), ours_id))
        return ledger_fail(error, LEDGER_E_WRONG_LEDGER, "identity",
                           "the position belongs to another ledger");
    if (asked->epoch != ours.epoch)
        return ledger_fail(error, LEDGER_E_WRONG_LEDGER, "identity",
                           "this ledger was restored since the position was given: it is at epoch "
                           "%llu, the position at %llu",
                           (unsigned long long)ours.epoch, (unsigned long long)asked->epoch);
    return LEDGER_E_OK;
}
