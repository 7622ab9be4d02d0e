// The names of things. A question may ask for one again for each of its rows, so a view remembers
// those that it has found.
#include "ids.h"
#include "projection_internal.h"

struct projection_names {
    struct projection_ids ids; // table number and id
    const char **names;        // by number; NULL = there is none
    size_t capacity;
};

static const char *find_name(struct projection_view *view, uint8_t table, const char *id) {
    struct projection_key key = {0};
    struct projection_row row;
    projection_key_text(&key, id);
    if (key.failed || !projection_standing(view, table, &key, &row))
        return NULL;
    struct projection_reader reader = {row.value};
    return projection_read_text(&reader);
}

// Its place among those remembered; *known: it is filled. NULL when out of memory.
static const char **remembered(struct projection_view *view, uint8_t table, const char *id,
                               bool *known) {
    if (!view->names) {
        view->names = ledger_arena_calloc(view->arena, sizeof *view->names);
        if (!view->names)
            return NULL;
        view->names->ids.arena = view->arena;
    }
    struct projection_names *names = view->names;
    const char *text = ledger_arena_printf(view->arena, "%u %s", table, id);
    size_t before = names->ids.count;
    size_t number = text ? projection_ids_add(&names->ids, text) : PROJECTION_ID_NONE;
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(view->arena, &names->names, &names->capacity, number,
                         sizeof *names->names))
        return NULL;
    *known = number < before;
    return &names->names[number];
}

const char *projection_name(struct projection_view *view, uint8_t table, const char *id) {
    bool known;
    if (!id)
        return NULL;
    const char **name = remembered(view, table, id, &known);
    if (!name) {
        projection_view_fail(view, LEDGER_E_NO_MEMORY);
        return NULL;
    }
    if (!known)
        *name = find_name(view, table, id);
    return *name;
}
