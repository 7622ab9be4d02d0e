#include "versions.h"

#include "facts/v1/integration.pb-c.h"
#include "leaf.h"
#include "ledger/limits.h"

enum ledger_err record_unpack(struct ledger_span value, struct ledger_arena *arena,
                              Ledger__V1__Record **record, struct ledger_error *error) {
    ProtobufCMessage *message;
    enum ledger_err err =
        ledger_message_unpack(&ledger__v1__record__descriptor, record_value_bytes(value),
                              LEDGER_RECORD_SIZE_MAX, arena, &message, error);
    *record = err ? NULL : (Ledger__V1__Record *)message;
    return err;
}

enum ledger_err record_read(struct projection_view *view, uint64_t position,
                            struct ledger_arena *arena, Ledger__V1__Record **record,
                            struct ledger_error *error) {
    struct ledger_span value = record_value(view, position);
    *record = NULL;
    return value.size ? record_unpack(value, arena, record, error) : LEDGER_E_OK;
}

struct ledger_span record_value(struct projection_view *view, uint64_t position) {
    struct projection_key key = {0};
    struct projection_row row;
    key_position_down(&key, position);
    return projection_standing(view, WRITTEN, &key, &row) ? row.value : (struct ledger_span){0};
}

enum ledger_fact record_fact(const Ledger__V1__Record *record) {
    const struct ledger_fact_type *type = ledger_fact_find(ledger_span_text(record->event->type));
    return type ? type->fact : LEDGER_FACT_NONE;
}

bool record_is_amendment(const Ledger__V1__Record *record) {
    enum ledger_fact fact = record_fact(record);
    return fact == LEDGER_FACT_FactCorrected || fact == LEDGER_FACT_FactRetracted;
}

const char *record_actor(const Ledger__V1__Record *record) {
    const char *actor = record->event->actor;
    return actor && *actor ? actor : PROJECTION_NOBODY;
}

// ---- versions
struct chain_view {
    struct projection_view *view;
    const Ledger__V1__Record *root;
    const struct projection_amendment *list;
    size_t count; // those known at the position
    struct ledger_arena *arena;
    struct ledger_error *error;
};

static enum ledger_err decode(const struct chain_view *chain, struct ledger_span bytes,
                              const ProtobufCMessage **payload) {
    const struct ledger_fact_type *type;
    ProtobufCMessage *message = NULL;
    struct ledger_error reason = {0};
    enum ledger_err err = ledger_payload_unpack(ledger_span_text(chain->root->event->type), bytes,
                                                chain->arena, &type, &message, &reason);
    *payload = err ? NULL : message;
    return err == LEDGER_E_NO_MEMORY ? projection_no_memory(chain->error) : LEDGER_E_OK;
}

// Which earlier amendment the retraction at `index` takes back: SIZE_MAX if none.
static size_t taken_back_by(const struct chain_view *chain, size_t index,
                            const Ledger__V1__Record *record) {
    const ProtobufCBinaryData *named = &record->event->corrects_event_id;
    for (size_t i = 0; i < index; i++)
        if (ledger_span_equal(chain->list[i].event_id, ledger_span_of(named->data, named->len)))
            return i;
    return SIZE_MAX;
}

static bool names_root(const struct chain_view *chain, const Ledger__V1__Record *record) {
    const ProtobufCBinaryData *named = &record->event->corrects_event_id;
    const ProtobufCBinaryData *id = &chain->root->event->event_id;
    return ledger_span_equal(ledger_span_of(named->data, named->len),
                             ledger_span_of(id->data, id->len));
}

// The amendment that decides, by the rule of the runtime: the last one that is not taken back by a
// later retraction. *record is NULL if the fact stands as it was recorded.
static enum ledger_err deciding(const struct chain_view *chain, Ledger__V1__Record **record) {
    bool *taken_back = ledger_arena_calloc(chain->arena, chain->count + 1);
    if (!taken_back)
        return projection_no_memory(chain->error);
    for (size_t i = chain->count; i-- > 0;) {
        if (taken_back[i])
            continue;
        enum ledger_err err =
            record_read(chain->view, chain->list[i].position, chain->arena, record, chain->error);
        if (err)
            return err;
        if (*record && (!chain->list[i].retraction || names_root(chain, *record)))
            return LEDGER_E_OK;
        size_t target = *record ? taken_back_by(chain, i, *record) : SIZE_MAX;
        if (target != SIZE_MAX)
            taken_back[target] = true;
    }
    *record = NULL;
    return LEDGER_E_OK;
}

static enum ledger_err apply_correction(const struct chain_view *chain,
                                        const Ledger__V1__Record *record, struct version *version) {
    const Ledger__V1__Event *event = record->event;
    const struct ledger_fact_type *type;
    ProtobufCMessage *message = NULL;
    enum ledger_err err = ledger_payload_unpack(
        ledger_span_text(event->type), ledger_span_of(event->payload.data, event->payload.len),
        chain->arena, &type, &message, chain->error);
    if (err)
        return err;
    const Facts__V1__FactCorrected *correction = (const Facts__V1__FactCorrected *)message;
    if (correction->occurred)
        version->occurred = ledger_moment_of(correction->occurred);
    if (!correction->has_payload)
        return LEDGER_E_OK;
    return decode(chain, ledger_span_of(correction->payload.data, correction->payload.len),
                  &version->payload);
}

enum ledger_err version_at(struct projection_view *view, const Ledger__V1__Record *root,
                           uint64_t position, struct ledger_arena *arena, struct version *version,
                           struct ledger_error *error) {
    struct chain_view chain = {.view = view, .root = root, .arena = arena, .error = error};
    const Ledger__V1__Event *event = root->event;
    Ledger__V1__Record *record = NULL;
    size_t known = projection_view_amendments(view, root->position, &chain.list);
    while (chain.count < known && chain.list[chain.count].position <= position)
        chain.count++;
    *version = (struct version){.occurred = ledger_moment_of(event->occurred)};
    enum ledger_err err = deciding(&chain, &record);
    if (!err)
        err = decode(&chain, ledger_span_of(event->payload.data, event->payload.len),
                     &version->payload);
    if (err || !record)
        return err;
    version->by = record->position;
    version->retracted = record_fact(record) == LEDGER_FACT_FactRetracted;
    if (!version->retracted)
        return apply_correction(&chain, record, version);
    version->payload = NULL;
    return LEDGER_E_OK;
}
