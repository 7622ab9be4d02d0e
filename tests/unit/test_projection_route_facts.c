#include "test_projection_route_facts.h"

#include <stdarg.h>
#include <string.h>

uint64_t hire(struct world *world, const char *id, const char *kind, const char *position) {
    return world_write(
        world,
        "{\"type\":\"EmployeeHired\",\"stream\":\"employee/%s\",\"occurred\":\"2025-01-01\","
        "\"actor\":\"hr\",\"payload\":{\"employeeId\":\"%s\",\"kind\":\"%s\",\"teamName\":"
        "\"Name of %s\",\"position\":\"%s\"}}",
        id, id, kind, id, position);
}

uint64_t client(struct world *world, const char *id, const char *geo) {
    return world_write(
        world,
        "{\"type\":\"ClientRegistered\",\"stream\":\"client/%s\",\"occurred\":\"2025-01-01\","
        "\"actor\":\"hr\",\"payload\":{\"clientId\":\"%s\",\"name\":\"Client %s\",\"geo\":%s}}",
        id, id, id, geo);
}

void base(struct world *world) {
    hire(world, "r1", "PERSON", "rep");
    hire(world, "r2", "PERSON", "kam");
    client(world, "a", A);
    client(world, "b", B);
    client(world, "c", C);
    client(world, "d", "null");
}

uint64_t check(struct world *world, const char *which, const char *rep, const char *visit,
               const char *at, const char *geo, const char *more) {
    return world_write(world,
                       "{\"type\":\"VisitChecked%s\",\"stream\":\"visit/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"payload\":{\"visitId\":\"%s\",\"geo\":%s%s}}",
                       which, visit, at, rep, visit, geo, more);
}

uint64_t report_from(struct world *world, const char *rep, const char *visit, const char *client_id,
                     const char *at, const char *more) {
    return world_write(world,
                       "{\"type\":\"VisitReported\",\"stream\":\"visit/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\"%s,\"payload\":{\"visitId\":\"%s\",\"clientId\":\"%s\"}}",
                       visit, at, rep, more, visit, client_id);
}

uint64_t report(struct world *world, const char *rep, const char *visit, const char *client_id,
                const char *at) {
    return report_from(world, rep, visit, client_id, at, "");
}

void visited(struct world *world, const char *rep, const char *visit, const char *client_id,
             const char *geo, const char *from, const char *to) {
    check(world, "In", rep, visit, from, geo, "");
    check(world, "Out", rep, visit, to, geo, "");
    report(world, rep, visit, client_id, from);
}

uint64_t point(struct world *world, const char *rep, const char *at, const char *geo,
               const char *more) {
    return world_write(world,
                       "{\"type\":\"LocationSampled\",\"stream\":\"employee/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"%s\",\"payload\":{\"employeeId\":\"%s\"%s},"
                       "\"personal\":[{\"personId\":\"%s\",\"values\":{\"track\":[%s]}}]}",
                       rep, at, rep, rep, more, rep, geo);
}

uint64_t route(struct world *world, const char *id, int version, const char *rep,
               const char *occurred, const char *day, const char *stops) {
    return world_write(world,
                       "{\"type\":\"RoutePlanned\",\"stream\":\"employee/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"payload\":{\"routeId\":\"%s\",\"version\":%d,"
                       "\"employeeId\":\"%s\",\"date\":\"%s\",\"stops\":[%s]}}",
                       rep, occurred, rep, id, version, rep, day, stops);
}

uint64_t mark(struct world *world, const char *rep, const char *kind, const char *at,
              int odometer_km) {
    return world_write(world,
                       "{\"type\":\"WorkdayMarked\",\"stream\":\"employee/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"payload\":{\"employeeId\":\"%s\",\"kind\":\"%s\","
                       "\"odometerKm\":%d}}",
                       rep, at, rep, rep, kind, odometer_km);
}

uint64_t amend(struct world *world, const char *type, uint64_t position, const char *payload) {
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"visit/x\",\"occurred\":\"2026-01-01\","
                       "\"actor\":\"boss\",\"correctsEventId\":\"%s\",\"payload\":%s}",
                       type, event_id(world, position), payload);
}

Ledger__V1__QueryReply *ask_day(struct world *world, const char *rep) {
    return world_ask(world, "day", "rep", rep, "day", DAY, NULL);
}

const char *where(struct world *world, const Ledger__V1__QueryReply *reply, const char *table,
                  const char *key, const char *text, const char *column) {
    for (size_t i = 0; i < row_count(reply, table); i++)
        if (strcmp(cell(world, reply, table, i, key), text) == 0)
            return cell(world, reply, table, i, column);
    return "no row";
}
