#include "rows.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows_internal.h"

static enum ledger_err no_memory(const struct import_mapper *mapper) {
    return ledger_fail(mapper->error, LEDGER_E_NO_MEMORY, NULL, "mapping a row");
}

// ---- packing

static enum ledger_err digest_make(struct import_event *event) {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    struct ledger_buffer all = {0};
    ledger_buffer_add_span(&all, event->bytes.event);
    for (size_t i = 0; i < event->bytes.personal_count; i++)
        ledger_buffer_add_span(&all, event->bytes.personal[i]);
    bool done = !all.failed && SHA256(all.data, all.size, digest) != NULL;
    ledger_buffer_fini(&all);
    memcpy(event->digest, digest, sizeof event->digest);
    return done ? LEDGER_E_OK : LEDGER_E_NO_MEMORY;
}

enum ledger_err import_event_pack(json_t *json, struct ledger_arena *arena,
                                  struct import_event *event, struct ledger_error *error) {
    if (json == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "building a fact");
    enum ledger_err err = ledger_event_from_json(json, arena, &event->bytes, error);
    json_decref(json);
    if (err == LEDGER_E_OK && event->once && digest_make(event) != LEDGER_E_OK)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "hashing a fact");
    return err;
}

// ---- envelope

enum ledger_err import_text_run(const struct import_mapper *mapper,
                                const struct import_template *template, const char *field,
                                const char **text) {
    struct import_value value;
    enum ledger_err err =
        import_template_run(template, mapper->cells, mapper->arena, &value, mapper->error);
    if (err != LEDGER_E_OK) {
        ledger_error_prefix(mapper->error, field);
        return err;
    }
    *text = value.text;
    return LEDGER_E_OK;
}

static enum ledger_err key_set(const struct import_mapper *mapper, json_t *json, const char *key,
                               json_t *value) {
    return json_object_set_new(json, key, value) == 0 ? LEDGER_E_OK : no_memory(mapper);
}

// Texts of the envelope: what an absent one becomes.
static const struct envelope_text {
    const char *key;
    size_t offset;
    const char *fallback; // NULL = the field is left out
    bool required;
} envelope_texts[] = {
    {"stream", offsetof(struct import_fact, stream), NULL, true},
    {"occurred", offsetof(struct import_fact, occurred), NULL, true},
    {"actor", offsetof(struct import_fact, actor), "unknown", false},
    {"on_behalf_of", offsetof(struct import_fact, on_behalf_of), NULL, false},
    {"territory", offsetof(struct import_fact, territory), NULL, false},
};

static enum ledger_err texts_set(const struct import_mapper *mapper, const struct import_fact *fact,
                                 json_t *json) {
    for (size_t i = 0; i < sizeof envelope_texts / sizeof envelope_texts[0]; i++) {
        const struct envelope_text *row = &envelope_texts[i];
        const struct import_template *template =
            *(struct import_template *const *)((const char *)fact + row->offset);
        const char *text = "";
        enum ledger_err err =
            template != NULL ? import_text_run(mapper, template, row->key, &text) : LEDGER_E_OK;
        if (err != LEDGER_E_OK)
            return err;
        if (text[0] == '\0' && row->required)
            return ledger_fail(mapper->error, LEDGER_E_MISSING_FIELD, row->key,
                               "its template \"%s\" gives nothing", template->source);
        text = text[0] == '\0' ? row->fallback : text;
        err = text != NULL ? key_set(mapper, json, row->key, json_string(text)) : LEDGER_E_OK;
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

static enum ledger_err source_set(const struct import_mapper *mapper,
                                  const struct import_fact *fact, const char *key, json_t *json) {
    const char *recorded_at = "";
    if (fact->recorded_at != NULL) {
        enum ledger_err err =
            import_text_run(mapper, fact->recorded_at, "recorded_at", &recorded_at);
        if (err != LEDGER_E_OK)
            return err;
    }
    json_t *source = json_pack("{s:s, s:s}", "system", mapper->map->scope.system, "record_id", key);
    if (source != NULL && recorded_at[0] != '\0' &&
        json_object_set_new(source, "recorded_at", json_string(recorded_at)) != 0) {
        json_decref(source);
        source = NULL;
    }
    return key_set(mapper, json, "source", source);
}

static enum ledger_err id_set(const struct import_mapper *mapper, const char *field,
                              const struct ledger_uuid *id, json_t *json) {
    char text[LEDGER_UUID_TEXT_SIZE];
    ledger_uuid_format(id, text);
    return key_set(mapper, json, field, json_string(text));
}

static enum ledger_err correlation_set(const struct import_mapper *mapper,
                                       const struct import_fact *fact, json_t *json) {
    const char *text = "";
    enum ledger_err err = import_text_run(mapper, fact->correlation, "correlation", &text);
    if (err != LEDGER_E_OK || text[0] == '\0')
        return err;
    struct ledger_uuid id =
        ledger_uuid_imported(mapper->map->scope.system, fact->entity, text, "correlation");
    return id_set(mapper, "correlation_id", &id, json);
}

// ---- nested parts

// Parts of an event that a map nests.
static const struct nested_part {
    const char *key;
    size_t offset;
    const char *needed; // an item without it is dropped: it is no subject, no person
    bool keep;          // even if nothing in it has a value
} nested_parts[] = {
    {"subjects", offsetof(struct import_fact, subjects), "id", false},
    {"geo", offsetof(struct import_fact, geo), NULL, false},
    {"personal", offsetof(struct import_fact, personal), "values", false},
    {"payload", offsetof(struct import_fact, payload), NULL, true},
};

static void incomplete_drop(json_t *list, const char *key) {
    for (size_t i = json_array_size(list); i-- > 0;)
        if (json_object_get(json_array_get(list, i), key) == NULL)
            (void)json_array_remove(list, i);
}

static enum ledger_err part_set(const struct import_mapper *mapper, const struct import_fact *fact,
                                const struct nested_part *part, json_t *json) {
    const struct import_shape *shape =
        *(struct import_shape *const *)((const char *)fact + part->offset);
    json_t *built = NULL;
    if (shape == NULL)
        return LEDGER_E_OK;
    enum ledger_err err =
        import_shape_build(shape, mapper->cells, mapper->arena, part->keep, &built, mapper->error);
    if (err != LEDGER_E_OK) {
        ledger_error_prefix(mapper->error, part->key);
        return err;
    }
    if (part->needed != NULL)
        incomplete_drop(built, part->needed);
    return built != NULL ? key_set(mapper, json, part->key, built) : LEDGER_E_OK;
}

static enum ledger_err parts_set(const struct import_mapper *mapper, const struct import_fact *fact,
                                 json_t *json) {
    for (size_t i = 0; i < sizeof nested_parts / sizeof nested_parts[0]; i++) {
        enum ledger_err err = part_set(mapper, fact, &nested_parts[i], json);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

// ---- facts

static enum ledger_err fact_fill(const struct import_mapper *mapper, const struct import_fact *fact,
                                 const char *key, const struct ledger_uuid *id, json_t *json) {
    enum ledger_err err = id_set(mapper, "event_id", id, json);
    if (err == LEDGER_E_OK)
        err = key_set(mapper, json, "type", json_string(fact->type));
    if (err == LEDGER_E_OK)
        err = texts_set(mapper, fact, json);
    if (err == LEDGER_E_OK)
        err = source_set(mapper, fact, key, json);
    if (err == LEDGER_E_OK && fact->correlation != NULL)
        err = correlation_set(mapper, fact, json);
    return err == LEDGER_E_OK ? parts_set(mapper, fact, json) : err;
}

static enum ledger_err fact_make(const struct import_mapper *mapper, const struct import_fact *fact,
                                 const char *key, struct import_event *event) {
    json_t *json = json_object();
    event->fact = fact->name;
    event->once = fact->once_by != NULL;
    event->id = ledger_uuid_imported(mapper->map->scope.system, fact->entity, key, fact->name);
    enum ledger_err err =
        json != NULL ? fact_fill(mapper, fact, key, &event->id, json) : no_memory(mapper);
    if (err == LEDGER_E_OK)
        err = import_event_pack(json, mapper->arena, event, mapper->error);
    else
        json_decref(json);
    return err;
}

// *key is NULL if the row gives no such fact.
static enum ledger_err fact_key(const struct import_mapper *mapper, const struct import_fact *fact,
                                const char **key) {
    bool applies = true;
    *key = NULL;
    if (fact->when != NULL) {
        enum ledger_err err = import_condition_test(fact->when, mapper->cells, mapper->arena,
                                                    &applies, mapper->error);
        if (err != LEDGER_E_OK) {
            ledger_error_prefix(mapper->error, "when");
            return err;
        }
    }
    if (!applies)
        return LEDGER_E_OK;
    *key = mapper->record_id;
    if (fact->once_by == NULL)
        return LEDGER_E_OK;
    enum ledger_err err = import_text_run(mapper, fact->once_by, "once_by", key);
    if (err == LEDGER_E_OK && (*key)[0] == '\0')
        *key = NULL; // nobody and nothing to register
    return err;
}

static enum ledger_err item_make(const struct import_mapper *mapper, const struct import_fact *fact,
                                 struct import_memo_item *item) {
    const char *key = NULL;
    enum ledger_err err = fact_key(mapper, fact, &key);
    item->applies = key != NULL;
    if (err == LEDGER_E_OK && item->applies)
        err = fact_make(mapper, fact, key, &item->event);
    if (err != LEDGER_E_OK)
        ledger_error_prefix(mapper->error, fact->name);
    return err;
}

static enum ledger_err item_get(const struct import_mapper *mapper, const struct import_fact *fact,
                                struct import_memo_item *item) {
    if (fact->once_by == NULL)
        return item_make(mapper, fact, item);
    const struct import_memo_item *known =
        import_memo_find(mapper->memo, mapper->map, fact, mapper->cells);
    if (known != NULL) {
        *item = *known;
        return LEDGER_E_OK;
    }
    enum ledger_err err = item_make(mapper, fact, item);
    if (err == LEDGER_E_OK && import_memo_keep(mapper->memo, item) != LEDGER_E_OK)
        err = no_memory(mapper);
    return err;
}

// Every fact that applies. *mapped: one of them tells something of this very row.
static enum ledger_err facts_make(const struct import_mapper *mapper, struct import_row *row,
                                  bool *mapped) {
    for (size_t i = 0; i < mapper->map->fact_count; i++) {
        const struct import_fact *fact = &mapper->map->facts[i];
        struct import_memo_item item = {0};
        enum ledger_err err = item_get(mapper, fact, &item);
        if (err != LEDGER_E_OK)
            return err;
        if (item.applies) {
            row->events[row->count++] = item.event;
            *mapped = *mapped || fact->once_by == NULL || !fact->once_by->constant;
        }
    }
    return LEDGER_E_OK;
}

// ---- rows

static enum ledger_err row_make(struct import_mapper *mapper, const struct import_csv *csv,
                                struct import_row *row) {
    bool mapped = false;
    enum ledger_err err =
        import_text_run(mapper, mapper->map->record_id, "record_id", &mapper->record_id);
    if (err == LEDGER_E_OK && mapper->record_id[0] == '\0')
        err = ledger_fail(mapper->error, LEDGER_E_MISSING_FIELD, "record_id",
                          "its template \"%s\" gives nothing", mapper->map->record_id->source);
    if (err == LEDGER_E_OK)
        err = facts_make(mapper, row, &mapped);
    if (err == LEDGER_E_OK && !mapped)
        err = import_observed_make(mapper, csv, &row->events[row->count++]);
    return err;
}

enum ledger_err import_row_map(const struct import_map *map, const struct import_csv *csv,
                               const struct import_csv_row *cells, struct import_memo *memo,
                               struct ledger_arena *arena, struct import_row *row) {
    struct import_mapper mapper = {
        .map = map, .cells = cells, .memo = memo, .arena = arena, .error = &row->error};
    *row = (struct import_row){.line = cells->line};
    if (cells->fault != LEDGER_E_OK) {
        (void)ledger_fail(&row->error, cells->fault, NULL, "%s", cells->reason);
        return LEDGER_E_OK;
    }
    row->events = ledger_arena_calloc(arena, (map->fact_count + 1) * sizeof *row->events);
    if (row->events == NULL)
        return no_memory(&mapper);
    if (row_make(&mapper, csv, row) != LEDGER_E_OK)
        row->count = 0;
    return row->error.code == LEDGER_E_NO_MEMORY ? LEDGER_E_NO_MEMORY : LEDGER_E_OK;
}
