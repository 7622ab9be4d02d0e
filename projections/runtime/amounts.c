#include "amounts.h"

#include <inttypes.h>

static bool is_beyond(__int128 number, int64_t most) {
    return number > most || number < -(__int128)most;
}

enum ledger_err projection_check_minor(__int128 minor, const char *field,
                                       struct ledger_error *error) {
    if (!is_beyond(minor, PROJECTION_AMOUNT_MAX))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, field,
                       "more than one fact may state: at most %" PRId64
                       " of the currency's minor unit",
                       PROJECTION_AMOUNT_MAX);
}

enum ledger_err projection_check_amount(const Ledger__V1__Money *amount, const char *field,
                                        struct ledger_error *error) {
    if (!amount)
        return LEDGER_E_OK;
    enum ledger_err err = amount->currency ? projection_check_minor(amount->minor, "minor", error)
                                           : ledger_fail(error, LEDGER_E_MISSING_FIELD, "currency",
                                                         "the amount has no currency");
    if (err)
        ledger_error_prefix(error, field);
    return err;
}

enum ledger_err projection_check_packs(int64_t packs, const char *field,
                                       struct ledger_error *error) {
    if (!is_beyond(packs, PROJECTION_PACKS_MAX))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_INVALID_VALUE, field,
                       "more packs than there can be: at most %" PRId64, PROJECTION_PACKS_MAX);
}
