#include "potential.h"

#include <stdlib.h>

#include "facts/v1/client.pb-c.h"
#include "segments.h"

struct potential potential_in(struct ledger_arena *arena) {
    return (struct potential){.ids = {.arena = arena}, .segments = {.arena = arena}};
}

enum ledger_err potential_add(struct potential *potential, const struct objects *objects,
                              const struct object *client) {
    struct ledger_arena *arena = potential->ids.arena;
    struct segments segments;
    segments_read(objects->view, &objects->stand, client->id, &segments);
    const char *segment = segments.rows[FACTS__V1__CLIENT_SEGMENTED__SCHEME__POTENTIAL].segment;
    const char *key = ledger_arena_printf(arena, "%s\n%s", client->owner ? client->owner : "",
                                          segment ? segment : "");
    size_t number = key ? projection_ids_add(&potential->ids, key) : PROJECTION_ID_NONE;
    size_t of = projection_ids_add(&potential->segments, segment ? segment : "");
    if (number == PROJECTION_ID_NONE || of == PROJECTION_ID_NONE ||
        !projection_grow(arena, &potential->lines, &potential->capacity, number,
                         sizeof *potential->lines) ||
        !projection_grow(arena, &potential->of_segment, &potential->segment_capacity, of,
                         sizeof *potential->of_segment))
        return projection_no_memory(objects->error);
    potential->lines[number].rep = client->owner;
    potential->lines[number].segment = segment;
    potential->lines[number].clients++;
    potential->of_segment[of]++;
    return LEDGER_E_OK;
}

static int by_rep_and_segment(const void *a, const void *b) {
    const struct potential_line *left = a;
    const struct potential_line *right = b;
    int order = projection_text_order(left->rep, right->rep);
    return order ? order : projection_text_order(left->segment, right->segment);
}

enum ledger_err potential_answer(struct potential *potential, struct objects *objects,
                                 struct projection_answer *answer, uint64_t limit) {
    static const struct projection_column columns[] = {
        {"rep", "Representative", PROJECTION_ID},
        {"name", "Name", PROJECTION_TEXT},
        {"potential", "Potential", PROJECTION_TEXT},
        {"clients", "Active clients", PROJECTION_INTEGER},
        {"share", "Share of the clients of this potential", PROJECTION_RATIO},
    };
    const struct potential_line *list = potential->lines;
    size_t count = potential->ids.count;
    if (count)
        qsort(potential->lines, count, sizeof *list, by_rep_and_segment);
    projection_answer_table(answer, "potential", "Potential of the clients held",
                            PROJECTION_COLUMNS(columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < count; i++) {
        const struct employee *employee = NULL;
        size_t of =
            projection_ids_find(&potential->segments, list[i].segment ? list[i].segment : "");
        if (list[i].rep) {
            enum ledger_err err =
                staff_find(&objects->staff, list[i].rep, &employee, objects->error);
            if (err)
                return err;
        }
        projection_answer_text(answer, list[i].rep);
        projection_answer_text(answer, employee ? employee->name : NULL);
        projection_answer_text(answer, list[i].segment);
        projection_answer_integer(answer, list[i].clients);
        projection_answer_ratio(answer, list[i].clients, potential->of_segment[of]);
    }
    return LEDGER_E_OK;
}
