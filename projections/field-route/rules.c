#include "rules.h"

#define MICROS_PER_MINUTE INT64_C(60000000)

const struct visit_rule_row visit_rules[VISIT_RULES] = {
    [TOO_SHORT] = {"too_short", "the visit took less time than the limit", "visit_minutes_min",
                   "minutes", 3},
    [TOO_FAR] = {"too_far",
                 "the check-in was further from the client than the limit and the accuracy of the "
                 "device allow",
                 "visit_distance_m_max", "metres", 300},
    [OVERLAPPING] = {"overlapping", "another visit of the representative went on at the same time",
                     "visit_overlap_minutes_max", "minutes", 0},
    [IMPOSSIBLE_SPEED] = {"impossible_speed",
                          "the way from the visit before would have been faster than the limit",
                          "visit_speed_kmh_max", "km/h", 150},
    [MOCK_LOCATION] = {"mock_location", "the device says that the place is simulated",
                       "visit_mock_checks_max", "checks", 0},
    [BACK_DATED] = {"back_dated", "the visit was entered later than the limit allows",
                    "visit_entry_delay_hours_max", "hours", 24},
    [TOO_MANY] = {"too_many", "more visits were reported of that day than the limit",
                  "visits_per_day_max", "visits", 14},
};

bool visit_distance(const struct visit_case *visit, int64_t *metres) {
    bool places = visit->arrived.known && visit->client.known;
    *metres = places ? geo_metres(&visit->arrived, &visit->client) : visit->measured_m;
    return places || visit->measured;
}

// ---- one function for each rule: true, with the flag's value, if it flags the visit
typedef bool rule_function(const struct visit_day *day, size_t index, struct visit_flag *flag);

static bool value(struct visit_flag *flag, int64_t numerator, int64_t denominator) {
    flag->numerator = numerator;
    flag->denominator = denominator;
    return (__int128)numerator > (__int128)flag->limit * denominator;
}

static bool too_short(const struct visit_day *day, size_t index, struct visit_flag *flag) {
    const struct visit_case *visit = &day->visits[index];
    if (!visit->has_end)
        return false;
    (void)value(flag, visit->end - visit->begin, MICROS_PER_MINUTE);
    return (__int128)flag->numerator < (__int128)flag->limit * MICROS_PER_MINUTE;
}

// The limit shown takes in the accuracy.
static bool too_far(const struct visit_day *day, size_t index, struct visit_flag *flag) {
    int64_t metres;
    if (!visit_distance(&day->visits[index], &metres))
        return false;
    if (__builtin_add_overflow(flag->limit, day->visits[index].accuracy_m, &flag->limit))
        return false;
    return value(flag, metres, 1);
}

static bool overlapping(const struct visit_day *day, size_t index, struct visit_flag *flag) {
    const struct visit_case *visit = &day->visits[index];
    int64_t longest = 0;
    for (size_t i = 0; day->one_person && visit->has_end && i < day->count; i++) {
        const struct visit_case *other = &day->visits[i];
        if (i == index || !other->has_end)
            continue;
        int64_t begin = visit->begin > other->begin ? visit->begin : other->begin;
        int64_t end = visit->end < other->end ? visit->end : other->end;
        if (end - begin > longest) {
            longest = end - begin;
            flag->other = other->id;
        }
    }
    return value(flag, longest, MICROS_PER_MINUTE);
}

static bool starts_before(const struct visit_day *day, size_t a, size_t b) {
    const struct visit_case *left = &day->visits[a];
    const struct visit_case *right = &day->visits[b];
    return left->begin < right->begin || (left->begin == right->begin && a < b);
}

static const struct place *departure(const struct visit_case *visit) {
    return visit->has_end && visit->left.known ? &visit->left : &visit->arrived;
}

// From the visit that began last before this one and has a place. Visits that overlap are another
// rule's.
static bool impossible_speed(const struct visit_day *day, size_t index, struct visit_flag *flag) {
    const struct visit_case *visit = &day->visits[index];
    size_t before = day->count;
    if (!day->one_person || !visit->has_begin || !visit->arrived.known)
        return false;
    for (size_t i = 0; i < day->count; i++)
        if (i != index && day->visits[i].has_begin && departure(&day->visits[i])->known &&
            starts_before(day, i, index) && (before == day->count || starts_before(day, before, i)))
            before = i;
    if (before == day->count)
        return false;
    const struct visit_case *other = &day->visits[before];
    int64_t micros = visit->begin - (other->has_end ? other->end : other->begin);
    if (micros < 0)
        return false;
    int64_t metres = geo_metres(departure(other), &visit->arrived);
    flag->other = other->id;
    (void)value(flag, metres * 3600000, micros);
    return geo_faster(metres, micros, flag->limit);
}

static bool mock_location(const struct visit_day *day, size_t index, struct visit_flag *flag) {
    return value(flag, day->visits[index].mock_checks, 1);
}

static bool back_dated(const struct visit_day *day, size_t index, struct visit_flag *flag) {
    const struct visit_case *visit = &day->visits[index];
    return visit->assessed && value(flag, visit->delay_seconds, 3600);
}

static bool too_many(const struct visit_day *day, size_t index, struct visit_flag *flag) {
    int64_t reported = 0;
    if (!day->one_person || !day->visits[index].reported)
        return false;
    for (size_t i = 0; i < day->count; i++)
        reported += day->visits[i].reported;
    return value(flag, reported, 1);
}

size_t visit_judge(const struct visit_day *day, size_t index, const int64_t limits[VISIT_RULES],
                   struct visit_flag flags[VISIT_RULES]) {
    static rule_function *const functions[VISIT_RULES] = {
        [TOO_SHORT] = too_short,         [TOO_FAR] = too_far,
        [OVERLAPPING] = overlapping,     [IMPOSSIBLE_SPEED] = impossible_speed,
        [MOCK_LOCATION] = mock_location, [BACK_DATED] = back_dated,
        [TOO_MANY] = too_many,
    };
    size_t count = 0;
    for (size_t rule = 0; rule < VISIT_RULES; rule++) {
        struct visit_flag flag = {.rule = (enum visit_rule)rule, .limit = limits[rule]};
        if (functions[rule](day, index, &flag))
            flags[count++] = flag;
    }
    return count;
}
