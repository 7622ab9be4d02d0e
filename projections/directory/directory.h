// Who owns whom and what at any instant: clients, deals and tasks with their owners, employees,
// territories, and the client base itself.
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include <string.h>

#include "runtime/months.h"
#include "runtime/order.h"
#include "runtime/queries.h"

enum directory_table {
    CLIENT_STEPS = 1, // key: client id; value: struct step_row
    DEAL_STEPS,       // key: deal id; value: struct step_row
    TASK_STEPS,       // key: task id; value: struct step_row
    HOLDINGS,         // key: employee id, object kind (u64), object id; no value: was given to them
    HANDOVERS,        // key: correlation id, from employee; no value
    PIPELINES,        // key: pipeline id; value: how many stages, then (id, whether it closes)
    EMPLOYEES,        // key: employee id; value: name
    STAFF,            // key: employee id; value: struct staff_row
    CLIENTS,          // key: client id; value: name
    TERRITORIES,      // key: territory id; value: struct assignment_row
    TERRITORY_HOLDERS, // key: employee id, territory id; no value
    CLIENT_FACTS,      // key: client id; value: struct client_fact_row
    CONTACTS,          // key: event id; no value: when a client was met, called or heard from
    SEGMENTS,          // key: client id, scheme (u64); value: struct segment_row
    TARGETS,           // key: plan id, employee id, client id, channel (u64); value: target_row
    DUPLICATES,        // key: lesser client id, greater one; value: struct duplicate_row
    MERGES,            // key: client id (a row for each of the two); value: struct merge_row
    REVERSALS,         // key: event id of the merge; value: actor
    FIELD_CHOICES,     // key: survivor, field; value: client id whose value stays
    DETAILS,           // key: client id, field; value: struct detail_row
    EXTERNAL_IDS,      // key: client id, system, id; no value
    CONTACT_PERSONS,   // key: client id, person id; value: struct person_row
    CONSENTS,          // key: person id, channel (u64); value: given, basis
    PREFERENCES,       // key: person id, topic (u64), code; value: struct preference_row
    ERASURES,          // key: person id; no value
    NEEDS,             // key: client id, need id; value: struct need_row
    CLIENT_PLACES,     // key: client id; value: struct place, see geo_place_write
};

enum object_kind { OBJECT_CLIENT, OBJECT_DEAL, OBJECT_TASK };
enum { OBJECT_KINDS = OBJECT_TASK + 1 };

// ---- steps in the life of a client, a deal or a task
enum step_kind {
    STEP_STARTED = 1, // registered, opened, created
    STEP_ASSIGNED,
    STEP_SUPPORT, // somebody is given to it beside the owner
    STEP_REASSIGNED,
    STEP_MOVED,     // to a stage
    STEP_ENDED,     // deactivated, won, lost, completed, cancelled
    STEP_REOPENED,  // a deal
    STEP_MENTIONED, // says only of which client it is
};

// NULL, 0 and false where the fact does not say.
struct step_row {
    enum step_kind kind;
    int64_t type;          // enum ledger_fact
    const char *from, *to; // employees
    int64_t reason;        // Facts__V1__ClientReassigned__Reason
    const char *client;    // of a deal or a task
    int64_t client_kind;   // Facts__V1__ClientRegistered__Kind
    const char *label;     // a task's subject
    const char *pipeline, *stage;
    const char *first_contact; // event id
    const char *correlation, *actor;
    bool has_start;
    int32_t start; // the day from which it says that it holds
};
struct step_row step_row_read(struct ledger_span value);

enum staff_kind {
    STAFF_HIRED = 1,
    STAFF_POSITION,
    STAFF_MANAGER,
    STAFF_ABSENCE,
    STAFF_TRAINING,
    STAFF_TERMINATED,
};
struct staff_row {
    enum staff_kind kind;
    bool team;
    const char *position, *manager;
    const char *text; // absence, course, or reason for leaving
    bool has_from, has_to;
    int32_t from, to; // STAFF_TERMINATED: `to` is the last day
};
struct staff_row staff_row_read(struct ledger_span value);

struct assignment_row {
    const char *parent, *employee;
    bool has_from, has_to;
    int32_t from, to;
};
struct assignment_row assignment_row_read(struct ledger_span value);

struct client_fact_row {
    const char *territory;            // the envelope's
    struct projection_reader earlier; // client ids that the fact names before this one
    size_t earlier_count;
};
struct client_fact_row client_fact_row_read(struct ledger_span value);

struct segment_row {
    const char *segment; // NULL = taken out of the scheme
    int64_t basis;
    const char *rule_version, *period;
};
struct segment_row segment_row_read(struct ledger_span value);

struct target_row {
    int64_t version, planned_calls;
    const char *territory; // the envelope's, for targets that name no employee
    bool has_from, has_to;
    int32_t from, to;
};
struct target_row target_row_read(struct ledger_span value);

struct duplicate_row {
    bool has_score;
    int64_t score_bp, verdict;
    const char *rule;
};
struct duplicate_row duplicate_row_read(struct ledger_span value);

struct merge_row {
    const char *event_id, *survivor, *merged, *actor;
};
struct merge_row merge_row_read(struct ledger_span value);

struct detail_row {
    const char *value, *hco, *role;
    bool has_from, has_to;
    int32_t from, to;
};
struct detail_row detail_row_read(struct ledger_span value);

struct person_row {
    bool removed;
    const char *post, *name, *phones, *emails; // several are joined by ", "
};
struct person_row person_row_read(struct ledger_span value);

struct preference_row {
    const char *value;
    bool has_until;
    int32_t until;
};
struct preference_row preference_row_read(struct ledger_span value);

struct need_row {
    const char *code, *text, *product;
    int64_t met;
    bool has_volume, has_value;
    int64_t volume, minor;
    const char *currency;
};
struct need_row need_row_read(struct ledger_span value);

// ---- shared
// NULL is the same as NULL alone.
static inline bool is_same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}
// A date in a value: whether there is one, and its day.
void put_date(struct ledger_buffer *value, const Ledger__V1__Date *date);
void read_date(struct projection_reader *reader, bool *has, int32_t *day);

// ---- the map's parts; each puts what its facts say
void put_text(struct projection_rows *rows, enum directory_table table, const char *id,
              const char *text);
// The event's id as text, in `text`.
void event_id_text(const ProtobufCBinaryData *id, char text[40]);
void map_object(const struct projection_fact *fact, struct projection_rows *rows);
void map_client(const struct projection_fact *fact, struct projection_rows *rows);
enum ledger_err directory_map(const struct projection_fact *fact, struct projection_rows *rows,
                              struct ledger_error *error);

extern const struct projection directory;

typedef enum ledger_err directory_query(struct projection_view *view,
                                        const struct projection_arguments *arguments,
                                        struct projection_answer *answer,
                                        struct ledger_error *error);
directory_query owner_answer, held_answer, orphans_answer, handover_answer, territories_answer,
    territory_answer, employees_answer, employee_answer, clients_answer, load_answer,
    duplicates_answer, lookalikes_answer, lineage_answer, card_answer;

#endif
