// Facts, each on one line.
#ifndef LEDGERCTL_RECORD_LINE_H
#define LEDGERCTL_RECORD_LINE_H

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/v1/service.pb-c.h"

enum record_column {
    RECORD_POSITION,
    RECORD_RECORDED,
    RECORD_OCCURRED,
    RECORD_TYPE,
    RECORD_STREAM,
    RECORD_ACTOR,
    RECORD_COLUMN_COUNT
};

struct record_printer {
    bool json;                       // an object a line, for programs
    bool wide;                       // every column, and nothing is cut
    int widths[RECORD_COLUMN_COUNT]; // of the widest so far; 0 before the first page
    int places[RECORD_COLUMN_COUNT]; // as they are printed; 0 = left out
};

// As columns, aligned within the page and never narrower than in the one before; on a terminal
// lines are cut to its width, and a header stands above the first page and wherever columns moved.
// Where room is short, long names are cut, then columns left out, which the header says; a time is
// whole or left out.
LEDGER_MUST_CHECK enum ledger_err record_print_page(struct record_printer *printer,
                                                    const Ledger__V1__ReadReply *page,
                                                    struct ledger_arena *arena,
                                                    struct ledger_error *error);

#endif
