// What the force sells, how it sells, and what its work is measured against.
#include "world.h"

const char *const product_ids[] = {"product-1", "product-2", "product-3",
                                   "product-4", "product-5", "product-6"};
const char *const stage_ids[STAGES] = {"contact", "offer", "trial"};

#define ADMIN "admin-01"

static void put(struct world *world, const char *type, const char *category, const char *id,
                json_t *payload) {
    const int64_t at = at_time(world->first_day, 6, 0);
    outbox_put(&world->outbox,
               &(struct fact){.type = type,
                              .category = category,
                              .id = id,
                              .occurred = at,
                              .recorded = at,
                              .actor = ADMIN,
                              .payload = payload},
               NULL);
}

static void set_products(struct world *world) {
    static const char *const brands[] = {"Brand A", "Brand B", "Brand C"};
    static const char *const codes[] = {"C09AA", "A02BC", "R06AX"};
    for (int i = 0; i < PRODUCTS; i++) {
        char name[ID_SIZE];
        (void)snprintf(name, sizeof name, "Preparation %d", i + 1);
        put(world, "ProductRegistered", "product", product_ids[i],
            json_pack("{s:s,s:s,s:s,s:s}", "productId", product_ids[i], "name", name, "brand",
                      brands[i % 3], "atc", codes[i % 3]));
    }
}

static void set_pipeline(struct world *world) {
    static const struct {
        const char *id, *name, *kind;
        int probability_bp, norm_days;
    } stages[] = {{"contact", "Contact", "OPEN", 1000, 14},
                  {"offer", "Offer", "OPEN", 4000, 14},
                  {"trial", "Trial order", "OPEN", 7000, 21},
                  {"won", "Won", "WON", 10000, 0},
                  {"lost", "Lost", "LOST", 0, 0}};
    json_t *list = json_array();
    for (int i = 0; i < (int)(sizeof stages / sizeof stages[0]); i++)
        value_add(&list,
                  json_pack("{s:s,s:s,s:i,s:s,s:i,s:i}", "id", stages[i].id, "name", stages[i].name,
                            "order", i + 1, "kind", stages[i].kind, "probabilityBp",
                            stages[i].probability_bp, "normDays", stages[i].norm_days));
    put(world, "PipelineDefined", "pipeline", "contracts",
        json_pack("{s:s,s:s,s:o}", "pipelineId", "contracts", "name", "Supply contracts", "stages",
                  list));
}

static void set_norms(struct world *world) {
    static const struct {
        const char *metric;
        int value;
    } norms[] = {{"visit_minutes_min", 5},
                 {"visit_distance_m_max", 250},
                 {"visit_speed_kmh_max", 130},
                 {"visit_entry_delay_hours_max", 24},
                 {"visits_per_day_max", 14}};
    for (size_t i = 0; i < sizeof norms / sizeof norms[0]; i++)
        put(world, "WorkNormSet", "policy", norms[i].metric,
            json_pack("{s:s,s:s,s:i,s:o}", "normId", norms[i].metric, "metric", norms[i].metric,
                      "value", norms[i].value, "from", value_date(world->first_day)));
}

static void set_policies(struct world *world) {
    static const struct {
        const char *kind, *field, *stage;
    } policies[] = {{"visit", "result_code", NULL},
                    {"client", "kind", NULL},
                    {"deal", "amount", "offer"},
                    {"task", "assignee", NULL}};
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        char id[ID_SIZE];
        (void)snprintf(id, sizeof id, "%s-%s", policies[i].kind, policies[i].field);
        put(world, "FieldPolicyDefined", "policy", id,
            json_pack("{s:s,s:i,s:s,s:s,s:s*}", "policyId", id, "version", 1, "kind",
                      policies[i].kind, "field", policies[i].field, "requiredFromStage",
                      policies[i].stage));
    }
}

void standards_set(struct world *world) {
    set_products(world);
    set_pipeline(world);
    set_norms(world);
    set_policies(world);
}
