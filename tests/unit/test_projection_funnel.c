#include "test_projection_funnel.h"

#include <stdio.h>
#include <string.h>

// Each holds what the one before it may give it.
enum { OPENING_MAX = 1024, DEAL_MAX = 2048, FACT_MAX = 3072 };

uint64_t funnel_fact(struct world *world, const char *type, const char *stream,
                     const char *occurred, const char *payload) {
    char text[FACT_MAX];
    (void)snprintf(text, sizeof text, "%s", payload);
    for (char *quote = strchr(text, '\''); quote; quote = strchr(quote, '\''))
        *quote = '"';
    return world_write(world,
                       "{\"type\":\"%s\",\"stream\":\"%s\",\"occurred\":\"%s\",\"actor\":\"e1\","
                       "\"payload\":{%s}}",
                       type, stream, occurred, text);
}

uint64_t funnel_deal(struct world *world, const char *type, const char *deal, const char *occurred,
                     const char *payload) {
    char stream[64];
    char text[DEAL_MAX];
    (void)snprintf(stream, sizeof stream, "deal/%s", deal);
    (void)snprintf(text, sizeof text, "'dealId':'%s'%s", deal, payload);
    return funnel_fact(world, type, stream, occurred, text);
}

void funnel_pipeline(struct world *world) {
    funnel_fact(world, "PipelineDefined", "pipeline/p", "2024-01-01",
                "'pipelineId':'p','stages':["
                "{'id':'s1','order':1,'kind':'OPEN','normDays':5,'probabilityBp':1000},"
                "{'id':'s2','order':2,'kind':'OPEN','normDays':10,'probabilityBp':5000},"
                "{'id':'s3','order':3,'kind':'OPEN'},"
                "{'id':'won','order':4,'kind':'WON'},{'id':'lost','order':5,'kind':'LOST'}]");
}

uint64_t funnel_open(struct world *world, const char *deal, const char *occurred,
                     const char *payload) {
    char text[OPENING_MAX];
    (void)snprintf(text, sizeof text, ",'pipelineId':'p','stage':'s1'%s", payload);
    return funnel_deal(world, "DealOpened", deal, occurred, text);
}

uint64_t funnel_move(struct world *world, const char *deal, const char *to, const char *occurred) {
    char text[64];
    (void)snprintf(text, sizeof text, ",'to':'%s'", to);
    return funnel_deal(world, "DealStageChanged", deal, occurred, text);
}

uint64_t funnel_retract(struct world *world, const char *stream, uint64_t position) {
    return world_write(world,
                       "{\"type\":\"FactRetracted\",\"stream\":\"%s\",\"occurred\":\"2026-01-01\","
                       "\"actor\":\"e1\",\"correctsEventId\":\"%s\",\"payload\":{}}",
                       stream, event_id(world, position));
}
