#include "refusals.h"

// The first removal under the event id, if it is earlier than what is known.
static void look_up(struct projection_view *view, const char *event, struct refusal *refusal) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, event);
    struct projection_cursor *cursor = projection_scan(view, OBSTACLES, &key, false);
    while (projection_next(cursor, &row)) {
        bool known = row.occurred.when != LEDGER_WHEN_UNKNOWN;
        bool earlier = refusal->removed_at.when == LEDGER_WHEN_UNKNOWN ||
                       row.occurred.micros < refusal->removed_at.micros;
        if (!refusal->removed || (known && earlier)) {
            struct projection_reader reader = {row.value};
            refusal->removed_at = row.occurred;
            refusal->how = projection_read_text(&reader);
        }
        refusal->removed = true;
    }
    projection_scan_end(cursor);
}

// A removal may name the refusal, or a correction of it.
static void find_removal(struct projection_view *view, const char *event, struct refusal *refusal) {
    const struct projection_amendment *amendments;
    size_t count = projection_view_amendments(view, refusal->position, &amendments);
    look_up(view, event, refusal);
    for (size_t i = 0; i < count; i++) {
        char amended[EVENT_KEY_SIZE];
        event_key(amendments[i].event_id.data, amendments[i].event_id.size, amended);
        look_up(view, amended, refusal);
    }
}

void refusals_begin(struct refusals *refusals, struct projection_view *view, const char *deal) {
    struct projection_key prefix = {0};
    if (deal)
        projection_key_text(&prefix, deal);
    refusals->view = view;
    refusals->cursor = projection_scan(view, REFUSALS, &prefix, false);
}

bool refusals_next(struct refusals *refusals, struct refusal *refusal) {
    struct projection_row row;
    struct ledger_span deal, event;
    do {
        if (!projection_next(refusals->cursor, &row)) {
            projection_scan_end(refusals->cursor);
            return false;
        }
    } while (!projection_key_read_text(&row.key, &deal) ||
             !projection_key_read_text(&row.key, &event));
    *refusal = (struct refusal){.position = row.position,
                                .occurred = row.occurred,
                                .deal = (const char *)deal.data,
                                .row = refusal_row_read(row.value),
                                .removed_at = ledger_moment_unknown()};
    find_removal(refusals->view, (const char *)event.data, refusal);
    return true;
}
