#include <stdlib.h>

#include "rhythm.h"

enum { GAPS_MIN = 3 }; // with fewer, nothing is overdue

static int by_number(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return left < right ? -1 : left > right;
}

static int64_t twice_median(int64_t *numbers, size_t count) {
    qsort(numbers, count, sizeof *numbers, by_number);
    return numbers[(count - 1) / 2] + numbers[count / 2];
}

// The whole part of a square root.
static __int128 root(__int128 square) {
    __int128 low = 0;
    __int128 high = INT64_MAX;
    while (low < high) {
        __int128 middle = (low + high + 1) / 2;
        if (middle * middle <= square)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

// Standard deviation of these gaps over their mean: its square is n x the sum of squares / the
// square of the sum, less 1.
static int64_t variation(const int64_t *gaps, size_t count) {
    __int128 sum = 0;
    __int128 squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += gaps[i];
        squares += (__int128)gaps[i] * gaps[i];
    }
    if (count < 2)
        return -1;
    __int128 above = (__int128)count * squares - sum * sum;
    __int128 twice = root(4 * above * CV_SCALE * CV_SCALE / (sum * sum));
    return (int64_t)((twice + 1) / 2); // to the nearest
}

// The purchases are of one series, by day. `numbers` has room for as many.
static void measure(const struct rhythm *rhythm, struct series *series,
                    const struct purchase *purchases, size_t count, int64_t *numbers) {
    size_t lots = 0;
    series->orders = count;
    series->first = purchases[0].day;
    series->last = purchases[count - 1].day;
    for (size_t i = 0; i < count; i++)
        if (purchases[i].has_qty)
            numbers[lots++] = purchases[i].qty;
    series->has_lot = lots > 0;
    series->twice_lot = lots ? twice_median(numbers, lots) : 0;
    for (size_t i = 1; i < count; i++)
        if (purchases[i].day != purchases[i - 1].day)
            numbers[series->gaps++] = (int64_t)purchases[i].day - purchases[i - 1].day;
    series->days = (int32_t)series->gaps + 1;
    if (!series->gaps)
        return;
    series->cv_scaled = variation(numbers, series->gaps);
    series->twice_gap = twice_median(numbers, series->gaps);
    series->next = series->last + (int32_t)((series->twice_gap + 1) / 2);
    int64_t since = (int64_t)rhythm->today - series->last;
    series->overdue =
        rhythm->has_today && series->gaps >= GAPS_MIN && 4 * since > 3 * series->twice_gap;
}

static int by_series(const void *a, const void *b) {
    const struct purchase *left = a;
    const struct purchase *right = b;
    if (left->series != right->series)
        return left->series < right->series ? -1 : 1;
    return left->day < right->day ? -1 : left->day > right->day;
}

bool rhythm_measure(struct rhythm *rhythm) {
    int64_t *numbers = ledger_arena_alloc(rhythm->arena, (rhythm->count + 1) * sizeof *numbers);
    rhythm->series =
        ledger_arena_calloc(rhythm->arena, (rhythm->ids.count + 1) * sizeof *rhythm->series);
    rhythm->sorted =
        ledger_arena_calloc(rhythm->arena, (rhythm->ids.count + 1) * sizeof(struct series *));
    if (!numbers || !rhythm->series || !rhythm->sorted)
        return false;
    if (rhythm->count)
        qsort(rhythm->list, rhythm->count, sizeof *rhythm->list, by_series);
    for (size_t i = 0, end; i < rhythm->count; i = end) {
        struct series *series = &rhythm->series[rhythm->list[i].series];
        const char *id = rhythm->ids.texts[rhythm->list[i].series];
        for (end = i; end < rhythm->count && rhythm->list[end].series == rhythm->list[i].series;)
            end++;
        *series = (struct series){.client = rhythm->client ? NULL : id,
                                  .product = rhythm->client && *id ? id : NULL,
                                  .cv_scaled = -1};
        measure(rhythm, series, rhythm->list + i, end - i, numbers);
        rhythm->sorted[rhythm->sorted_count++] = series;
    }
    return true;
}
