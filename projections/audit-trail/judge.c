#include "judge.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "figures.h"

struct entity_fact {
    uint64_t position;
    struct ledger_moment occurred;
    struct entity_row row;
};

struct policy {
    uint64_t position;
    struct ledger_moment occurred;
    struct policy_row row;
};

// The policies of one field, of which one is in force on a day.
struct requirement {
    const char *kind, *field;
    struct policy *policies;
    size_t count, capacity;
    bool judged; // of the entity under way
};

// ---- policies
static bool known(const struct ledger_moment *moment) {
    return moment->when != LEDGER_WHEN_UNKNOWN;
}

// Names as they stand in JSON and in the schema are the same: closeDate, close_date.
static bool same_field(const char *a, const char *b) {
    for (;; a++, b++) {
        while (*a == '_')
            a++;
        while (*b == '_')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

static struct requirement *requirement_of(struct judge *judge, const struct policy_row *row) {
    for (size_t i = 0; i < judge->requirement_count; i++) {
        struct requirement *one = &judge->requirements[i];
        if (strcmp(one->kind, row->kind) == 0 && same_field(one->field, row->field))
            return one;
    }
    if (!projection_grow(judge->arena, &judge->requirements, &judge->requirement_capacity,
                         judge->requirement_count, sizeof(struct requirement)))
        return NULL;
    struct requirement *made = &judge->requirements[judge->requirement_count++];
    *made = (struct requirement){.kind = row->kind, .field = row->field};
    return made;
}

static enum ledger_err read_policies(struct judge *judge) {
    struct projection_row row;
    struct projection_cursor *cursor = projection_scan(judge->view, POLICIES, NULL, true);
    while (projection_next(cursor, &row)) {
        const struct policy policy = {row.position, row.occurred, policy_row_read(row.value)};
        if (!policy.row.kind || !policy.row.field)
            continue;
        judge->policies_unused += !entity_kind_known(policy.row.kind);
        struct requirement *requirement = requirement_of(judge, &policy.row);
        if (!requirement ||
            !projection_grow(judge->arena, &requirement->policies, &requirement->capacity,
                             requirement->count, sizeof policy))
            return projection_no_memory(judge->error);
        requirement->policies[requirement->count++] = policy;
    }
    projection_scan_end(cursor);
    return LEDGER_E_OK;
}

static bool outdoes(const struct policy *a, const struct policy *b) {
    if (a->row.version != b->row.version)
        return a->row.version > b->row.version;
    return happened_order(&a->occurred, a->position, &b->occurred, b->position) > 0;
}

// The highest version of those stated by that day; one of an unknown time has always been.
static const struct policy_row *in_force(const struct requirement *requirement, int32_t day) {
    const struct policy *best = NULL;
    for (size_t i = 0; i < requirement->count; i++) {
        const struct policy *policy = &requirement->policies[i];
        if ((!known(&policy->occurred) || policy->occurred.day <= day) &&
            (!best || outdoes(policy, best)))
            best = policy;
    }
    return best ? &best->row : NULL;
}

// ---- what is filled
static bool is_filled(const struct judge *judge, const char *field) {
    for (size_t i = 0; i < judge->filled_count; i++)
        if (judge->filled[i] && same_field(judge->filled[i], field))
            return true;
    return false;
}

static bool take_fields(struct judge *judge, struct entity_row row) {
    for (int64_t i = 0; i < row.filled; i++) {
        const char *name = projection_read_text(&row.names);
        if (!name || is_filled(judge, name))
            continue;
        if (!projection_grow(judge->arena, &judge->filled, &judge->filled_capacity,
                             judge->filled_count, sizeof *judge->filled))
            return false;
        judge->filled[judge->filled_count++] = name;
    }
    for (int64_t i = 0; i < row.cleared; i++) {
        const char *name = projection_read_text(&row.names);
        for (size_t at = 0; at < judge->filled_count && name; at++)
            if (judge->filled[at] && same_field(judge->filled[at], name))
                judge->filled[at] = NULL;
    }
    return true;
}

// ---- one entity
static int by_time(const void *a, const void *b) {
    const struct entity_fact *left = a;
    const struct entity_fact *right = b;
    return happened_order(&left->occurred, left->position, &right->occurred, right->position);
}

// Whether the fact is the one by which the policy asks for its field.
static bool asks(const struct judge *judge, const struct policy_row *policy,
                 const struct entity_fact *fact, const char *pipeline) {
    if (!policy->stage)
        return fact->row.role == ENTITY_STATED;
    if (!fact->row.stage && fact->row.role != ENTITY_WON && fact->row.role != ENTITY_LOST)
        return false;
    return stage_reaches(judge->view, pipeline, &fact->row, policy->stage);
}

static bool judge_fact(struct judge *judge, const struct entity_fact *fact,
                       struct judgement *judgement, const char *pipeline) {
    for (size_t i = 0; i < judge->requirement_count; i++) {
        struct requirement *requirement = &judge->requirements[i];
        if (requirement->judged || strcmp(requirement->kind, judgement->kind) != 0)
            continue;
        const struct policy_row *policy =
            in_force(requirement, known(&fact->occurred) ? fact->occurred.day : INT32_MAX);
        if (!policy || !asks(judge, policy, fact, pipeline))
            continue;
        requirement->judged = true;
        if (!known(&fact->occurred)) {
            judge->unknown_time++;
            continue;
        }
        if (!projection_period_holds(&judge->period, &fact->occurred) ||
            (judge->actor && strcmp(judge->actor, fact->row.actor) != 0))
            continue;
        judgement->policy = policy;
        judgement->actor = fact->row.actor;
        judgement->occurred = fact->occurred;
        judgement->filled = is_filled(judge, policy->field);
        if (!judge->judged(judge->user, judgement))
            return false;
    }
    return true;
}

static bool enter(struct judge *judge, const struct entity_fact *fact) {
    if (!projection_period_holds(&judge->period, &fact->occurred) ||
        (judge->actor && strcmp(judge->actor, fact->row.actor) != 0))
        return true;
    const struct entry entry = {fact->row.actor, fact->occurred, fact->row.payload_fields,
                                fact->row.delay_seconds, fact->row.assessed};
    return judge->entered(judge->user, &entry);
}

static bool judge_entity(struct judge *judge, const char *kind, const char *id) {
    struct judgement judgement = {.kind = kind, .id = id};
    const char *pipeline = NULL;
    judge->filled_count = 0;
    for (size_t i = 0; i < judge->requirement_count; i++)
        judge->requirements[i].judged = false;
    if (judge->fact_count)
        qsort(judge->facts, judge->fact_count, sizeof(struct entity_fact), by_time);
    for (size_t i = 0; i < judge->fact_count; i++) {
        const struct entity_fact *fact = &judge->facts[i];
        if (fact->row.subkind)
            judgement.subkind = fact->row.subkind;
        if (fact->row.pipeline)
            pipeline = fact->row.pipeline;
        if (!take_fields(judge, fact->row) || !judge_fact(judge, fact, &judgement, pipeline) ||
            (strcmp(kind, "visit") == 0 && !enter(judge, fact)))
            return false;
    }
    judge->fact_count = 0;
    return true;
}

// ---- all of them
static bool keep(struct judge *judge, const struct projection_row *row) {
    if (!projection_grow(judge->arena, &judge->facts, &judge->fact_capacity, judge->fact_count,
                         sizeof(struct entity_fact)))
        return false;
    judge->facts[judge->fact_count++] =
        (struct entity_fact){row->position, row->occurred, entity_row_read(row->value)};
    return true;
}

// The entities under the prefix, one after the other.
static enum ledger_err judge_prefix(struct judge *judge, const struct projection_key *prefix) {
    struct projection_row row;
    struct ledger_span kind = {0};
    struct ledger_span id = {0};
    bool fine = true;
    struct projection_cursor *cursor = projection_scan(judge->view, ENTITY_FACTS, prefix, true);
    while (fine && projection_next(cursor, &row)) {
        struct ledger_span row_kind, row_id;
        if (!projection_key_read_text(&row.key, &row_kind) ||
            !projection_key_read_text(&row.key, &row_id))
            continue;
        if (id.data && (!ledger_span_equal(kind, row_kind) || !ledger_span_equal(id, row_id)))
            fine = judge_entity(judge, (const char *)kind.data, (const char *)id.data);
        kind = row_kind;
        id = row_id;
        fine = fine && keep(judge, &row);
    }
    projection_scan_end(cursor);
    if (fine && id.data)
        fine = judge_entity(judge, (const char *)kind.data, (const char *)id.data);
    return fine ? LEDGER_E_OK : projection_no_memory(judge->error);
}

// Those that the actor has to do with. What others filled in them counts too.
static enum ledger_err judge_actor(struct judge *judge) {
    struct projection_key prefix = {0};
    struct projection_row row;
    struct ledger_span last = {0};
    enum ledger_err err = LEDGER_E_OK;
    projection_key_text(&prefix, judge->actor);
    if (judge->kind)
        projection_key_text(&prefix, judge->kind);
    struct projection_cursor *cursor =
        projection_scan(judge->view, ENTITIES_BY_ACTOR, &prefix, true);
    while (!err && projection_next(cursor, &row)) {
        struct projection_key key = {0};
        struct ledger_span actor;
        if (!projection_key_read_text(&row.key, &actor) || ledger_span_equal(last, row.key))
            continue;
        last = row.key;
        memcpy(key.bytes, row.key.data, row.key.size);
        key.size = row.key.size;
        err = judge_prefix(judge, &key);
    }
    projection_scan_end(cursor);
    return err;
}

enum ledger_err judge_run(struct judge *judge) {
    struct projection_key prefix = {0};
    enum ledger_err err = read_policies(judge);
    if (err)
        return err;
    if (judge->actor)
        return judge_actor(judge);
    if (judge->kind)
        projection_key_text(&prefix, judge->kind);
    return judge_prefix(judge, &prefix);
}
