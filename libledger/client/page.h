// A page as it came: where its records stand, and what is said beside them.
#ifndef LEDGER_CLIENT_PAGE_H
#define LEDGER_CLIENT_PAGE_H

#include "ledger/reader.h"

// `reply` is a packed Reply, which the page borrows. An error inside it is returned as that error.
// LEDGER_E_MALFORMED: no ReadReply, or records cut short. The arena is only used meanwhile.
LEDGER_MUST_CHECK enum ledger_err page_read(struct ledger_span reply, struct ledger_arena *arena,
                                            struct ledger_reader_page *page,
                                            struct ledger_error *error);

#endif
