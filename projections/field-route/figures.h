// What a day comes to: the way, the plan kept, the time in the field.
#ifndef FIELD_ROUTE_FIGURES_H
#define FIELD_ROUTE_FIGURES_H

#include "days.h"

struct day_figures {
    uint64_t samples, accepted;
    int64_t metres;         // over accepted points
    bool planned;           // a route was
    int64_t planned_metres; // over the stops whose client's place is known
    uint64_t stops, kept, in_order, unplaced;
    bool has_odometer;
    int64_t odometer_km;
    uint64_t visits; // checked in or reported
    bool has_field;
    int64_t field_micros, face_micros;
};
// False when out of memory.
bool day_figures(const struct field_day *day, struct ledger_arena *arena,
                 struct day_figures *figures);
void day_figures_add(struct day_figures *sum, const struct day_figures *figures);

#define FIGURE_COLUMNS                                                                             \
    {"km", "Kilometres", PROJECTION_RATIO},                                                        \
        {"planned_km", "Planned kilometres", PROJECTION_RATIO},                                    \
        {"odometer_km", "Kilometres by the odometer", PROJECTION_INTEGER},                         \
        {"stops", "Planned stops", PROJECTION_INTEGER},                                            \
        {"stops_kept", "Planned stops visited", PROJECTION_INTEGER},                               \
        {"stop_adherence", "Stops kept", PROJECTION_RATIO},                                        \
        {"order_adherence", "Order kept", PROJECTION_RATIO},                                       \
        {"visits", "Visits", PROJECTION_INTEGER},                                                  \
        {"field_minutes", "Minutes in the field", PROJECTION_RATIO},                               \
        {"face_minutes", "Minutes with clients", PROJECTION_RATIO},                                \
        {"travel_share", "Share of travel", PROJECTION_RATIO},                                     \
        {"samples", "Points", PROJECTION_INTEGER, .detail = true},                                 \
        {"accepted", "Points taken", PROJECTION_INTEGER, .detail = true}, {                        \
        "stops_without_place", "Planned stops without a known place", PROJECTION_INTEGER,          \
            .detail = true                                                                         \
    }
// A value for each of FIGURE_COLUMNS.
void day_figures_answer(struct projection_answer *answer, const struct day_figures *figures);

#endif
