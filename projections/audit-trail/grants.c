// Rights in force at the question's time: given and not taken away.
#include "grants.h"

#include <stdlib.h>
#include <string.h>

#include "facts/v1/people.pb-c.h"
#include "figures.h"

// A change of access, and what it still gives.
struct change {
    uint64_t position;
    struct ledger_moment occurred;
    struct access_row row;
    bool in_force;
};

enum contradiction { REVOKED_NOTHING, GRANTED_TWICE, CONTRADICTIONS };
static const struct contradiction_text contradictions[CONTRADICTIONS] = {
    [REVOKED_NOTHING] = {"revoked_nothing", "A right was taken away that was not given."},
    [GRANTED_TWICE] = {"granted_twice", "A right was given that was in force already."},
};

struct grants {
    struct projection_view *view;
    struct ledger_arena *arena;
    const char *subject;
    struct change *changes;
    size_t count, capacity;
    uint64_t contradictions[CONTRADICTIONS];
    struct ledger_error *error;
};

static const struct projection_column grant_columns[] = {
    {"subject", "Who", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT, .detail = true},
    {"kind", "Kind", PROJECTION_TEXT},
    {"role", "Role", PROJECTION_TEXT},
    {"scope", "Scope", PROJECTION_TEXT},
    {"filter", "What is delivered", PROJECTION_TEXT, .detail = true},
    {"since", "Since", PROJECTION_TEXT},
    {"by", "Given by", PROJECTION_ID},
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
};
static int by_subject(const void *a, const void *b) {
    const struct change *left = a;
    const struct change *right = b;
    int subject = strcmp(left->row.subject, right->row.subject);
    return subject
               ? subject
               : happened_order(&left->occurred, left->position, &right->occurred, right->position);
}

static bool same(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "") == 0;
}

// A revocation takes away what it names: a role in a scope, a role in all scopes, or everything.
static bool takes_away(const struct access_row *revoke, const struct access_row *given) {
    if (revoke->role && !same(revoke->role, given->role))
        return false;
    return !revoke->scope || same(revoke->scope, given->scope);
}

// A subscription replaces the one before it; the same right twice is one right.
static bool repeats(const struct access_row *later, const struct access_row *given) {
    return later->kind == given->kind && same(later->role, given->role) &&
           same(later->scope, given->scope);
}

// `changes` are those of one subject, in order, up to the one at `at`.
static void fold(struct grants *grants, struct change *changes, size_t at) {
    struct change *change = &changes[at];
    bool revoke = change->row.kind == FACTS__V1__ACCESS_CHANGED__KIND__REVOKE;
    bool found = false;
    change->in_force = !revoke;
    for (size_t i = 0; i < at; i++) {
        bool hit = changes[i].in_force && (revoke ? takes_away(&change->row, &changes[i].row)
                                                  : repeats(&change->row, &changes[i].row));
        found |= hit;
        if (!hit)
            continue;
        if (change->row.kind == FACTS__V1__ACCESS_CHANGED__KIND__GRANT)
            change->in_force = false; // it stands since the first
        else
            changes[i].in_force = false;
    }
    if (revoke && !found)
        grants->contradictions[REVOKED_NOTHING]++;
    if (found && change->row.kind == FACTS__V1__ACCESS_CHANGED__KIND__GRANT)
        grants->contradictions[GRANTED_TWICE]++;
}

static enum ledger_err read_changes(struct grants *grants) {
    struct projection_key key = {0};
    struct projection_row row;
    if (grants->subject)
        key_text_cut(&key, grants->subject);
    struct projection_cursor *cursor = projection_scan(grants->view, ACCESS_CHANGES, &key, true);
    while (projection_next(cursor, &row)) {
        const struct access_row change = access_row_read(row.value);
        if (!change.subject || (grants->subject && !same(grants->subject, change.subject)))
            continue;
        if (!projection_grow(grants->arena, &grants->changes, &grants->capacity, grants->count,
                             sizeof(struct change)))
            return projection_no_memory(grants->error);
        grants->changes[grants->count++] =
            (struct change){.position = row.position, .occurred = row.occurred, .row = change};
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static void fold_changes(struct grants *grants) {
    if (!grants->count)
        return;
    qsort(grants->changes, grants->count, sizeof(struct change), by_subject);
    size_t first = 0;
    for (size_t i = 0; i < grants->count; i++) {
        if (!same(grants->changes[i].row.subject, grants->changes[first].row.subject))
            first = i;
        fold(grants, &grants->changes[first], i - first);
    }
}

static void answer_grants(const struct grants *grants, struct projection_answer *answer) {
    projection_answer_table(answer, "grants", "Who can see what",
                            PROJECTION_COLUMNS(grant_columns));
    for (size_t i = 0; i < grants->count; i++) {
        const struct change *change = &grants->changes[i];
        bool subscription = change->row.kind == FACTS__V1__ACCESS_CHANGED__KIND__SUBSCRIPTION;
        if (!change->in_force)
            continue;
        projection_answer_text(answer, change->row.subject);
        projection_answer_text(answer,
                               projection_name(grants->view, EMPLOYEES, change->row.subject));
        projection_answer_text(answer, subscription ? "subscription" : "grant");
        projection_answer_text(answer, change->row.role);
        projection_answer_text(answer, change->row.scope);
        projection_answer_text(answer, change->row.filter);
        projection_answer_moment(answer, &change->occurred);
        projection_answer_text(answer, change->row.actor);
        projection_answer_integer(answer, (int64_t)change->position);
    }
}

enum ledger_err grants_answer(struct projection_view *view, const char *subject,
                              struct projection_answer *answer, bool *any,
                              struct ledger_error *error) {
    struct grants grants = {
        .view = view, .arena = projection_view_arena(view), .subject = subject, .error = error};
    enum ledger_err err = read_changes(&grants);
    if (err)
        return err;
    fold_changes(&grants);
    answer_grants(&grants, answer);
    answer_contradictions(answer, contradictions, grants.contradictions, CONTRADICTIONS);
    *any = grants.count != 0;
    return LEDGER_E_OK;
}
