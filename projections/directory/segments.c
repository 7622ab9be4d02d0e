#include "segments.h"

void segments_read(struct projection_view *view, const struct standpoint *stand, const char *client,
                   struct segments *segments) {
    const char *const *ids;
    size_t count = projection_view_client_ids(view, client, &ids);
    *segments = (struct segments){0};
    for (size_t i = 0; i < count; i++) {
        bool found[SCHEMES] = {false};
        struct projection_key key = {0};
        struct projection_row row;
        projection_key_text(&key, ids[i]);
        struct standing standing = standing_begin(view, stand, SEGMENTS, &key);
        while (standing_next(&standing, &row)) {
            struct ledger_span id;
            uint64_t scheme;
            if (!projection_key_read_text(&row.key, &id) ||
                !projection_key_read_u64(&row.key, &scheme) || scheme >= SCHEMES ||
                segments->has[scheme])
                continue;
            found[scheme] = true;
            segments->rows[scheme] = segment_row_read(row.value);
            segments->since[scheme] = dated_of(&row, false, 0);
        }
        for (size_t scheme = 0; scheme < SCHEMES; scheme++)
            segments->has[scheme] |= found[scheme];
    }
}
