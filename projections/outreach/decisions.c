// Decisions, with what of the ledger they were based on.
#include <stdlib.h>

#include "flags.h"
#include "outreach.h"
#include "runtime/histories.h"
#include "sets.h"

struct item {
    struct projection_statement at;
    struct decision_row row;
    bool repeated;
};

struct decisions {
    struct projection_view *view;
    struct ledger_error *error;
    struct projection_period period;
    struct item *list;
    size_t count, capacity;
    struct flags flags;
};

static const struct projection_column columns[] = {
    {"position", "Position", PROJECTION_INTEGER},
    {"occurred", "When", PROJECTION_TEXT},
    {"decision_id", "Decision", PROJECTION_ID},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"decision", "Decided", PROJECTION_TEXT},
    {"reason", "Reason", PROJECTION_TEXT},
    {"actor", "By", PROJECTION_ID},
    {"actor_name", "By, name", PROJECTION_TEXT},
    {"basis", "Based on position", PROJECTION_INTEGER},
    {"behind", "Facts written since that position", PROJECTION_INTEGER},
    {"contradiction", "Contradiction", PROJECTION_TEXT},
};

static bool basis_is_ahead(const struct item *item) {
    return item->row.has_basis && (uint64_t)item->row.basis >= item->at.position;
}

// ---- reading
static enum ledger_err scan(struct decisions *decisions, const char *id) {
    struct projection_key prefix = {0};
    struct projection_row row;
    if (id)
        projection_key_text(&prefix, id);
    struct projection_cursor *cursor = projection_scan(decisions->view, DECISIONS, &prefix, false);
    while (projection_next(cursor, &row)) {
        if (!projection_period_holds(&decisions->period, &row.occurred))
            continue;
        struct item item = {.at = {row.position, row.occurred, row.value}};
        outreach_row_read(DECISION_ROW, row.value, &item.row);
        if (!projection_grow(projection_view_arena(decisions->view), &decisions->list,
                             &decisions->capacity, decisions->count, sizeof item))
            return projection_no_memory(decisions->error);
        decisions->list[decisions->count++] = item;
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static enum ledger_err read_all(struct decisions *decisions, const char *client) {
    const char *const *ids;
    size_t count = client ? projection_view_client_ids(decisions->view, client, &ids) : 0;
    enum ledger_err err = client ? LEDGER_E_OK : scan(decisions, NULL);
    for (size_t i = 0; i < count && !err; i++)
        err = scan(decisions, ids[i]);
    if (!err && decisions->count)
        qsort(decisions->list, decisions->count, sizeof *decisions->list,
              projection_statement_order);
    return err;
}

static enum ledger_err find_contradictions(struct decisions *decisions) {
    struct projection_ids known = {.arena = projection_view_arena(decisions->view)};
    for (size_t i = 0; i < decisions->count; i++) {
        struct item *item = &decisions->list[i];
        size_t number;
        bool fresh = true;
        if (item->row.decision_id &&
            !set_add(&known, &number, &fresh, item->row.decision_id, NULL, NULL))
            return projection_no_memory(decisions->error);
        item->repeated = !fresh;
        decisions->flags.counts[DECISION_RECORDED_TWICE] += item->repeated;
        decisions->flags.counts[BASIS_NOT_YET_WRITTEN] += basis_is_ahead(item);
    }
    return LEDGER_E_OK;
}

// ---- the answer
static void answer_basis(struct projection_answer *answer, const struct item *item) {
    if (item->row.has_basis)
        projection_answer_integer(answer, item->row.basis);
    else
        projection_answer_none(answer);
    if (item->row.has_basis && !basis_is_ahead(item))
        projection_answer_integer(answer, (int64_t)item->at.position - 1 - item->row.basis);
    else
        projection_answer_none(answer);
    if (basis_is_ahead(item))
        projection_answer_text(answer, flag_code(BASIS_NOT_YET_WRITTEN));
    else
        projection_answer_text(answer, item->repeated ? flag_code(DECISION_RECORDED_TWICE) : NULL);
}

static void answer_item(struct projection_view *view, struct projection_answer *answer,
                        const struct item *item) {
    const char *client = projection_view_client(view, item->row.client);
    projection_answer_integer(answer, (int64_t)item->at.position);
    projection_answer_moment(answer, &item->at.occurred);
    projection_answer_text(answer, item->row.decision_id);
    projection_answer_text(answer, client);
    projection_answer_text(answer, projection_name(view, CLIENTS, client));
    projection_answer_text(answer, item->row.decision);
    projection_answer_text(answer, item->row.reason);
    projection_answer_text(answer, item->row.actor);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, item->row.actor));
    answer_basis(answer, item);
}

enum ledger_err decisions_answer(struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct projection_answer *answer, struct ledger_error *error) {
    struct decisions decisions = {.view = view, .error = error};
    uint64_t limit = 0, without_basis = 0;
    enum ledger_err err = projection_argument_period(arguments, &decisions.period, error);
    if (!err)
        err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = read_all(&decisions, projection_argument(arguments, "client"));
    if (!err)
        err = find_contradictions(&decisions);
    if (err)
        return err;
    projection_answer_table(answer, "decisions", "Decisions", PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    for (size_t i = decisions.count; i-- > 0;) {
        answer_item(view, answer, &decisions.list[i]);
        without_basis += !decisions.list[i].row.has_basis;
    }
    flags_answer(answer, &decisions.flags);
    if (without_basis)
        projection_answer_note(
            answer, "%s not say what it was based on.",
            projection_count(answer, without_basis, "decision does", "decisions do"));
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
