// What can be asked of this projection.
#include "runtime/queries.h"
#include "field_route.h"

#define REP_PARAMETER                                                                              \
    { "rep", "ID", "only this representative" }

static const struct projection_parameter routes_parameters[] = {
    REP_PARAMETER, PROJECTION_PERIOD_PARAMETERS, PROJECTION_LIMIT_PARAMETER, {0}};
static const struct projection_parameter day_parameters[] = {
    {"rep", "ID", "which representative", true},
    {"day", "DATE", "which local day", true},
    PROJECTION_LIMIT_PARAMETER,
    {0}};
static const struct projection_parameter verification_parameters[] = {
    REP_PARAMETER,
    PROJECTION_PERIOD_PARAMETERS,
    {"flagged", "yes", "also each flagged visit, with the figures that flag it"},
    {"limit", "N", "at most so many representatives and flags; totals are of all visits"},
    {0}};
static const struct projection_parameter visit_parameters[] = {{"visit", "ID", "which visit", true},
                                                               {0}};

static const struct projection_query queries[] = {
    {"routes",
     "where each day of each representative went. Kilometres are along the accepted points; stops "
     "kept are planned stops visited / planned stops; order kept is the longest run of stops "
     "visited in planned order / planned stops; minutes in the field are from the first check-in "
     "to the last check-out; share of travel is what of them was not with clients.",
     routes_parameters, routes_answer},
    {"day",
     "one day of one representative: stops as planned and as visited, and the points, taken or "
     "dropped.",
     day_parameters, day_answer},
    {"verification",
     "whether reported visits can be believed. A visit is verified if a verdict says so, or if no "
     "rule flags it and its check-in was near enough to the client; it is unproven if nothing "
     "flags it and the distance is not known. The last verdict that verifies or rejects a visit "
     "decides; each rule counts the visits that it flags, whatever the verdict.",
     verification_parameters, verification_answer},
    {"visit", "one visit: everything that tells whether it can be believed", visit_parameters,
     visit_answer},
    {"norms", "the limits in force that visits are held against, and every norm as it was set",
     NULL, norms_answer},
};

const struct projection field_route = {
    .name = "field-route",
    .summary = "Where the working day went, and whether visits can be believed.",
    .fold_version = 1,
    .types = field_route_types,
    .type_count = FIELD_ROUTE_TYPES,
    .map = field_route_map,
    .queries = queries,
    .query_count = sizeof queries / sizeof queries[0],
};
