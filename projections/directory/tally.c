#include "tally.h"

#include <stdlib.h>
#include <string.h>

struct tally_line *tally_line(struct tally *tally, const char *text) {
    size_t number = projection_ids_add(&tally->ids, text);
    if (number == PROJECTION_ID_NONE ||
        !projection_grow(tally->ids.arena, &tally->lines, &tally->capacity, number,
                         sizeof *tally->lines))
        return NULL;
    tally->lines[number].text = tally->ids.texts[number];
    return &tally->lines[number];
}

static int by_text(const void *a, const void *b) {
    return strcmp(((const struct tally_line *)a)->text, ((const struct tally_line *)b)->text);
}

void tally_sort(struct tally *tally) {
    if (tally->ids.count)
        qsort(tally->lines, tally->ids.count, sizeof *tally->lines, by_text);
}
