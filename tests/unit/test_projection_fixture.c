#include "test_projection_fixture.h"

#include <dirent.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/json.h"
#include "ledger/limits.h"
#include "runtime/projection_internal.h"

enum { RECORDS_MAX = 4096, PARAMETERS_MAX = 16 };
static const int64_t first_recorded_at = INT64_C(1767225600000000); // 2026-01-01T00:00:00Z

struct world {
    const struct projection *projection;
    struct projection_model *model;
    struct ledger_arena *arena;
    struct projection_ledger ledger;
    Ledger__V1__Record **records; // by position - 1; of the world that wrote them
    uint64_t count;
    uint64_t applied;
    uint64_t fetches;
    char directory[64];
};

// ---- the ledger
static enum ledger_err fetch(void *user, const uint8_t (*ids)[16], size_t count,
                             struct ledger_arena *arena, Ledger__V1__Record **records,
                             struct ledger_error *error) {
    struct world *world = user;
    (void)arena, (void)error;
    world->fetches++;
    for (size_t n = 0; n < count; n++) {
        records[n] = NULL;
        for (uint64_t i = 0; i < world->count; i++)
            if (memcmp(world->records[i]->event->event_id.data, ids[n], 16) == 0)
                records[n] = world->records[i];
    }
    return LEDGER_E_OK;
}

static enum ledger_err locate(void *user, int64_t recorded_at, uint64_t *position, bool *settled,
                              struct ledger_error *error) {
    const struct world *world = user;
    (void)error;
    *position = 0;
    while (*position < world->count && world->records[*position]->recorded_at <= recorded_at)
        ++*position;
    *settled = *position < world->count;
    return LEDGER_E_OK;
}

const char *event_id(struct world *world, uint64_t position) {
    return ledger_arena_printf(world->arena, "00000000-0000-7000-8000-%012" PRIx64, position);
}

uint64_t world_head(const struct world *world) {
    return world->count;
}

uint64_t world_write(struct world *world, const char *format, ...) {
    char text[4096];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_in_range(length, 1, sizeof text - 1);
    json_error_t at;
    json_t *json = json_loads(text, 0, &at);
    if (!json)
        fail_msg("%s: %s", at.text, text);
    uint64_t position = ++world->count;
    assert_in_range(position, 1, RECORDS_MAX);
    json_object_set_new(json, "eventId", json_string(event_id(world, position)));
    struct ledger_event_bytes bytes;
    struct ledger_error error = {0};
    if (ledger_event_from_json(json, world->arena, &bytes, &error))
        fail_msg("%s: %s in %s", error.field, error.message, text);
    json_decref(json);
    const struct ledger_record_parts parts = {.position = position,
                                              .recorded_at =
                                                  first_recorded_at + (int64_t)position * 1000000,
                                              .stream_version = 1,
                                              .event = bytes.event,
                                              .personal = bytes.personal,
                                              .personal_count = bytes.personal_count};
    size_t size = ledger_record_size(&parts);
    uint8_t *packed = ledger_arena_alloc(world->arena, size);
    ledger_record_write(&parts, packed);
    ProtobufCMessage *message;
    assert_int_equal(ledger_message_unpack(&ledger__v1__record__descriptor,
                                           ledger_span_of(packed, size), LEDGER_RECORD_SIZE_MAX,
                                           world->arena, &message, &error),
                     LEDGER_E_OK);
    world->records[position - 1] = (Ledger__V1__Record *)message;
    return position;
}

// ---- the model
static void open_model(struct world *world) {
    struct ledger_error error = {0};
    if (projection_model_open(world->projection, world->directory, &world->model, &error))
        fail_msg("%s", error.message);
}

static struct world *make(const struct projection *projection) {
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->projection = projection;
    world->arena = ledger_arena_new(0);
    world->ledger = (struct projection_ledger){fetch, locate, world};
    world->records = ledger_arena_calloc(world->arena, RECORDS_MAX * sizeof *world->records);
    (void)snprintf(world->directory, sizeof world->directory, "/tmp/projection-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    open_model(world);
    return world;
}

struct world *world_open(const struct projection *projection) {
    return make(projection);
}

uint64_t world_checkpoint(struct world *world) {
    struct projection_state model_state;
    struct ledger_kv_txn *txn;
    assert_int_equal(ledger_kv_read(world->model->kv, &txn, NULL), LEDGER_E_OK);
    assert_int_equal(projection_state_read(world->model, txn, &model_state, NULL), LEDGER_E_OK);
    ledger_kv_abort(txn);
    return model_state.position;
}

uint64_t world_fetches(const struct world *world) {
    return world->fetches;
}

void world_spoil(struct world *world, size_t bytes) {
    char path[PATH_MAX] = "";
    projection_model_close(world->model);
    world->model = NULL;
    DIR *directory = opendir(world->directory);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (strncmp(entry->d_name, "model-", 6) == 0)
            (void)snprintf(path, sizeof path, "%s/%s/data.mdb", world->directory, entry->d_name);
    closedir(directory);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < bytes; i++)
        (void)fputc((int)(i * 37 % 251), file);
    assert_int_equal(fclose(file), 0);
}

void world_reopen(struct world *world, const struct projection *projection) {
    projection_model_close(world->model);
    if (projection)
        world->projection = projection;
    open_model(world);
    projection_model_sweep(world->projection, world->directory);
    world->applied = world_checkpoint(world);
}

size_t world_models(const struct world *world) {
    size_t count = 0;
    DIR *directory = opendir(world->directory);
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        count += strncmp(entry->d_name, "model-", 6) == 0;
    if (directory)
        closedir(directory);
    return count;
}

static void remove_tree(const char *path) {
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char inner[PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        assert_in_range(snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name), 1,
                        sizeof inner - 1);
        if (unlink(inner))
            remove_tree(inner);
    }
    if (directory)
        closedir(directory);
    (void)rmdir(path);
}

void world_close(struct world *world) {
    projection_model_close(world->model);
    remove_tree(world->directory);
    ledger_arena_free(world->arena);
    free(world);
}

void world_apply(struct world *world, uint64_t position, uint64_t page) {
    struct ledger_error error = {0};
    while (world->applied < position) {
        struct projection_batch batch;
        uint64_t end = world->applied + page < position ? world->applied + page : position;
        assert_int_equal(projection_batch_begin(&batch, world->model, &world->ledger, &error),
                         LEDGER_E_OK);
        batch.state.identity.known = true;
        struct ledger_buffer packed = {0};
        for (; world->applied < end; world->applied++) {
            ledger_buffer_clear(&packed);
            ledger_message_pack(&world->records[world->applied]->base, &packed);
            if (projection_batch_apply(&batch, ledger_buffer_span(&packed), &error))
                fail_msg("position %" PRIu64 ": %s", world->applied + 1, error.message);
        }
        ledger_buffer_fini(&packed);
        bool fatal;
        assert_int_equal(projection_batch_commit(&batch, end, &fatal, &error), LEDGER_E_OK);
    }
}

struct world *world_copy(const struct world *world, uint64_t position, uint64_t page) {
    struct world *copy = make(world->projection);
    memcpy(copy->records, world->records, position * sizeof *copy->records);
    copy->count = position;
    world_apply(copy, position, page);
    return copy;
}

char *world_dump(struct world *world) {
    struct ledger_buffer text = {0};
    struct ledger_kv_txn *txn;
    struct ledger_kv_pair pair;
    assert_int_equal(ledger_kv_read(world->model->kv, &txn, NULL), LEDGER_E_OK);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(txn, world->model->rows);
    for (bool more = ledger_kv_first(cursor, &pair); more; more = ledger_kv_next(cursor, &pair)) {
        for (size_t i = 0; i < pair.key.size; i++)
            ledger_buffer_printf(&text, "%02x", pair.key.data[i]);
        ledger_buffer_add_byte(&text, ' ');
        for (size_t i = 0; i < pair.value.size; i++)
            ledger_buffer_printf(&text, "%02x", pair.value.data[i]);
        ledger_buffer_add_byte(&text, '\n');
    }
    ledger_kv_cursor_close(cursor);
    ledger_kv_abort(txn);
    char *dump = ledger_arena_text(world->arena, ledger_buffer_span(&text));
    ledger_buffer_fini(&text);
    return dump;
}

// ---- questions
static enum ledger_err ask(struct world *world, const char *query, va_list args,
                           Ledger__V1__QueryReply **reply, struct ledger_error *error) {
    Ledger__V1__QueryRequest request = LEDGER__V1__QUERY_REQUEST__INIT;
    Ledger__V1__Parameter parameters[PARAMETERS_MAX];
    Ledger__V1__Parameter *list[PARAMETERS_MAX];
    struct projection_question question;
    uint64_t needed;
    world_apply(world, world->count, 100);
    request.query = (char *)(uintptr_t)query;
    request.parameters = list;
    for (const char *name; (name = va_arg(args, const char *));) {
        Ledger__V1__Parameter *parameter = &parameters[request.n_parameters];
        ledger__v1__parameter__init(parameter);
        parameter->name = (char *)(uintptr_t)name;
        parameter->value = va_arg(args, char *);
        list[request.n_parameters++] = parameter;
    }
    enum ledger_err err =
        projection_question_read(world->projection, &request, world->arena, &question, error);
    if (!err)
        err = projection_question_resolve(&question, &world->ledger, &needed, error);
    if (!err)
        err = projection_question_answer(&question, world->model, world->arena, reply, error);
    return err;
}

Ledger__V1__QueryReply *world_ask(struct world *world, const char *query, ...) {
    Ledger__V1__QueryReply *reply = NULL;
    struct ledger_error error = {0};
    va_list args;
    va_start(args, query);
    enum ledger_err err = ask(world, query, args, &reply, &error);
    va_end(args);
    if (err)
        fail_msg("%s: %s: %s", ledger_err_code(err), error.field, error.message);
    return reply;
}

enum ledger_err world_refuse(struct world *world, struct ledger_error *error, const char *query,
                             ...) {
    Ledger__V1__QueryReply *reply = NULL;
    va_list args;
    va_start(args, query);
    enum ledger_err err = ask(world, query, args, &reply, error);
    va_end(args);
    assert_int_not_equal(err, LEDGER_E_OK);
    return err;
}

// ---- answers
static const Ledger__V1__Table *find_table(const Ledger__V1__QueryReply *reply, const char *name) {
    for (size_t i = 0; i < reply->n_tables; i++)
        if (strcmp(reply->tables[i]->name, name) == 0)
            return reply->tables[i];
    fail_msg("there is no table %s", name);
    return NULL;
}

static const char *decimal(struct world *world, int64_t number, int64_t scale, int digits) {
    int64_t rest = number % scale;
    return ledger_arena_printf(world->arena, "%s%" PRId64 ".%0*" PRId64,
                               number < 0 && number > -scale ? "-" : "", number / scale, digits,
                               rest < 0 ? -rest : rest);
}

static const char *value_text(struct world *world, const Ledger__V1__Value *value,
                              Ledger__V1__ValueKind kind) {
    char date[LEDGER_DATE_TEXT_SIZE];
    char instant[LEDGER_INSTANT_TEXT_SIZE];
    if (value->has_integer && kind == LEDGER__V1__VALUE_KIND__RATIO)
        return decimal(world, value->integer, 10000, 4);
    if (value->has_integer && kind == LEDGER__V1__VALUE_KIND__MONEY)
        return ledger_arena_printf(world->arena, "%s %s", decimal(world, value->integer, 100, 2),
                                   value->text);
    if (value->has_integer && kind == LEDGER__V1__VALUE_KIND__DATE) {
        ledger_date_format((int32_t)value->integer, date);
        return ledger_arena_printf(world->arena, "%s", date);
    }
    if (value->has_integer && kind == LEDGER__V1__VALUE_KIND__INSTANT) {
        ledger_instant_format(value->integer, value->offset_minutes, instant);
        return ledger_arena_printf(world->arena, "%s", instant);
    }
    if (value->has_integer)
        return ledger_arena_printf(world->arena, "%" PRId64, value->integer);
    return value->text ? value->text : "none";
}

const char *cell(struct world *world, const Ledger__V1__QueryReply *reply, const char *table_name,
                 size_t row, const char *column) {
    const Ledger__V1__Table *table = find_table(reply, table_name);
    if (row >= table->n_rows)
        return "no row";
    for (size_t i = 0; i < table->n_columns; i++)
        if (strcmp(table->columns[i]->name, column) == 0)
            return value_text(world, table->rows[row]->values[i], table->columns[i]->kind);
    fail_msg("the table %s has no column %s", table_name, column);
    return NULL;
}

size_t row_count(const Ledger__V1__QueryReply *reply, const char *table) {
    return find_table(reply, table)->n_rows;
}

uint64_t rows_left_off(const Ledger__V1__QueryReply *reply, const char *table) {
    return find_table(reply, table)->rows_left_off;
}

struct ledger_span answer_bytes(struct world *world, const Ledger__V1__QueryReply *reply) {
    Ledger__V1__QueryReply content = LEDGER__V1__QUERY_REPLY__INIT;
    content.tables = reply->tables;
    content.n_tables = reply->n_tables;
    content.notes = reply->notes;
    content.n_notes = reply->n_notes;
    size_t size = ledger__v1__query_reply__get_packed_size(&content);
    uint8_t *bytes = ledger_arena_alloc(world->arena, size);
    return ledger_span_of(bytes, ledger__v1__query_reply__pack(&content, bytes));
}

bool has_note(const Ledger__V1__QueryReply *reply, const char *part) {
    for (size_t i = 0; i < reply->n_notes; i++)
        if (strstr(reply->notes[i], part))
            return true;
    return false;
}
