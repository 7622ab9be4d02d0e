#include "bookkeeping.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/clock.h"
#include "ledger/moment.h"

static const char batch_entity[] = "import-batch";

static void hex_write(const uint8_t *bytes, size_t size, char *text) {
    for (size_t i = 0; i < size; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static bool file_hash(FILE *file, EVP_MD_CTX *hash, uint8_t sha256[32]) {
    uint8_t chunk[16 << 10];
    size_t size = 0;
    bool fine = EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
    while (fine && (size = fread(chunk, 1, sizeof chunk, file)) > 0)
        fine = EVP_DigestUpdate(hash, chunk, size) == 1;
    return fine && EVP_DigestFinal_ex(hash, sha256, NULL) == 1;
}

enum ledger_err import_batch_identify(const char *system, const char *path,
                                      struct import_batch_id *batch, struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    const char *slash = strrchr(path, '/');
    *batch =
        (struct import_batch_id){.system = system, .file_name = slash != NULL ? slash + 1 : path};
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        err =
            ledger_fail(error, ledger_err_from_errno(errno), NULL, "%s: %s", path, strerror(errno));
    } else if (hash == NULL || !file_hash(file, hash, batch->sha256)) {
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "hashing %s", path);
    } else if (ferror(file)) {
        err = ledger_fail(error, LEDGER_E_IO, NULL, "%s: %s", path, strerror(errno));
    }
    if (file != NULL)
        (void)fclose(file); // read only
    EVP_MD_CTX_free(hash);
    hex_write(batch->sha256, sizeof batch->sha256, batch->sha256_text);
    struct ledger_uuid id = ledger_uuid_imported(system, batch_entity, batch->sha256_text, "batch");
    ledger_uuid_format(&id, batch->id);
    return err;
}

// The envelope of both. `key` is the record id within the system.
static json_t *envelope(const struct import_batch_id *batch, const char *type, const char *key,
                        const struct ledger_uuid *id, const char *occurred, json_t *payload) {
    char id_text[LEDGER_UUID_TEXT_SIZE];
    char stream[LEDGER_UUID_TEXT_SIZE + 8];
    ledger_uuid_format(id, id_text);
    (void)snprintf(stream, sizeof stream, "import/%s", batch->id);
    if (payload == NULL)
        return NULL;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s}, s:o}", "event_id", id_text, "type",
                     type, "stream", stream, "occurred", occurred, "actor", "unknown", "source",
                     "system", batch->system, "record_id", key, "payload", payload);
}

static json_t *missing_fields(const struct ledger_error *reason) {
    bool missing =
        reason->code == LEDGER_E_MISSING_FIELD || reason->code == LEDGER_E_MISSING_SUBJECT;
    return missing && reason->field[0] != '\0' ? json_pack("[s]", reason->field) : json_array();
}

enum ledger_err import_rejected_make(const struct import_batch_id *batch, uint64_t line,
                                     const struct ledger_error *reason, struct ledger_arena *arena,
                                     struct import_event *event, struct ledger_error *error) {
    char key[96];
    char text[256];
    (void)snprintf(key, sizeof key, "%s:%" PRIu64, batch->sha256_text, line);
    // The message quotes the row, which may hold personal values; the table's text does not.
    (void)snprintf(text, sizeof text, "%s%s%s", reason->field, reason->field[0] != '\0' ? ": " : "",
                   ledger_err_text(reason->code));
    event->fact = "rejected";
    event->id = ledger_uuid_imported(batch->system, batch_entity, key, event->fact);
    json_t *payload = json_pack("{s:s, s:I, s:s, s:o, s:s}", "batch_id", batch->id, "row",
                                (json_int_t)line, "code", ledger_err_code(reason->code), "missing",
                                missing_fields(reason), "text", text);
    return import_event_pack(envelope(batch, "RecordRejected", key, &event->id, "unknown", payload),
                             arena, event, error);
}

static json_t *counts_json(const struct import_batch_id *batch, const struct import_map *map,
                           const struct import_counts *counts) {
    char map_sha256[2 * sizeof map->sha256 + 1];
    hex_write(map->sha256, sizeof map->sha256, map_sha256);
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:I}", "batch_id",
                     batch->id, "source", batch->system, "file_name", batch->file_name, "sha256",
                     batch->sha256_text, "rows", (json_int_t)counts->rows, "accepted",
                     (json_int_t)counts->accepted, "duplicate", (json_int_t)counts->duplicate,
                     "rejected", (json_int_t)counts->rejected, "map_name", map->name, "map_sha256",
                     map_sha256, "differences", (json_int_t)counts->differences);
}

enum ledger_err import_finished_make(const struct import_batch_id *batch,
                                     const struct import_map *map,
                                     const struct import_counts *counts, struct ledger_arena *arena,
                                     struct import_event *event, struct ledger_error *error) {
    char occurred[LEDGER_INSTANT_TEXT_SIZE];
    int64_t now = ledger_clock_system.wall_micros(ledger_clock_system.context);
    ledger_instant_format(now, 0, occurred);
    event->fact = "batch";
    enum ledger_err err = ledger_uuid_v7((uint64_t)(now / 1000), &event->id);
    if (err != LEDGER_E_OK)
        return ledger_fail(error, err, NULL, "making an event id");
    return import_event_pack(envelope(batch, "ImportBatchRecorded", batch->sha256_text, &event->id,
                                      occurred, counts_json(batch, map, counts)),
                             arena, event, error);
}
