// What representatives did, and what they were to do: visits from plan to report, contacts,
// coverage, plan against actual, joint visits, entry delay, and what of value they gave.
#ifndef REP_ACTIVITY_H
#define REP_ACTIVITY_H

#include "runtime/projection.h"

enum rep_activity_table {
    VISITS = 1,   // key: rep, client, local day; value: struct visit_row. Visits reported
    EMPLOYEES,    // key: employee id; value: name
    CLIENTS,      // key: client id; value: name
    TRANSFERS,    // key: rep; value: struct transfer_row
    INTERACTIONS, // key: rep; value: struct interaction_row
    VISIT_FACTS,  // key: visit id; value: struct visit_fact
    TIES,         // key: rep, local day, visit id; no value. Each day on which they held a visit or
                  // called it off, for which it was planned for them, or to which they moved it.
                  // INT32_MIN = not known
    JOINTS,       // key: employee, visit id; value: struct joint_row. One for each of the two
    TARGETS,      // key: "rep" or "territory", its id, plan, client; value: struct target_row
    TERRITORIES,  // key: territory; value: struct territory_row
    HOLDERS,      // key: employee, territory; no value. Every territory ever given to them
    PARTS,        // key: territory, one that was ever directly below it; no value
    STAFF,        // key: employee; value: struct staff_row
    NORMS,        // key: role, "" = everyone's; value: struct norm_row. Visits a day
    SEGMENTS,     // key: client; value: struct segment_row
    PRODUCTS,     // key: product id; value: name
    CLIENT_VISITS, // key: client id; no value. One for each visit reported
    REGISTERED,    // key: client id; no value. CLIENTS without the names
    MOVES,         // key: local day, visit id; no value. Each day to which a visit was moved, by
                   // whomever
};

// ---- visits
struct visit_row {
    const char *visit_id, *kind, *result;
    bool assessed;         // the delay is known
    int64_t delay_seconds; // from the visit to its first record, here or in the source
    int64_t channel;       // as Facts.V1.Channel
    int64_t seconds;       // how long it took; 0 = not said
};
struct visit_row visit_row_read(struct ledger_span value);

enum visit_fact_kind {
    VISIT_PLANNED = 1,
    VISIT_RESCHEDULED,
    VISIT_CANCELLED,
    VISIT_NOT_HELD,
    VISIT_REPORTED,
};

struct visit_detail {
    const char *product;
    int64_t order; // 1 = spoken of first
};

// What was left with the client.
struct visit_sample {
    const char *product, *lot;
    int64_t qty; // packs; 0 = not said
};

// What a fact says of a visit; NULL, unknown and 0 where it says nothing.
struct visit_fact {
    enum visit_fact_kind kind;
    const char *rep, *client;   // of a plan: who will go; of a report: who was there
    const char *word;           // kind of the visit; of other facts: the reason
    const char *result;         // code
    const char *territory;      // the envelope's
    int64_t channel;            // as Facts.V1.Channel, MEETING if the fact does not say
    struct ledger_moment start; // a plan or a new plan
    struct visit_detail *details;
    size_t detail_count;
    struct visit_sample *samples;
    size_t sample_count;
    const char *agreements, *next_step;
};
// False when out of memory.
bool visit_fact_read(struct ledger_span value, struct ledger_arena *arena, struct visit_fact *fact);

enum joint_role { JOINT_ROLE_NONE, JOINT_COACH, JOINT_OBSERVER, JOINT_SPECIALIST };
struct joint_score {
    const char *criterion;
    int64_t score;
};
struct joint_row {
    const char *rep, *companion, *actor;
    enum joint_role role; // the companion's
    struct joint_score *scores;
    size_t score_count;
};
bool joint_row_read(struct ledger_span value, struct ledger_arena *arena, struct joint_row *row);

struct transfer_row {
    const char *client, *nature, *form, *currency;
    int64_t minor;
};
struct transfer_row transfer_row_read(struct ledger_span value);

struct interaction_row {
    int64_t channel; // as Facts.V1.Channel; 0 = not said
    int64_t seconds;
    bool automatic; // sent by a machine
};
struct interaction_row interaction_row_read(struct ledger_span value);

// ---- what is in force: dated
struct product_goal {
    const char *product;
    int64_t calls;
};
struct target_row {
    int64_t version, channel; // 0 = any channel
    int32_t from, to;         // INT32_MIN, INT32_MAX = open
    int64_t planned_calls;    // 0 = no target any more
    const char *territory;    // the envelope's
    struct product_goal *goals;
    size_t goal_count;
};
bool target_row_read(struct ledger_span value, struct ledger_arena *arena, struct target_row *row);

struct territory_row {
    const char *parent, *employee; // NULL = top, vacant
    int32_t from, to;              // as above
};
struct territory_row territory_row_read(struct ledger_span value);

enum staff_kind { STAFF_HIRED = 1, STAFF_POSITION, STAFF_ABSENT, STAFF_TRAINED, STAFF_LEFT };
struct staff_row {
    enum staff_kind kind;
    int32_t from, to; // of STAFF_LEFT: `to` is the last day
    const char *text; // position, kind of absence, course
};
struct staff_row staff_row_read(struct ledger_span value);

struct norm_row {
    int32_t from;
    int64_t value;
};
struct norm_row norm_row_read(struct ledger_span value);

struct segment_row {
    int64_t scheme;      // as Facts.V1.ClientSegmented.Scheme
    const char *segment; // NULL = taken out
};
struct segment_row segment_row_read(struct ledger_span value);

// ---- the fold: a mapper for each fact
typedef enum ledger_err rep_activity_mapper(const struct projection_fact *fact,
                                            struct projection_rows *rows,
                                            struct ledger_error *error);
rep_activity_mapper map_visit, map_planned, map_rescheduled, map_cancelled, map_joint, map_transfer,
    map_interaction, map_target, map_territory, map_hired, map_staff, map_left, map_norm,
    map_segment, map_client, map_product;
// The client that the payload names, else the one in the subjects; may be NULL.
const char *client_of(const struct projection_fact *fact, const char *client_id);

extern const struct projection rep_activity;

// ---- queries
typedef enum ledger_err rep_activity_query(struct projection_view *view,
                                           const struct projection_arguments *arguments,
                                           struct projection_answer *answer,
                                           struct ledger_error *error);
rep_activity_query scorecard_answer, months_answer, gaps_answer, transfers_answer, visits_answer,
    register_answer, contradictions_answer, plan_fact_answer, coverage_answer, joint_answer,
    samples_answer;

// Notes the rep and the client that were asked for, if nothing is known of them.
void note_unknown_ids(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer);

#endif
