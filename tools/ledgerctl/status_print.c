#include "status.h"

#include <inttypes.h>
#include <stdio.h>

#include "display.h"
#include "format.h"
#include "ledger/clock.h"
#include "ledger/uuid.h"
#include "table.h"

// ---- the overview: a row a service

void status_add_duration(struct ledger_buffer *buffer, int64_t seconds) {
    if (seconds < 0)
        seconds = 0;
    if (seconds < 120)
        ledger_buffer_printf(buffer, "%" PRId64 " s", seconds);
    else if (seconds < 120 * 60)
        ledger_buffer_printf(buffer, "%" PRId64 " min", seconds / 60);
    else if (seconds < 48 * 3600)
        ledger_buffer_printf(buffer, "%" PRId64 " h", seconds / 3600);
    else
        ledger_buffer_printf(buffer, "%" PRId64 " days", seconds / 86400);
}

int64_t status_seconds_since(int64_t micros) {
    return (ledger_clock_system.wall_micros(ledger_clock_system.context) - micros) /
           STATUS_MICROS_PER_SECOND;
}

// A cell made by `add` calls on a buffer; empties it.
static void cell_of(struct table *table, struct ledger_buffer *buffer) {
    const char *text = ledger_buffer_text(buffer);
    table_cell(table, text != NULL ? text : "");
    ledger_buffer_fini(buffer);
}

static void number_cell(struct table *table, bool known, uint64_t number) {
    struct ledger_buffer buffer = {0};
    if (known)
        format_integer(&buffer, (int64_t)number);
    else
        ledger_buffer_add_text(&buffer, FORMAT_NONE);
    cell_of(table, &buffer);
}

static void bytes_cell(struct table *table, bool known, uint64_t bytes) {
    struct ledger_buffer buffer = {0};
    if (known)
        format_bytes(&buffer, bytes);
    else
        ledger_buffer_add_text(&buffer, FORMAT_NONE);
    cell_of(table, &buffer);
}

static void add_absent(struct table *table, const struct service_status *service) {
    table_cell(table, service->name);
    table_cell(table, service->error.code == LEDGER_E_UNAVAILABLE
                          ? "not running"
                          : ledger_err_code(service->error.code));
    for (int i = 0; i < 6; i++)
        table_cell(table, FORMAT_NONE);
}

static const char *state_of(const Ledger__V1__StatusReply *reply) {
    const Ledger__V1__ProjectionStatus *projection = reply->projection;
    if (reply->reactor != NULL && reply->reactor->problem != NULL)
        return "in part"; // the other rules go on
    if (projection == NULL)
        return "running";
    if (projection->problem != NULL)
        return "stuck";
    if (projection->former != NULL)
        return "made anew";
    return projection->lag_events == 0 ? "up to date" : "catching up";
}

static void add_present(struct table *table, const struct service_status *service) {
    const Ledger__V1__StatusReply *reply = service->reply;
    const Ledger__V1__ProjectionStatus *projection = reply->projection;
    const Ledger__V1__LedgerStatus *ledger = reply->ledger;
    struct ledger_buffer uptime = {0};
    table_cell(table, service->name);
    table_cell(table, state_of(reply));
    number_cell(table, true, projection != NULL ? projection->position : reply->head);
    number_cell(table, projection != NULL || reply->reactor != NULL,
                projection != NULL ? projection->lag_events : service->behind);
    number_cell(table, projection != NULL, projection != NULL ? projection->parked : 0);
    bytes_cell(table, projection != NULL || ledger != NULL,
               projection != NULL ? projection->model_bytes
               : ledger != NULL   ? ledger->log_bytes + ledger->index_bytes
                                  : 0);
    status_add_duration(&uptime, status_seconds_since(reply->started_at));
    cell_of(table, &uptime);
    struct ledger_buffer pid = {0};
    ledger_buffer_printf(&pid, "%" PRIu64, reply->pid);
    cell_of(table, &pid);
}

static void print_problems(const struct service_status *services, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const Ledger__V1__StatusReply *reply = services[i].reply;
        if (reply == NULL)
            printf("%s: %s\n", services[i].name, services[i].error.message);
        else if (reply->projection != NULL && reply->projection->problem != NULL)
            printf("%s: %s\n", services[i].name, reply->projection->problem);
        else if (reply->reactor != NULL && reply->reactor->problem != NULL)
            printf("%s: %s\n", services[i].name, reply->reactor->problem);
    }
}

enum ledger_err status_print_all(const struct service_status *services, size_t count) {
    static const struct {
        const char *title;
        enum table_kind kind;
    } columns[] = {{"service", TABLE_WORD},  {"state", TABLE_WORD},    {"position", TABLE_NUMBER},
                   {"behind", TABLE_NUMBER}, {"parked", TABLE_NUMBER}, {"on disk", TABLE_NUMBER},
                   {"up for", TABLE_NUMBER}, {"pid", TABLE_NUMBER}};
    struct table *table = table_new();
    if (table == NULL)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        table_column(table, columns[i].title, columns[i].kind);
    for (size_t i = 0; i < count; i++) {
        if (services[i].reply == NULL)
            add_absent(table, &services[i]);
        else
            add_present(table, &services[i]);
    }
    enum ledger_err err = table_print(table, display_width_of_terminal());
    table_free(table);
    print_problems(services, count);
    return err;
}

// ---- one service: all that it says

static void row_text(struct table *table, const char *title, const char *text) {
    table_cell(table, title);
    table_cell(table, text != NULL ? text : FORMAT_NONE);
}

static void row_number(struct table *table, const char *title, bool known, uint64_t number) {
    table_cell(table, title);
    number_cell(table, known, number);
}

static void row_bytes(struct table *table, const char *title, bool known, uint64_t bytes) {
    table_cell(table, title);
    bytes_cell(table, known, bytes);
}

static void row_instant(struct table *table, const char *title, bool known, int64_t micros) {
    struct ledger_buffer buffer = {0};
    table_cell(table, title);
    if (known)
        format_instant(&buffer, micros, 0);
    else
        ledger_buffer_add_text(&buffer, FORMAT_NONE);
    cell_of(table, &buffer);
}

static void row_hex(struct table *table, const char *title, const ProtobufCBinaryData *bytes) {
    struct ledger_buffer buffer = {0};
    table_cell(table, title);
    for (size_t i = 0; i < bytes->len; i++)
        ledger_buffer_printf(&buffer, "%02x", bytes->data[i]);
    if (bytes->len == 0)
        ledger_buffer_add_text(&buffer, FORMAT_NONE);
    cell_of(table, &buffer);
}

static void add_identity(struct table *table, const Ledger__V1__LedgerIdentity *identity) {
    struct ledger_uuid uuid;
    char text[LEDGER_UUID_TEXT_SIZE];
    if (identity == NULL || identity->ledger_id.len != sizeof uuid.bytes)
        return;
    memcpy(uuid.bytes, identity->ledger_id.data, sizeof uuid.bytes);
    ledger_uuid_format(&uuid, text);
    row_text(table, "ledger", text);
    row_number(table, "epoch", identity->has_epoch, identity->epoch);
}

static void row_furthest(struct table *table, const Ledger__V1__Cursor *cursor) {
    struct ledger_buffer buffer = {0};
    table_cell(table, "furthest behind");
    display_add_clean(&buffer, cursor->name);
    ledger_buffer_add_text(&buffer, ": ");
    format_integer(&buffer, (int64_t)cursor->lag_events);
    ledger_buffer_add_text(&buffer, cursor->lag_events == 1 ? " fact, " : " facts, ");
    status_add_duration(&buffer, cursor->lag_micros / STATUS_MICROS_PER_SECOND);
    cell_of(table, &buffer);
}

static void add_ledger(struct table *table, const struct service_status *service) {
    const Ledger__V1__LedgerStatus *ledger = service->reply->ledger;
    row_instant(table, "last recorded", ledger->has_last_recorded_at, ledger->last_recorded_at);
    row_number(table, "streams", ledger->has_streams, ledger->streams);
    row_number(table, "blocks", ledger->has_blocks, ledger->blocks);
    row_number(table, "indexed to", ledger->has_folded_to, ledger->folded_to);
    row_number(table, "waiting readers", ledger->has_waiting_readers, ledger->waiting_readers);
    row_number(table, "named cursors", ledger->has_cursors, ledger->cursors);
    if (service->furthest != NULL)
        row_furthest(table, service->furthest);
    row_bytes(table, "log", ledger->has_log_bytes, ledger->log_bytes);
    row_bytes(table, "index", ledger->has_index_bytes, ledger->index_bytes);
    row_bytes(table, "free on disk", ledger->has_disk_free_bytes, ledger->disk_free_bytes);
    row_text(table, "data directory", ledger->data_directory);
    row_hex(table, "root hash", &ledger->root_hash);
}

static void add_projection(struct table *table, const Ledger__V1__ProjectionStatus *projection) {
    row_number(table, "position", projection->has_position, projection->position);
    row_instant(table, "recorded then", projection->has_position_recorded_at,
                projection->position_recorded_at);
    row_number(table, "behind", projection->has_lag_events, projection->lag_events);
    row_number(table, "fold version", projection->has_fold_version, projection->fold_version);
    row_number(table, "rows", projection->has_rows, projection->rows);
    row_number(table, "sorted runs", projection->has_runs, projection->runs);
    row_number(table, "parked", projection->has_parked, projection->parked);
    row_bytes(table, "model", projection->has_model_bytes, projection->model_bytes);
    if (projection->former != NULL) {
        row_number(table, "former model's fold", true, projection->former->fold_version);
        row_number(table, "former model's position", true, projection->former->position);
        row_text(table, "former model answers", projection->former->answers ? "yes" : "no");
    }
    if (projection->problem != NULL)
        row_text(table, "problem", projection->problem);
}

static void add_reactor(struct table *table, const Ledger__V1__ReactorStatus *reactor) {
    row_number(table, "looked as of", reactor->has_position, reactor->position);
    row_instant(table, "looked at", reactor->has_looked_at, reactor->looked_at);
    row_number(table, "added", reactor->has_added, reactor->added);
    if (reactor->problem != NULL)
        row_text(table, "problem", reactor->problem);
}

enum ledger_err status_print_one(const struct service_status *service) {
    const Ledger__V1__StatusReply *reply = service->reply;
    struct table *table = table_new();
    if (table == NULL)
        return LEDGER_E_NO_MEMORY;
    table_column(table, "", TABLE_WORD);
    table_column(table, "", TABLE_WORD);
    row_text(table, "service", reply->service);
    row_text(table, "version", reply->version);
    row_text(table, "state", state_of(reply));
    row_instant(table, "started", reply->has_started_at, reply->started_at);
    add_identity(table, reply->identity);
    row_number(table, "ledger's head", reply->has_head, reply->head);
    if (reply->ledger != NULL)
        add_ledger(table, service);
    if (reply->projection != NULL)
        add_projection(table, reply->projection);
    if (reply->reactor != NULL)
        add_reactor(table, reply->reactor);
    enum ledger_err err = table_print(table, display_width_of_terminal());
    table_free(table);
    return err;
}
