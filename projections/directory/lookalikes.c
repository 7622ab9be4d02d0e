// Clients that look like one, and that nobody has suspected or judged: active ones that share an
// external id, or the same name and address as read without case and punctuation.
//
// Every client leaves a mark for each thing that could be shared; sorted, equal marks stand side by
// side. A mark that many clients share ("none", the name of a chain without an address of its own)
// tells nothing, and makes no pair.
#include <stdlib.h>
#include <string.h>

#include "holdings.h"

enum { SHARED_BY_MAX = 20 };

// Best first: a pair that several rules find is shown by the first.
enum rule { EXTERNAL_ID, NAME_ADDRESS };
static const struct {
    const char *code;
    int64_t score_bp;
} rules[] = {
    [EXTERNAL_ID] = {"external_id", 9500},
    [NAME_ADDRESS] = {"name_address", 9000},
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
    struct projection_ids known; // pairs: suspected, judged or parted, then those found
    struct likeness *found;
    size_t found_count, found_capacity;
    uint64_t common; // marks that too many share
};

// ---- texts
// The next character in UTF-8. What is no UTF-8 goes through byte by byte.
static uint32_t next_character(const unsigned char **at) {
    const unsigned char *text = *at;
    size_t size = *text < 0xc0 ? 1 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
    uint32_t code = size == 1 ? *text : *text & (0xffU >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            *at = text + 1;
            return *text;
        }
        code = (code << 6) | (text[i] & 0x3fU);
    }
    *at = text + size;
    return code;
}

// Small letters for capitals of the Latin, Greek and Cyrillic alphabets; 0 for what is neither
// letter nor digit.
static uint32_t folded_character(uint32_t code) {
    enum { SMALL_IO = 0x451, SMALL_IE = 0x435 };
    if (code < 0x80) {
        if (code >= 'A' && code <= 'Z')
            return code + ('a' - 'A');
        return (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9') ? code : 0;
    }
    if (code < 0xc0 || code == 0xd7 || code == 0xf7 || (code >= 0x2000 && code <= 0x206f))
        return 0;
    if (code <= 0xde || (code >= 0x391 && code <= 0x3a9) || (code >= 0x410 && code <= 0x42f))
        return code + 0x20;
    if (code >= 0x400 && code <= 0x40f)
        code += 0x50;
    return code == SMALL_IO ? SMALL_IE : code; // both spellings are in use
}

// Adds the words of the text, as they are compared. False if there are none.
static bool add_folded(struct ledger_buffer *buffer, const char *text) {
    size_t before = buffer->size;
    const unsigned char *at = (const unsigned char *)text;
    bool apart = false;
    while (at && *at) {
        uint32_t code = folded_character(next_character(&at));
        if (code && apart && buffer->size > before)
            ledger_buffer_add_byte(buffer, ' ');
        if (code)
            ledger_buffer_printf(buffer, code < 0x80 ? "%c" : "<%x>", (int)code);
        apart = !code;
    }
    return buffer->size > before;
}

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

static bool mark_name(struct lookalikes *all, const char *const *ids, size_t count) {
    struct ledger_buffer text = {0};
    bool ok = true;
    if (add_folded(&text, client_name(all->view, ids[0]))) {
        ledger_buffer_add_byte(&text, '|');
        if (add_folded(&text, address_of(all, ids, count)))
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

static bool add_pair(struct lookalikes *all, const struct mark *left, const struct mark *right) {
    const struct look *a = &all->looks[left->look];
    const struct look *b = &all->looks[right->look];
    bool fresh;
    if (left->look == right->look)
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
        (struct likeness){turned ? b->id : a->id, turned ? a->id : b->id, left->rule,
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
                if (!add_pair(all, &all->marks[i], &all->marks[j]))
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
    struct lookalikes all = {
        .view = view, .arena = arena, .stand = objects.stand, .known = {.arena = arena}};
    enum ledger_err err = limit_of(arguments, &limit, error);
    if (!err)
        err = read_looks(&all, &objects, error);
    if (!err && (!read_known(&all) || !find_pairs(&all)))
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
    objects_notes(&objects, answer);
    return LEDGER_E_OK;
}
