// Enquiries, and the deals that were opened for them.
#ifndef ENQUIRIES_H
#define ENQUIRIES_H

#include "deals.h"

enum enquiry_lag { LAG_KNOWN, LAG_UNKNOWN, LAG_NEGATIVE };
// From the enquiry to the opening: exact between two instants, else in whole local days. Negative:
// the deal was opened first, which contradicts.
enum enquiry_lag enquiry_lag(const struct ledger_moment *received,
                             const struct ledger_moment *opened, int64_t *micros);
// When it was received. False if nothing is known of it.
bool enquiry_received(struct projection_view *view, const char *enquiry,
                      struct ledger_moment *received);

#endif
