#include "test_projection_rep.h"

#include <stdarg.h>
#include <stdio.h>

uint64_t fact(struct world *world, const char *type, const char *stream, const char *occurred,
              const char *actor, const char *payload, ...) {
    char text[2048];
    va_list arguments;
    va_start(arguments, payload);
    (void)vsnprintf(text, sizeof text, payload, arguments);
    va_end(arguments);
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"%s\",\"occurred\":\"%s\",\"actor\":\"%s\","
                       "\"payload\":{%s}}",
                       type, stream, occurred, actor, text);
}

void retract(struct world *world, const char *stream, uint64_t position) {
    world_write(world,
                "{\"type\":\"FactRetracted\",\"stream\":\"%s\",\"occurred\":\"2025-07-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                stream, event_id(world, position));
}

uint64_t plan_visit(struct world *world, const char *visit, const char *rep, const char *client,
                    const char *occurred, const char *date) {
    return fact(world, "VisitPlanned", "visit/x", occurred, rep,
                "\"visitId\":\"%s\",\"clientId\":\"%s\",\"date\":\"%s\"", visit, client, date);
}

uint64_t report(struct world *world, const char *visit, const char *rep, const char *client,
                const char *occurred, const char *more) {
    return fact(world, "VisitReported", "visit/x", occurred, rep,
                "\"visitId\":\"%s\",\"clientId\":\"%s\"%s%s", visit, client, more ? "," : "",
                more ? more : "");
}

void cancel(struct world *world, const char *visit, const char *rep, const char *occurred,
            const char *kind) {
    fact(world, "VisitCancelled", "visit/x", occurred, rep, "\"visitId\":\"%s\",\"kind\":\"%s\"",
         visit, kind);
}

void target(struct world *world, const char *plan, const char *rep, const char *client, int version,
            int calls, const char *more) {
    fact(world, "CyclePlanTargetSet", "plan/x", "2025-05-01", "boss",
         "\"planId\":\"%s\",\"employeeId\":\"%s\",\"clientId\":\"%s\",\"version\":%d,"
         "\"plannedCalls\":%d,\"from\":\"2025-06-02\",\"to\":\"2025-06-13\"%s",
         plan, rep, client, version, calls, more);
}

void territory_target(struct world *world, const char *plan, const char *territory,
                      const char *client, int calls) {
    world_write(world,
                "{\"type\":\"CyclePlanTargetSet\",\"stream\":\"plan/x\",\"occurred\":"
                "\"2025-05-01\",\"actor\":\"boss\",\"territory\":\"%s\",\"payload\":{"
                "\"planId\":\"%s\",\"clientId\":\"%s\",\"plannedCalls\":%d,\"from\":"
                "\"2025-06-02\",\"to\":\"2025-06-13\"}}",
                territory, plan, client, calls);
}

void assign(struct world *world, const char *territory, const char *parent, const char *rep,
            const char *from, const char *to) {
    fact(world, "TerritoryAssigned", "territory/x", "2025-05-01", "boss",
         "\"territoryId\":\"%s\",\"parentId\":\"%s\",\"employeeId\":\"%s\",\"from\":\"%s\"%s%s%s",
         territory, parent, rep, from, to ? ",\"to\":\"" : "", to ? to : "", to ? "\"" : "");
}
