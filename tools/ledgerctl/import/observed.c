// Rows that no fact maps are kept as they came. Cells of personal columns go to a personal part,
// from which they can be erased, and never into the event.
#include <stdio.h>
#include <stdlib.h>

#include "rows_internal.h"

static const char name[] = "source-record-observed";

static enum ledger_err no_memory(const struct import_mapper *mapper) {
    return ledger_fail(mapper->error, LEDGER_E_NO_MEMORY, NULL, "keeping a row");
}

static bool is_personal(const struct import_map *map, size_t column) {
    for (size_t i = 0; i < map->personal_column_count; i++)
        if (map->personal_columns[i]->column == column)
            return true;
    return false;
}

// The cells under their names; a column whose name is empty, or taken, under its number.
static bool cells_sort(const struct import_mapper *mapper, const struct import_csv *csv,
                       json_t *raw, json_t *personal) {
    const struct import_csv_row *cells = mapper->cells;
    const char *const *names = NULL;
    size_t named = import_csv_columns(csv, &names);
    for (size_t i = 0; i < cells->count; i++) {
        bool apart = is_personal(mapper->map, i);
        char number[24];
        (void)snprintf(number, sizeof number, "#%zu", i + 1);
        const char *key = i < named ? names[i] : "";
        if (key[0] == '\0' || json_object_get(raw, key) != NULL ||
            json_object_get(personal, key) != NULL)
            key = number;
        if (apart && cells->cells[i][0] == '\0')
            continue;
        if (json_object_set_new(apart ? personal : raw, key, json_string(cells->cells[i])) != 0)
            return false;
    }
    return true;
}

static enum ledger_err person_find(const struct import_mapper *mapper, const char **person) {
    const struct import_template *template = mapper->map->personal_id;
    *person = mapper->record_id;
    if (template == NULL)
        return LEDGER_E_OK;
    enum ledger_err err = import_text_run(mapper, template, "personal_id", person);
    if (err == LEDGER_E_OK && (*person)[0] == '\0')
        return ledger_fail(mapper->error, LEDGER_E_MISSING_FIELD, "personal_id",
                           "its template \"%s\" gives nothing", template->source);
    return err;
}

// A list of one part, or of none if there is nothing personal in the row.
static enum ledger_err personal_make(const struct import_mapper *mapper, const json_t *cells,
                                     json_t **personal) {
    const char *person = NULL;
    if (json_object_size(cells) == 0) {
        *personal = json_array();
        return *personal != NULL ? LEDGER_E_OK : no_memory(mapper);
    }
    enum ledger_err err = person_find(mapper, &person);
    if (err != LEDGER_E_OK)
        return err;
    char *text = json_dumps(cells, JSON_COMPACT);
    if (text != NULL)
        *personal = json_pack("[{s:s, s:{s:s}}]", "person_id", person, "values", "value", text);
    free(text);
    return *personal != NULL ? LEDGER_E_OK : no_memory(mapper);
}

// Takes over `personal`.
static json_t *event_json(const struct import_mapper *mapper, const struct ledger_uuid *id,
                          const json_t *raw, json_t *personal) {
    const char *system = mapper->map->scope.system;
    const char *entity = mapper->map->entity;
    char id_text[LEDGER_UUID_TEXT_SIZE];
    ledger_uuid_format(id, id_text);
    const char *stream = ledger_arena_printf(mapper->arena, "import/%s/%s", system, entity);
    char *text = json_dumps(raw, JSON_COMPACT);
    json_t *json = NULL;
    if (stream != NULL && text != NULL)
        json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s, s:s}, s:O}",
                         "event_id", id_text, "type", "SourceRecordObserved", "stream", stream,
                         "occurred", "unknown", "actor", "unknown", "source", "system", system,
                         "record_id", mapper->record_id, "payload", "source_type", entity,
                         "source_id", mapper->record_id, "raw", text, "personal", personal);
    json_decref(personal);
    free(text);
    return json;
}

enum ledger_err import_observed_make(const struct import_mapper *mapper,
                                     const struct import_csv *csv, struct import_event *event) {
    json_t *raw = json_object();
    json_t *cells = json_object();
    json_t *personal = NULL;
    event->fact = name;
    event->id = ledger_uuid_imported(mapper->map->scope.system, mapper->map->entity,
                                     mapper->record_id, name);
    enum ledger_err err = raw != NULL && cells != NULL && cells_sort(mapper, csv, raw, cells)
                              ? personal_make(mapper, cells, &personal)
                              : no_memory(mapper);
    if (err == LEDGER_E_OK)
        err = import_event_pack(event_json(mapper, &event->id, raw, personal), mapper->arena, event,
                                mapper->error);
    json_decref(raw);
    json_decref(cells);
    return err;
}
