#include "consents.h"

#include <stdlib.h>
#include <string.h>

const char *consent_name(enum consent consent) {
    switch (consent) {
    case CONSENT_GIVEN:
        return "given";
    case CONSENT_REFUSED:
        return "refused";
    case CONSENT_NOT_KNOWN:
        break;
    }
    return NULL;
}

// ---- reading
static bool read_consents(struct wishes *wishes, struct projection_view *view,
                          const struct projection_key *person) {
    struct projection_cursor *cursor = projection_scan(view, CONSENTS, person, true);
    struct projection_row row;
    while (projection_next(cursor, &row)) {
        if (!projection_grow(projection_view_arena(view), &wishes->consents,
                             &wishes->consent_capacity, wishes->consent_count,
                             sizeof(struct consent_statement)))
            return false;
        struct consent_statement *next = &wishes->consents[wishes->consent_count++];
        next->at = (struct projection_statement){row.position, row.occurred, row.value};
        outreach_row_read(CONSENT_ROW, row.value, &next->row);
    }
    projection_scan_end(cursor);
    return true;
}

static bool read_preferences(struct wishes *wishes, struct projection_view *view,
                             const struct projection_key *person) {
    struct projection_cursor *cursor = projection_scan(view, PREFERENCES, person, true);
    struct projection_row row;
    while (projection_next(cursor, &row)) {
        if (!projection_grow(projection_view_arena(view), &wishes->preferences,
                             &wishes->preference_capacity, wishes->preference_count,
                             sizeof(struct preference_statement)))
            return false;
        struct preference_statement *next = &wishes->preferences[wishes->preference_count++];
        next->at = (struct projection_statement){row.position, row.occurred, row.value};
        outreach_row_read(PREFERENCE_ROW, row.value, &next->row);
    }
    projection_scan_end(cursor);
    return true;
}

enum ledger_err wishes_read(struct wishes *wishes, struct projection_view *view, const char *person,
                            bool preferences, struct ledger_error *error) {
    const char *const *ids;
    size_t count = projection_view_client_ids(view, person, &ids);
    wishes->consent_count = 0;
    wishes->preference_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct projection_key key = {0};
        projection_key_text(&key, ids[i]);
        if (!read_consents(wishes, view, &key) ||
            (preferences && !read_preferences(wishes, view, &key)))
            return projection_no_memory(error);
    }
    if (wishes->consent_count)
        qsort(wishes->consents, wishes->consent_count, sizeof *wishes->consents,
              projection_statement_order);
    if (wishes->preference_count)
        qsort(wishes->preferences, wishes->preference_count, sizeof *wishes->preferences,
              projection_statement_order);
    return LEDGER_E_OK;
}

// ---- at a time
static bool had_happened(const struct projection_statement *statement,
                         const struct ledger_moment *when) {
    return statement->occurred.when == LEDGER_WHEN_UNKNOWN ||
           ledger_moment_by(&statement->occurred, when);
}

const struct consent_statement *consent_at(const struct wishes *wishes, int64_t channel,
                                           const struct ledger_moment *when) {
    if (when->when == LEDGER_WHEN_UNKNOWN)
        return NULL;
    for (size_t i = wishes->consent_count; i-- > 0;) {
        const struct consent_statement *consent = &wishes->consents[i];
        if ((!consent->row.channel || consent->row.channel == channel) &&
            had_happened(&consent->at, when))
            return consent;
    }
    return NULL;
}

enum consent consent_in_force(const struct wishes *wishes, int64_t channel,
                              const struct ledger_moment *when) {
    const struct consent_statement *consent = consent_at(wishes, channel, when);
    if (!consent)
        return CONSENT_NOT_KNOWN;
    return consent->row.given ? CONSENT_GIVEN : CONSENT_REFUSED;
}

const struct preference_row *preference_at(const struct wishes *wishes, const char *code,
                                           const struct ledger_moment *when) {
    if (when->when == LEDGER_WHEN_UNKNOWN)
        return NULL;
    for (size_t i = wishes->preference_count; i-- > 0;) {
        const struct preference_statement *wish = &wishes->preferences[i];
        if (strcmp(wish->row.code, code) == 0 && had_happened(&wish->at, when))
            return wish->row.has_until && when->day > wish->row.until ? NULL : &wish->row;
    }
    return NULL;
}
