// Access: who looked, took away or was refused; who could see it, grants.c says.
#include <stdlib.h>
#include <string.h>

#include "audit_trail.h"
#include "facts/v1/people.pb-c.h"
#include "figures.h"
#include "grants.h"

enum { MASS_DEFAULT = 1000 };

struct use {
    uint64_t position;
    struct ledger_moment occurred;
    struct use_row row;
    bool mass;
};

enum { VIEWS, EXPORTS, REPORTS, DENIALS, OTHERS, USE_KINDS };
struct user {
    uint64_t counts[USE_KINDS], mass;
    __int128 rows; // exported
    struct ledger_moment last;
};

struct access {
    struct projection_view *view;
    struct ledger_arena *arena;
    const char *subject, *object;
    int64_t kind; // 0 = any
    struct projection_period period;
    uint64_t mass;
    struct use *uses;
    size_t use_count, use_capacity;
    struct projection_ids ids;
    struct user *users; // by number
    size_t user_capacity;
    struct ledger_error *error;
};

static const struct projection_column user_columns[] = {
    {"who", "Who", PROJECTION_ID},
    {"name", "Name", PROJECTION_TEXT, .detail = true},
    {"views", "Looked", PROJECTION_INTEGER},
    {"exports", "Exported", PROJECTION_INTEGER},
    {"reports", "Reports", PROJECTION_INTEGER},
    {"denied", "Refused", PROJECTION_INTEGER},
    {"others", "Of no known kind", PROJECTION_INTEGER, .detail = true},
    {"rows_exported", "Rows exported", PROJECTION_INTEGER},
    {"mass_exports", "Mass exports", PROJECTION_INTEGER},
    {"last", "Last time", PROJECTION_TEXT},
};
static const struct projection_column use_columns[] = {
    {"occurred", "Occurred", PROJECTION_TEXT},
    {"who", "Who", PROJECTION_ID},
    {"actor", "Actor", PROJECTION_ID, .detail = true},
    {"kind", "Kind", PROJECTION_TEXT},
    {"object", "What", PROJECTION_TEXT},
    {"filter", "With", PROJECTION_TEXT},
    {"rows", "Rows", PROJECTION_INTEGER},
    {"mass", "Mass export", PROJECTION_FLAG},
    {"answer_position", "Ledger position of the answer", PROJECTION_INTEGER, .detail = true},
    {"sha256", "Hash of the answer", PROJECTION_ID, .detail = true},
    {"position", "Position", PROJECTION_INTEGER, .detail = true},
};
static bool same(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "") == 0;
}

// ---- who looked
static const struct {
    int64_t kind;
    const char *text; // as the parameter names it
    size_t slot;
} kinds[] = {
    {FACTS__V1__DATA_ACCESSED__KIND__VIEW, "VIEW", VIEWS},
    {FACTS__V1__DATA_ACCESSED__KIND__EXPORT, "EXPORT", EXPORTS},
    {FACTS__V1__DATA_ACCESSED__KIND__REPORT, "REPORT", REPORTS},
    {FACTS__V1__DATA_ACCESSED__KIND__DENIED, "DENIED", DENIALS},
};
enum { KNOWN_KINDS = sizeof kinds / sizeof kinds[0] };

static size_t slot_of(int64_t kind, const char **text) {
    for (size_t i = 0; i < KNOWN_KINDS; i++)
        if (kinds[i].kind == kind) {
            *text = kinds[i].text;
            return kinds[i].slot;
        }
    *text = NULL;
    return OTHERS;
}

static bool count_use(struct access *access, const struct use *use) {
    const char *text;
    size_t number = projection_ids_add(&access->ids, use->row.who);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(access->arena, &access->users, &access->user_capacity, number,
                         sizeof(struct user)))
        return false;
    struct user *user = &access->users[number];
    size_t slot = slot_of(use->row.kind, &text);
    user->counts[slot]++;
    user->mass += use->mass;
    if (slot == EXPORTS)
        user->rows += use->row.rows;
    if (happened_order(&use->occurred, 1, &user->last, 1) > 0)
        user->last = use->occurred;
    return true;
}

static bool wanted(const struct access *access, const struct projection_row *row,
                   const struct use_row *use) {
    return use->who && (!access->subject || same(access->subject, use->who)) &&
           (!access->object || same(access->object, use->object)) &&
           (!access->kind || access->kind == use->kind) &&
           projection_period_holds(&access->period, &row->occurred);
}

static enum ledger_err read_uses(struct access *access) {
    const char *prefix = access->object ? access->object : access->subject;
    struct projection_key key = {0};
    struct projection_row row;
    if (prefix)
        key_text_cut(&key, prefix);
    struct projection_cursor *cursor =
        projection_scan(access->view, access->object ? ACCESSES_BY_OBJECT : ACCESSES, &key, false);
    while (projection_next(cursor, &row)) {
        struct use use = {row.position, row.occurred, use_row_read(row.value), false};
        if (!wanted(access, &row, &use.row))
            continue;
        use.mass = use.row.kind == FACTS__V1__DATA_ACCESSED__KIND__EXPORT && use.row.has_rows &&
                   (uint64_t)use.row.rows > access->mass;
        if (!count_use(access, &use) ||
            !projection_grow(access->arena, &access->uses, &access->use_capacity, access->use_count,
                             sizeof(struct use)))
            return projection_no_memory(access->error);
        access->uses[access->use_count++] = use;
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static enum ledger_err answer_users(struct access *access, struct projection_answer *answer) {
    size_t *order = ids_in_order(&access->ids);
    if (!order)
        return projection_no_memory(access->error);
    projection_answer_table(answer, "users", "Who looked", PROJECTION_COLUMNS(user_columns));
    for (size_t i = 0; i < access->ids.count; i++) {
        const struct user *user = &access->users[order[i]];
        const char *who = access->ids.texts[order[i]];
        projection_answer_text(answer, who);
        projection_answer_text(answer, projection_name(access->view, EMPLOYEES, who));
        for (size_t kind = 0; kind < USE_KINDS; kind++)
            projection_answer_integer(answer, (int64_t)user->counts[kind]);
        projection_answer_integer(answer, user->rows > INT64_MAX ? INT64_MAX : (int64_t)user->rows);
        projection_answer_integer(answer, (int64_t)user->mass);
        projection_answer_moment(answer, &user->last);
    }
    return LEDGER_E_OK;
}

static int latest_first(const void *a, const void *b) {
    const struct use *left = a;
    const struct use *right = b;
    return happened_order(&right->occurred, right->position, &left->occurred, left->position);
}

static void answer_uses(struct access *access, struct projection_answer *answer, uint64_t limit) {
    if (access->use_count)
        qsort(access->uses, access->use_count, sizeof(struct use), latest_first);
    projection_answer_table(answer, "accesses", "Accesses, latest first",
                            PROJECTION_COLUMNS(use_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < access->use_count; i++) {
        const struct use *use = &access->uses[i];
        const char *kind;
        (void)slot_of(use->row.kind, &kind);
        projection_answer_moment(answer, &use->occurred);
        projection_answer_text(answer, use->row.who);
        projection_answer_text(answer, use->row.actor);
        projection_answer_text(answer, kind);
        projection_answer_text(answer, use->row.object);
        projection_answer_text(answer, use->row.filter);
        if (use->row.has_rows)
            projection_answer_integer(answer, use->row.rows);
        else
            projection_answer_none(answer);
        projection_answer_flag(answer, use->mass);
        if (use->row.has_position)
            projection_answer_integer(answer, use->row.position);
        else
            projection_answer_none(answer);
        projection_answer_text(answer, use->row.sha256);
        projection_answer_integer(answer, (int64_t)use->position);
    }
}

// ---- the question
static enum ledger_err read_kind(struct access *access, const char *text) {
    for (size_t i = 0; i < KNOWN_KINDS && text && !access->kind; i++)
        if (strcmp(kinds[i].text, text) == 0)
            access->kind = kinds[i].kind;
    if (!text || access->kind)
        return LEDGER_E_OK;
    return ledger_fail(access->error, LEDGER_E_INVALID_VALUE, "kind",
                       "%.60s is none of VIEW, EXPORT, REPORT, DENIED", text);
}

enum ledger_err access_answer(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct access access = {.view = view,
                            .arena = arena,
                            .subject = projection_argument(arguments, "subject"),
                            .object = projection_argument(arguments, "object"),
                            .mass = MASS_DEFAULT,
                            .ids = {.arena = arena},
                            .error = error};
    uint64_t limit = 0;
    bool present;
    enum ledger_err err = projection_argument_period(arguments, &access.period, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &present, error);
    if (!err)
        err = projection_argument_u64(arguments, "mass", &access.mass, &present, error);
    if (!err)
        err = read_kind(&access, projection_argument(arguments, "kind"));
    bool any = false;
    if (!err)
        err = grants_answer(view, access.subject, answer, &any, error);
    if (!err)
        err = read_uses(&access);
    if (!err)
        err = answer_users(&access, answer);
    if (err)
        return err;
    answer_uses(&access, answer, limit);
    projection_answer_note(answer, "A mass export is one of more than %s.",
                           projection_count(answer, access.mass, "row", "rows"));
    if (access.subject && !any && !access.use_count)
        projection_answer_nothing_known(answer, "the access of", access.subject);
    return LEDGER_E_OK;
}
