#include "test_projection_outreach_facts.h"

#include <stdarg.h>

uint64_t fact(struct world *world, const char *type, const char *occurred, const char *actor,
              const char *payload) {
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"x/1\",\"occurred\":\"%s\",\"actor\":\"%s\","
                       "\"payload\":{%s}}",
                       type, occurred, actor, payload);
}

uint64_t said(struct world *world, const char *client, const char *survey, const char *question,
              const char *answer, const char *occurred, const char *actor, const char *person) {
    return world_write(world,
                       "{\"type\":\"SurveyAnswered\",\"stream\":\"survey/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"%s\",\"payload\":{\"surveyId\":\"%s\",\"questionCode\":\"%s\","
                       "\"answer\":\"%s\",\"clientId\":\"%s\",\"personId\":\"%s\"}}",
                       survey, occurred, actor, survey, question, answer, client, person);
}

uint64_t mailing(struct world *world, const char *id, const char *campaign, const char *occurred,
                 int recipients, int cents, const char *subjects) {
    return world_write(world,
                       "{\"type\":\"MailingSent\",\"stream\":\"mailing/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"m\",\"subjects\":[%s],\"payload\":{\"mailingId\":\"%s\","
                       "\"campaignId\":\"%s\",\"channel\":\"EMAIL\",\"recipients\":\"%d\","
                       "\"cost\":{\"minor\":\"%d\",\"currency\":\"EUR\"}}}",
                       id, occurred, subjects, id, campaign, recipients, cents);
}

uint64_t response(struct world *world, const char *id, const char *person, const char *kind,
                  const char *occurred) {
    return world_write(world,
                       "{\"type\":\"MailingResponded\",\"stream\":\"mailing/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"unknown\",\"payload\":{\"mailingId\":\"%s\","
                       "\"personId\":\"%s\",\"kind\":\"%s\"}}",
                       id, occurred, id, person, kind);
}

uint64_t consent(struct world *world, const char *person, const char *channel, bool given,
                 const char *occurred) {
    return world_write(world,
                       "{\"type\":\"ConsentChanged\",\"stream\":\"person/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"r1\",\"payload\":{\"personId\":\"%s\",\"channel\":%s,"
                       "\"given\":%s,\"basis\":\"form\"}}",
                       person, occurred, person, channel, given ? "true" : "false");
}

uint64_t contact(struct world *world, const char *id, const char *actor, const char *client,
                 const char *person, const char *channel, const char *direction, int seconds,
                 const char *occurred) {
    return world_write(world,
                       "{\"type\":\"InteractionLogged\",\"stream\":\"interaction/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"%s\",\"payload\":{\"interactionId\":\"%s\","
                       "\"clientId\":\"%s\",\"personId\":\"%s\",\"channel\":\"%s\",\"direction\":"
                       "\"%s\",\"seconds\":%d,\"outcome\":\"talked\"}}",
                       id, occurred, actor, id, client, person, channel, direction, seconds);
}

uint64_t need(struct world *world, const char *id, const char *client, const char *code,
              const char *met, int cents, const char *currency, const char *occurred) {
    return world_write(world,
                       "{\"type\":\"TechnicalNeedRecorded\",\"stream\":\"client/%s\",\"occurred\":"
                       "\"%s\",\"actor\":\"r1\",\"payload\":{\"needId\":\"%s\",\"clientId\":\"%s\","
                       "\"code\":\"%s\",\"productId\":\"p-%s\",\"met\":\"%s\",\"volumeQty\":\"10\","
                       "\"value\":{\"minor\":\"%d\",\"currency\":\"%s\"}}}",
                       client, occurred, id, client, code, code, met, cents, currency);
}

uint64_t merge(struct world *world, const char *survivor, const char *merged) {
    return world_write(world,
                       "{\"type\":\"ClientsMerged\",\"stream\":\"client/%s\",\"occurred\":"
                       "\"2025-12-01\",\"actor\":\"r1\",\"payload\":{\"survivor\":\"%s\","
                       "\"merged\":\"%s\"}}",
                       survivor, survivor, merged);
}

void unmerge(struct world *world, uint64_t position) {
    world_write(world,
                "{\"type\":\"MergeReversed\",\"stream\":\"client/a\",\"occurred\":\"2025-12-02\","
                "\"actor\":\"r1\",\"payload\":{\"mergeEventId\":\"%s\"}}",
                event_id(world, position));
}

void retract(struct world *world, uint64_t position) {
    world_write(world,
                "{\"type\":\"FactRetracted\",\"stream\":\"x/1\",\"occurred\":\"2026-01-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                event_id(world, position));
}

void correct_time(struct world *world, uint64_t position, const char *type, const char *occurred) {
    world_write(world,
                "{\"type\":\"FactCorrected\",\"stream\":\"x/1\",\"occurred\":\"2026-01-01\","
                "\"actor\":\"r1\",\"correctsEventId\":\"%s\",\"payload\":{\"type\":\"%s\","
                "\"occurred\":\"%s\"}}",
                event_id(world, position), type, occurred);
}

void base(struct world *world) {
    fact(world, "EmployeeHired", "unknown", "unknown",
         "\"employeeId\":\"r1\",\"kind\":\"FIELD_TEAM\",\"teamName\":\"North\"");
    static const char *const clients[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++)
        world_write(world,
                    "{\"type\":\"ClientRegistered\",\"stream\":\"client/%s\",\"occurred\":"
                    "\"unknown\",\"actor\":\"unknown\",\"payload\":{\"clientId\":\"%s\",\"name\":"
                    "\"Name of %s\"}}",
                    clients[i], clients[i], clients[i]);
}

uint64_t deal(struct world *world, const char *id, const char *client, const char *source,
              const char *occurred, int cents) {
    return world_write(world,
                       "{\"type\":\"DealOpened\",\"stream\":\"deal/%s\",\"occurred\":\"%s\","
                       "\"actor\":\"r1\",\"payload\":{\"dealId\":\"%s\",\"clientId\":\"%s\","
                       "\"pipelineId\":\"pl\",\"source\":\"%s\",\"amount\":{\"minor\":\"%d\","
                       "\"currency\":\"EUR\"}}}",
                       id, occurred, id, client, source, cents);
}
