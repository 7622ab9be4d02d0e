// Clients that look like one, and that nobody has suspected or judged: active ones that share an
// external id, or the same name and address as read without case and punctuation, or that name and
// a place within 100 m.
//
// Every client leaves a mark for each thing that could be shared; sorted, equal marks stand side by
// side. A mark that many clients share ("none", the name of a chain without an address of its own)
// tells nothing, and makes no pair.
#include <stdlib.h>
#include <string.h>

#include "compared.h"
#include "holdings.h"
#include "spots.h"

enum { SHARED_BY_MAX = SPOTS_NEAR_MAX + 1 };

// Best first: a pair that several rules find is shown by the first.
enum rule { EXTERNAL_ID, NAME_ADDRESS, NAME_NEAR };
static const struct {
    const char *code;
    int64_t score_bp;
} rules[] = {
    [EXTERNAL_ID] = {"external_id", 9500},
    [NAME_ADDRESS] = {"name_address", 9000},
    [NAME_NEAR] = {"name_near", 8500},
};

static const struct projection_column pair_columns[] = {
    {"a", "Client", PROJECTION_ID},
    {"a_name", "Name", PROJECTION_TEXT},
    {"b", "Other client", PROJECTION_ID},
    {"b_name", "Other name", PROJECTION_TEXT},
    {"score", "Score", PROJECTION_RATIO},
    {"rule", "Rule", PROJECTION_TEXT},
    {"cause", "Position of the later registration", PROJECTION_INTEGER, .detail = true},
};

struct look {
    const char *id;
    uint64_t registered; // position
};

struct mark {
    enum rule rule;
    const char *text;
    size_t look; // whose
};

struct likeness {
    const char *a, *b; // a before b
    enum rule rule;
    uint64_t cause;
};

struct lookalikes {
    struct projection_view *view;
    struct ledger_arena *arena;
    struct standpoint stand;
    struct look *looks;
    size_t look_count, look_capacity;
    struct mark *marks;
    size_t mark_count, mark_capacity;
    struct spots spots;
    struct projection_ids known; // pairs: suspected, judged or parted, then those found
    struct likeness *found;
    size_t found_count, found_capacity;
    uint64_t common;  // marks that too many share
    uint64_t crowded; // clients at a place that too many of their name share
};

// ---- marks
static bool add_mark(struct lookalikes *all, enum rule rule, const char *text) {
    if (!text || !projection_grow(all->arena, &all->marks, &all->mark_capacity, all->mark_count,
                                  sizeof *all->marks))
        return false;
    all->marks[all->mark_count++] = (struct mark){rule, text, all->look_count};
    return true;
}

static bool mark_external_ids(struct lookalikes *all, const char *id) {
    struct projection_key key = {0};
    struct projection_row row;
    bool ok = true;
    projection_key_text(&key, id);
    struct standing standing = standing_begin(all->view, &all->stand, EXTERNAL_IDS, &key);
    while (standing_next(&standing, &row)) {
        struct ledger_span client, system, number;
        if (ok && projection_key_read_text(&row.key, &client) &&
            projection_key_read_text(&row.key, &system) &&
            projection_key_read_text(&row.key, &number) && number.size)
            ok =
                add_mark(all, EXTERNAL_ID,
                         ledger_arena_printf(all->arena, "%zu %s %s", system.size,
                                             (const char *)system.data, (const char *)number.data));
    }
    return ok;
}

// The address that stands for the client: of several ids, the one that the merges chose, else the
// first that has one.
static const char *address_of(struct lookalikes *all, const char *const *ids, size_t count) {
    size_t lead = field_lead(all->view, ids, count, "address");
    const char *address = NULL;
    for (size_t i = 0; i <= count && !address; i++) {
        struct projection_key key = {0};
        struct projection_row row;
        projection_key_text(&key, ids[i ? i - 1 : lead]);
        projection_key_text(&key, "address");
        struct standing standing = standing_begin(all->view, &all->stand, DETAILS, &key);
        while (standing_next(&standing, &row)) {
            const struct detail_row detail = detail_row_read(row.value);
            if (!detail.has_to || detail.to >= all->stand.day)
                address = detail.value;
        }
    }
    return address;
}

// Of several ids, the place of the first that has one.
static struct place place_of(struct lookalikes *all, const char *const *ids, size_t count) {
    struct place place = {0};
    for (size_t i = 0; i < count && !place.known; i++) {
        struct projection_key key = {0};
        struct projection_row row;
        projection_key_text(&key, ids[i]);
        struct standing standing = standing_begin(all->view, &all->stand, CLIENT_PLACES, &key);
        while (standing_next(&standing, &row)) {
            struct projection_reader reader = {row.value};
            place = geo_place_read(&reader);
        }
    }
    return place;
}

static bool add_spot(struct lookalikes *all, struct ledger_span name, const char *const *ids,
                     size_t count) {
    const struct place place = place_of(all, ids, count);
    return !place.known || spots_add(&all->spots, name, &place, all->look_count);
}

static bool mark_name(struct lookalikes *all, const char *const *ids, size_t count) {
    struct ledger_buffer text = {0};
    bool ok = true;
    if (compared_add(&text, client_name(all->view, ids[0]))) {
        ok = add_spot(all, ledger_buffer_span(&text), ids, count);
        ledger_buffer_add_byte(&text, '|');
        if (ok && compared_add(&text, address_of(all, ids, count)))
            ok = add_mark(all, NAME_ADDRESS,
                          ledger_arena_text(all->arena, ledger_buffer_span(&text)));
    }
    ok = ok && !text.failed;
    ledger_buffer_fini(&text);
    return ok;
}

static bool add_look(struct lookalikes *all, const struct object *client) {
    const char *const *ids;
    size_t count = projection_view_client_ids(all->view, client->id, &ids);
    if (!count || !projection_grow(all->arena, &all->looks, &all->look_capacity, all->look_count,
                                   sizeof *all->looks))
        return false;
    all->looks[all->look_count] = (struct look){ids[0], client->registration->dated.position};
    bool ok = mark_name(all, ids, count);
    for (size_t i = 0; i < count && ok; i++)
        ok = mark_external_ids(all, ids[i]);
    all->look_count++;
    return ok;
}

static enum ledger_err read_looks(struct lookalikes *all, struct objects *objects,
                                  struct ledger_error *error) {
    const struct object *client;
    objects_begin(objects, OBJECT_CLIENT);
    for (;;) {
        enum ledger_err err = objects_next(objects, &client);
        if (err || !client)
            return err;
        if (client->active && client->registration && !add_look(all, client))
            return projection_no_memory(error);
    }
}

// ---- pairs that somebody has looked at
static const char *pair_text(struct lookalikes *all, const char *a, const char *b) {
    return ledger_arena_printf(all->arena, "%zu %s %s", strlen(a), a, b);
}

// *fresh: it was not there.
static bool add_known(struct lookalikes *all, const char *left, const char *right, bool *fresh) {
    const char *a = projection_view_client(all->view, left);
    const char *b = projection_view_client(all->view, right);
    const char *text = strcmp(a, b) < 0 ? pair_text(all, a, b) : pair_text(all, b, a);
    size_t before = all->known.count;
    bool ok = text && projection_ids_add(&all->known, text) != PROJECTION_ID_NONE;
    *fresh = all->known.count > before;
    return ok;
}

// A suspicion counts whatever its time, and so does a merge: two clients of it that are apart now
// were merged once, and parted again.
static bool read_known(struct lookalikes *all) {
    struct projection_row row;
    bool fresh;
    bool ok = true;
    struct projection_cursor *cursor = projection_scan(all->view, DUPLICATES, NULL, true);
    while (ok && projection_next(cursor, &row)) {
        struct ledger_span left, right;
        if (projection_key_read_text(&row.key, &left) && projection_key_read_text(&row.key, &right))
            ok = add_known(all, (const char *)left.data, (const char *)right.data, &fresh);
    }
    projection_scan_end(cursor);
    cursor = projection_scan(all->view, MERGES, NULL, true);
    while (ok && projection_next(cursor, &row)) {
        const struct merge_row merge = merge_row_read(row.value);
        if (merge.survivor && merge.merged)
            ok = add_known(all, merge.survivor, merge.merged, &fresh);
    }
    projection_scan_end(cursor);
    return ok;
}

// ---- pairs found
static int compare_marks(const void *left, const void *right) {
    const struct mark *a = left;
    const struct mark *b = right;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    int order = strcmp(a->text, b->text);
    return order ? order : (a->look > b->look) - (a->look < b->look);
}

static bool add_pair(struct lookalikes *all, enum rule rule, size_t left, size_t right) {
    const struct look *a = &all->looks[left];
    const struct look *b = &all->looks[right];
    bool fresh;
    if (left == right)
        return true;
    if (!add_known(all, a->id, b->id, &fresh))
        return false;
    if (!fresh)
        return true;
    if (!projection_grow(all->arena, &all->found, &all->found_capacity, all->found_count,
                         sizeof *all->found))
        return false;
    bool turned = strcmp(a->id, b->id) > 0;
    all->found[all->found_count++] =
        (struct likeness){turned ? b->id : a->id, turned ? a->id : b->id, rule,
                          a->registered > b->registered ? a->registered : b->registered};
    return true;
}

static bool same_mark(const struct mark *a, const struct mark *b) {
    return a->rule == b->rule && strcmp(a->text, b->text) == 0;
}

static bool find_pairs(struct lookalikes *all) {
    if (all->mark_count)
        qsort(all->marks, all->mark_count, sizeof *all->marks, compare_marks);
    for (size_t begin = 0, end; begin < all->mark_count; begin = end) {
        for (end = begin + 1;
             end < all->mark_count && same_mark(&all->marks[begin], &all->marks[end]);)
            end++;
        if (end - begin > SHARED_BY_MAX) {
            all->common++;
            continue;
        }
        for (size_t i = begin; i < end; i++)
            for (size_t j = i + 1; j < end; j++)
                if (!add_pair(all, all->marks[i].rule, all->marks[i].look, all->marks[j].look))
                    return false;
    }
    return true;
}

static bool find_near(struct lookalikes *all) {
    spots_arrange(&all->spots);
    for (size_t i = 0; i < all->spots.count; i++) {
        size_t near[SPOTS_NEAR_MAX];
        size_t count = spots_near(&all->spots, i, near);
        all->crowded += spots_crowded(&all->spots, i);
        for (size_t j = 0; j < count; j++)
            if (!add_pair(all, NAME_NEAR, all->spots.list[i].look, near[j]))
                return false;
    }
    return true;
}

static int compare_found(const void *left, const void *right) {
    const struct likeness *a = left;
    const struct likeness *b = right;
    if (a->rule != b->rule)
        return a->rule < b->rule ? -1 : 1;
    int order = strcmp(a->a, b->a);
    return order ? order : strcmp(a->b, b->b);
}

enum ledger_err lookalikes_answer(struct projection_view *view,
                                  const struct projection_arguments *arguments,
                                  struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct objects objects;
    uint64_t limit;
    objects_init(&objects, view, error);
    struct lookalikes all = {.view = view,
                             .arena = arena,
                             .stand = objects.stand,
                             .spots = {.arena = arena},
                             .known = {.arena = arena}};
    enum ledger_err err = projection_argument_limit(arguments, &limit, error);
    if (!err)
        err = read_looks(&all, &objects, error);
    if (!err && (!read_known(&all) || !find_pairs(&all) || !find_near(&all)))
        err = projection_no_memory(error);
    if (err)
        return err;
    if (all.found_count)
        qsort(all.found, all.found_count, sizeof *all.found, compare_found);
    projection_answer_table(answer, "lookalikes", "Clients that look like one",
                            PROJECTION_COLUMNS(pair_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < all.found_count; i++) {
        const struct likeness *pair = &all.found[i];
        projection_answer_text(answer, pair->a);
        projection_answer_text(answer, client_name(view, pair->a));
        projection_answer_text(answer, pair->b);
        projection_answer_text(answer, client_name(view, pair->b));
        projection_answer_ratio(answer, rules[pair->rule].score_bp, 10000);
        projection_answer_text(answer, rules[pair->rule].code);
        projection_answer_integer(answer, (int64_t)pair->cause);
    }
    if (all.common)
        projection_answer_note(
            answer, "%s by more than %d clients, and no sign of being one.",
            projection_count(answer, all.common, "thing is shared", "things are shared"),
            SHARED_BY_MAX);
    if (all.crowded)
        projection_answer_note(
            answer,
            "%s within 100 m of %d or more others of the same name, and no sign of being one.",
            projection_count(answer, all.crowded, "client stands", "clients stand"), SHARED_BY_MAX);
    objects_notes(&objects, answer);
    return LEDGER_E_OK;
}
