// Clients, deals and tasks, folded from their steps as they stand at a time.
#ifndef DIRECTORY_OBJECTS_H
#define DIRECTORY_OBJECTS_H

#include "staff.h"

// How a step can contradict what came before it. The texts are in steps.c.
enum contradiction {
    STARTED_TWICE,
    NEVER_STARTED,
    AFTER_END,
    TO_HOLDER,
    FROM_FORMER_OWNER,
    FROM_NEVER_OWNER,
    SAME_DAY_TWICE,
    TO_LEAVER,
};
enum { CONTRADICTIONS = TO_LEAVER + 1 };
extern const struct contradiction_text {
    const char *code, *sentence;
} contradiction_texts[CONTRADICTIONS];

struct step {
    struct dated dated;
    struct step_row row;
    const char *id;  // the client id that the fact names: merged ones have steps of their own
    bool begun;      // by the standpoint
    bool counts;     // begun, and not outdone by the surviving client's own
    unsigned codes;  // 1 << enum contradiction
    bool owner_step; // made or changed the owner
    const char *owner_after; // after this step, whoever made it
    bool ended_after;
};

struct object {
    enum object_kind kind;
    const char *id; // of a client: the one that it stands for after merges
    bool started;
    bool ended;
    bool active;   // a client registered and not deactivated; a deal or a task still open
    bool left_out; // as of an occurred time: nothing is known to have happened by then
    const char *owner;
    struct dated owner_since;
    const char *client; // of a deal or a task, after merges; NULL = none
    const char *label;
    int64_t client_kind;
    const struct step *registration; // of a client: the earliest of its ids; NULL = none
    struct step *steps;              // in order
    size_t count, capacity;
    uint64_t contradictions[CONTRADICTIONS];
};

struct objects {
    struct projection_view *view;
    struct standpoint stand;
    struct staff staff;
    enum object_kind kind;
    struct projection_cursor *cursor;
    struct projection_row row; // read ahead
    bool more;
    struct projection_ids merged; // clients of several ids, done already
    struct object current;
    uint64_t unknown_time; // steps left out since their time is unknown
    struct ledger_error *error;
};
void objects_init(struct objects *objects, struct projection_view *view,
                  struct ledger_error *error);
// One object; *object is NULL if nothing is known of it. Of a client, any of its ids. Borrowed
// until the next is read.
LEDGER_MUST_CHECK enum ledger_err object_read(struct objects *objects, enum object_kind kind,
                                              const char *id, const struct object **object);
// All objects of a kind, in order of id; NULL after the last. Borrowed until the next is read.
// While they are read, no other object may be.
void objects_begin(struct objects *objects, enum object_kind kind);
LEDGER_MUST_CHECK enum ledger_err objects_next(struct objects *objects,
                                               const struct object **object);
// Notes on the standpoint and on what was left out.
void objects_notes(const struct objects *objects, struct projection_answer *answer);

// The client whose value of the field stays after merges: of several ids of one client, the one
// that the merges chose, else the survivor. `ids` as projection_view_client_ids gives them.
size_t field_lead(struct projection_view *view, const char *const *ids, size_t count,
                  const char *field);

// Steps to object. False when out of memory.
bool object_fold(struct objects *objects, struct object *object);
const char *object_kind_text(enum object_kind kind);

#endif
