#include "test_projection_audit_facts.h"

#include <stdarg.h>
#include <stdio.h>

uint64_t fact(struct world *world, const char *type, const char *occurred, const char *actor,
              const char *more, const char *payload) {
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"x/1\",\"occurred\":\"%s\",\"actor\":\"%s\","
                       "%s\"payload\":%s}",
                       type, occurred, actor, more ? more : "", payload);
}

uint64_t stage(struct world *world, const char *occurred, const char *actor, const char *from,
               const char *to) {
    return world_write(world,
                       "{\"type\":\"DealStageChanged\",\"stream\":\"deal/d\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"subjects\":[{\"kind\":\"deal\",\"id\":\"d\"}],"
                       "\"payload\":{\"dealId\":\"d\",\"from\":\"%s\",\"to\":\"%s\"}}",
                       occurred, actor, from, to);
}

uint64_t visit(struct world *world, const char *occurred, const char *actor, const char *client,
               const char *result) {
    return world_write(world,
                       "{\"type\":\"VisitReported\",\"stream\":\"visit/v\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"subjects\":[{\"kind\":\"client\",\"id\":\"%s\"}],"
                       "\"payload\":{\"visitId\":\"v\",\"clientId\":\"%s\",\"resultCode\":\"%s\"}}",
                       occurred, actor, client, client, result);
}

uint64_t correct(struct world *world, uint64_t what, const char *actor, const char *type,
                 const char *content) {
    return world_write(world,
                       "{\"type\":\"FactCorrected\",\"stream\":\"x/1\",\"occurred\":\"2026-01-01\","
                       "\"actor\":\"%s\",\"correctsEventId\":\"%s\",\"reason\":\"slip\","
                       "\"payload\":{\"type\":\"%s\"%s}}",
                       actor, event_id(world, what), type, content);
}

uint64_t retract(struct world *world, uint64_t what, const char *actor) {
    return world_write(world,
                       "{\"type\":\"FactRetracted\",\"stream\":\"x/1\",\"occurred\":\"2026-01-01\","
                       "\"actor\":\"%s\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                       actor, event_id(world, what));
}

void access_changed(struct world *world, const char *occurred, const char *payload) {
    fact(world, "AccessChanged", occurred, "admin", NULL, payload);
}

void policy(struct world *world, const char *occurred, const char *content) {
    char payload[256];
    (void)snprintf(payload, sizeof payload, "{\"policyId\":\"p\",%s}", content);
    fact(world, "FieldPolicyDefined", occurred, "boss", NULL, payload);
}

void register_client(struct world *world, const char *occurred, const char *actor, const char *id,
                     const char *more) {
    world_write(world,
                "{\"type\":\"ClientRegistered\",\"stream\":\"client/%s\",\"occurred\":\"%s\","
                "\"actor\":\"%s\",\"payload\":{\"clientId\":\"%s\",\"kind\":\"HOSPITAL\"%s}}",
                id, occurred, actor, id, more);
}
