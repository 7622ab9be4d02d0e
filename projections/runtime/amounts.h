// What one fact may state at most, so that what many state can be added up. A map that keeps one of
// these for queries that add it up asks here, and the fact that states more is set aside. Histories
// and cards, which show a fact as it was recorded, take it as it is.
#ifndef PROJECTION_AMOUNTS_H
#define PROJECTION_AMOUNTS_H

#include "projection.h"

// Minor units, so ten million million of a currency with cents. The largest plan of a year, where a
// dollar is a million, is below; and 64 bits hold the sum of 9,223 such facts: it takes that many
// slips of the pen, not one, until a total cannot be written.
#define PROJECTION_AMOUNT_MAX INT64_C(1000000000000000)
// A hundred for everyone on earth; 64 bits hold the sum of nine million such facts.
#define PROJECTION_PACKS_MAX INT64_C(1000000000000)

// `field` is the amount's, as in "payload.amount"; NULL for no amount, which is none too large.
// LEDGER_E_MISSING_FIELD if it has no currency, LEDGER_E_INVALID_VALUE if it is too large; either
// way round from zero.
LEDGER_MUST_CHECK enum ledger_err projection_check_amount(const Ledger__V1__Money *amount,
                                                          const char *field,
                                                          struct ledger_error *error);
// The same for what is worked out from several fields, as packs times price.
LEDGER_MUST_CHECK enum ledger_err projection_check_minor(__int128 minor, const char *field,
                                                         struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err projection_check_packs(int64_t packs, const char *field,
                                                         struct ledger_error *error);

#endif
