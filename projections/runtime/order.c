#include "order.h"

#include <string.h>

int projection_moment_order(const struct ledger_moment *a, const struct ledger_moment *b) {
    bool a_known = a->when != LEDGER_WHEN_UNKNOWN;
    bool b_known = b->when != LEDGER_WHEN_UNKNOWN;
    if (a_known != b_known)
        return a_known ? 1 : -1;
    return a_known ? (a->micros > b->micros) - (a->micros < b->micros) : 0;
}

int projection_fact_order(const struct ledger_moment *a, uint64_t a_position,
                          const struct ledger_moment *b, uint64_t b_position) {
    int order = projection_moment_order(a, b);
    return order ? order : (a_position > b_position) - (a_position < b_position);
}

int projection_text_order(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "");
}
