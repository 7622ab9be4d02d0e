#include "standpoint.h"

struct standpoint standpoint_of(struct projection_view *view) {
    const struct ledger_moment *occurred = projection_view_occurred(view);
    const struct ledger_moment *now = projection_view_now(view);
    struct standpoint stand = {.occurred = occurred != NULL};
    if (occurred) {
        stand.moment = *occurred;
    } else if (now->when != LEDGER_WHEN_UNKNOWN) {
        stand.moment = *now;
    } else {
        stand.moment = projection_view_today(view);
        stand.assumed = true;
    }
    stand.day = stand.moment.when == LEDGER_WHEN_UNKNOWN ? 0 : stand.moment.day;
    return stand;
}

void standpoint_note(const struct standpoint *stand, struct projection_answer *answer) {
    char day[LEDGER_DATE_TEXT_SIZE];
    if (!stand->assumed || stand->moment.when == LEDGER_WHEN_UNKNOWN)
        return;
    ledger_date_format(stand->day, day);
    projection_answer_note(answer,
                           "As things stand on %s, the latest day on which anything was recorded: "
                           "the question gives no other (now, as-of-occurred).",
                           day);
}

struct dated dated_of(const struct projection_row *row, bool has_start, int32_t start) {
    bool known = row->occurred.when != LEDGER_WHEN_UNKNOWN;
    struct dated dated = {.known = known || has_start,
                          .stated = has_start && (!known || start != row->occurred.day),
                          .occurred = row->occurred,
                          .position = row->position};
    if (!dated.known)
        return dated;
    dated.day = dated.stated ? start : row->occurred.day;
    dated.micros = dated.stated ? start * LEDGER_MICROS_PER_DAY : row->occurred.micros;
    return dated;
}

int dated_compare(const struct dated *a, const struct dated *b) {
    if (a->known != b->known)
        return a->known ? 1 : -1;
    if (a->known && a->micros != b->micros)
        return a->micros < b->micros ? -1 : 1;
    return projection_fact_order(&a->occurred, a->position, &b->occurred, b->position);
}

bool dated_begun(const struct dated *dated, const struct standpoint *stand) {
    if (!dated->known)
        return !stand->occurred;
    if (stand->moment.when == LEDGER_WHEN_UNKNOWN)
        return true;
    if (dated->stated)
        return dated->day <= stand->day;
    return stand->assumed || ledger_moment_by(&dated->occurred, &stand->moment);
}

struct standing standing_begin(struct projection_view *view, const struct standpoint *stand,
                               uint8_t table, const struct projection_key *prefix) {
    struct standing standing = {.cursor = projection_scan(view, table, prefix, true),
                                .stand = stand};
    standing.more = projection_next(standing.cursor, &standing.row);
    return standing;
}

bool standing_next(struct standing *standing, struct projection_row *row) {
    bool found = false;
    struct ledger_span key = {0};
    struct dated latest = {0};
    while (standing->more) {
        const struct dated dated = dated_of(&standing->row, false, 0);
        if (found && !ledger_span_equal(key, standing->row.key))
            return true;
        bool stands = !dated.known || dated_begun(&dated, standing->stand);
        if (stands && (!found || dated_compare(&dated, &latest) >= 0)) {
            *row = standing->row;
            key = row->key;
            latest = dated;
            found = true;
        }
        standing->more = projection_next(standing->cursor, &standing->row);
    }
    projection_scan_end(standing->cursor);
    standing->cursor = NULL;
    return found;
}

void answer_dated(struct projection_answer *answer, const struct dated *dated) {
    const struct ledger_moment day = ledger_moment_date(dated->day);
    projection_answer_moment(answer, dated->stated ? &day : &dated->occurred);
}

const char *code_text(struct projection_view *view, const ProtobufCEnumDescriptor *names,
                      int64_t value) {
    const ProtobufCEnumValue *known =
        value ? protobuf_c_enum_descriptor_get_value(names, (int)value) : NULL;
    char *text = known ? ledger_arena_printf(projection_view_arena(view), "%s", known->name) : NULL;
    for (char *at = text; at && *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at + ('a' - 'A'));
    return text;
}

void answer_code(struct projection_view *view, struct projection_answer *answer,
                 const ProtobufCEnumDescriptor *names, int64_t value) {
    projection_answer_text(answer, code_text(view, names, value));
}

bool is_erased(struct projection_view *view, const char *person) {
    static const uint8_t table = ERASURES;
    return person && projection_knows(view, &table, 1, person);
}
