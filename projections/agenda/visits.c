#include "visits.h"

struct plan {
    struct visit_fact fact; // kind 0 = none
    struct ledger_moment occurred;
    uint64_t position;
};

// A rescheduling counts after every plan, whenever that was; of two of a kind, the later.
static bool decides(const struct plan *plan, const struct plan *before) {
    if (plan->fact.kind != before->fact.kind)
        return plan->fact.kind > before->fact.kind;
    bool known = plan->occurred.when != LEDGER_WHEN_UNKNOWN;
    if (known != (before->occurred.when != LEDGER_WHEN_UNKNOWN))
        return known;
    if (known && plan->occurred.micros != before->occurred.micros)
        return plan->occurred.micros > before->occurred.micros;
    return plan->position > before->position;
}

struct visit visit_read(struct projection_view *view, const char *id) {
    struct plan planned = {0}; // says whose visit it is
    struct plan latest = {0};  // says when
    struct projection_key prefix = {0};
    struct projection_row row;
    bool over = false;
    projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(view, VISIT_FACTS, &prefix, false);
    while (projection_next(cursor, &row)) {
        const struct plan plan = {visit_fact_read(row.value), row.occurred, row.position};
        if (plan.fact.kind == VISIT_CANCELLED || plan.fact.kind == VISIT_REPORTED) {
            over = true;
            continue;
        }
        if (plan.fact.kind == VISIT_PLANNED && decides(&plan, &planned))
            planned = plan;
        if (decides(&plan, &latest))
            latest = plan;
    }
    projection_scan_end(cursor);
    return (struct visit){.planned = planned.fact.kind == VISIT_PLANNED,
                          .over = over,
                          .client = planned.fact.client,
                          .person = planned.fact.person,
                          .employee = planned.fact.employee,
                          .kind = planned.fact.text,
                          .start = latest.fact.start};
}
