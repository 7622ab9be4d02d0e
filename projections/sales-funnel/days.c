#include "days.h"

#include <stdlib.h>

#include "runtime/ids.h"

bool days_add(struct ledger_arena *arena, struct days *days, int64_t number) {
    if (!projection_grow(arena, &days->list, &days->capacity, days->count, sizeof number))
        return false;
    days->list[days->count++] = number;
    days->sum += number;
    return true;
}

static int by_number(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

void days_answer(struct projection_answer *answer, struct days *days, int64_t shift, int64_t unit) {
    size_t count = days->count;
    if (!count) {
        projection_answer_none(answer);
        projection_answer_none(answer);
        return;
    }
    qsort(days->list, count, sizeof(int64_t), by_number);
    __int128 middle = (__int128)days->list[(count - 1) / 2] + days->list[count / 2];
    projection_answer_ratio(answer, days->sum + (__int128)shift * (__int128)count,
                            (__int128)count * unit);
    projection_answer_ratio(answer, middle + 2 * (__int128)shift, 2 * (__int128)unit);
}
