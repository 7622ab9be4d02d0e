// ledgerctl export: the records of a ledger, page by page, into a file that restore takes.
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "common.h"
#include "display.h"
#include "export_file.h"
#include "format.h"
#include "ledger/files.h"
#include "ledger/json.h"
#include "ledger/limits.h"
#include "ledger/reader.h"
#include "log/merkle.h"
#include "progress.h"

struct settings {
    struct common common;
    const char *format;
    const char *output;
    const char *from, *to;
};

static const struct ledger_option options[] = {
    {.name = "format",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, format),
     .fallback = "records",
     .value = "FORMAT",
     .help = "records (bytes as they are stored) or json (a line each)"},
    {.name = "output",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, output),
     .value = "FILE",
     .help =
         "write there, in place of an older export, once all is written; else to standard output"},
    {.name = "from",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, from),
     .value = "POSITION",
     .help = "begin here; only an export from 1 on can be restored"},
    {.name = "to",
     .kind = LEDGER_OPTION_TEXT,
     .offset = offsetof(struct settings, to),
     .value = "POSITION",
     .help = "end here, and not with the last fact there is"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl export",
    .usage = "[options]",
    .summary = "Writes the facts of a ledger, as they are stored, for `ledgerctl restore`.",
    .details =
        "Takes what is there at the start; the service goes on meanwhile. Both formats give a\n"
        "ledger back byte for byte. `records` is one protobuf message (ledger.v1.Export, see\n"
        "proto/ledger/v1/export.proto); `json` is what `ledgerctl read --json` prints, between a\n"
        "first line about the ledger and a last one with the Merkle root, and with the stored\n"
        "bytes beside a fact whose text would not give them again. The end tells a whole file\n"
        "from one that was cut short. With --output, --json tells what was written.\n"
        "\n"
        "Examples:\n"
        "  ledgerctl export --output ledger.export\n"
        "  ledgerctl export --format json | zstd > ledger.jsonl.zst\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

struct run {
    const struct settings *settings;
    bool json; // the format
    FILE *file;
    char *partial; // name of the file while it is being written; NULL: standard output
    struct ledger_reader *reader;
    struct ledger_arena *arena;
    struct ledger_hasher *hasher;
    uint64_t first, last, head; // to export, and the last position there is
    struct ledger_identity identity;
    uint8_t head_root[LEDGER_HASH_SIZE];
    struct ledger_merkle tree; // over what is exported
    struct progress progress;
};

// ---- settings

static enum ledger_err take_position(const char *text, const char *field, uint64_t *position,
                                     struct ledger_error *error) {
    if (text == NULL || (common_position(text, position) && *position > 0))
        return LEDGER_E_OK;
    return ledger_fail(error, LEDGER_E_USAGE, field, "\"%s\" is no position; they count from 1",
                       text);
}

static enum ledger_err take_settings(struct run *run, struct ledger_error *error) {
    const struct settings *settings = run->settings;
    run->json = strcmp(settings->format, "json") == 0;
    run->first = 1;
    run->last = UINT64_MAX;
    if (!run->json && strcmp(settings->format, "records") != 0)
        return ledger_fail(error, LEDGER_E_USAGE, "format", "must be records or json, not \"%s\"",
                           settings->format);
    if (!run->json && settings->output == NULL && display_is_terminal())
        return ledger_fail(error, LEDGER_E_USAGE, "output",
                           "records are not for a terminal: name a file, or use --format json");
    enum ledger_err err = take_position(settings->from, "from", &run->first, error);
    if (err == LEDGER_E_OK)
        err = take_position(settings->to, "to", &run->last, error);
    if (err == LEDGER_E_OK && run->last < run->first)
        err = ledger_fail(error, LEDGER_E_USAGE, "to", "it lies before --from");
    return err;
}

// ---- the ledger as it is now

static enum ledger_err take_status(struct run *run, const Ledger__V1__StatusReply *status,
                                   struct ledger_error *error) {
    if (status->ledger == NULL || status->identity == NULL ||
        status->ledger->root_hash.len != LEDGER_HASH_SIZE ||
        status->identity->ledger_id.len != sizeof run->identity.ledger_id.bytes)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "the service does not say what it has");
    memcpy(run->identity.ledger_id.bytes, status->identity->ledger_id.data,
           sizeof run->identity.ledger_id.bytes);
    run->identity.epoch = status->identity->epoch;
    memcpy(run->head_root, status->ledger->root_hash.data, LEDGER_HASH_SIZE);
    run->head = status->head;
    if (run->settings->to != NULL && run->last > run->head)
        return ledger_fail(error, LEDGER_E_USAGE, "to", "the ledger ends at position %" PRIu64,
                           run->head);
    if (run->first > run->head + 1)
        return ledger_fail(error, LEDGER_E_USAGE, "from", "the ledger ends at position %" PRIu64,
                           run->head);
    if (run->last > run->head)
        run->last = run->head;
    return LEDGER_E_OK;
}

static enum ledger_err ask_status(struct run *run, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest body = LEDGER__V1__STATUS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    struct ledger_client *client;
    request.body_case = LEDGER__V1__REQUEST__BODY_STATUS;
    request.status = &body;
    enum ledger_err err = common_open(&run->settings->common, "read", false, &client, error);
    if (err != LEDGER_E_OK)
        return err;
    err = ledger_client_call(client, &request, run->arena, &reply, error);
    if (err == LEDGER_E_OK)
        err = take_status(run, reply->status, error);
    ledger_client_close(client);
    return err;
}

static enum ledger_err open_reader(struct run *run, struct ledger_error *error) {
    char url[COMMON_URL_SIZE];
    enum ledger_err err = common_url(&run->settings->common, "read", url, error);
    const struct ledger_reader_options reader = {
        .url = url,
        .from = run->first,
        .identity = &run->identity,
        .max_events = LEDGER_PAGE_EVENTS_MAX,
        .patience_ms = (uint32_t)run->settings->common.timeout_s * 1000,
    };
    return err == LEDGER_E_OK ? ledger_reader_open(&reader, &run->reader, error) : err;
}

// ---- the file

static enum ledger_err fail_output(const struct run *run, struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_IO, "output", "writing %s: %s",
                       run->partial != NULL ? run->partial : "standard output", strerror(errno));
}

// What is there may be another export, which is replaced; anything else is somebody's.
static enum ledger_err check_output(const char *name, struct ledger_error *error) {
    struct export_reader reader;
    struct export_item item;
    struct stat info;
    if (stat(name, &info) != 0 || (S_ISREG(info.st_mode) && info.st_size == 0))
        return LEDGER_E_OK;
    FILE *file = S_ISREG(info.st_mode) ? fopen(name, "re") : NULL;
    bool is_export = false;
    if (file != NULL) { // which the reader closes
        is_export = export_reader_init(&reader, file, name, NULL) == LEDGER_E_OK &&
                    export_reader_next(&reader, &item, NULL) == LEDGER_E_OK &&
                    item.part == EXPORT_HEADER;
        export_reader_fini(&reader);
    }
    return is_export ? LEDGER_E_OK
                     : ledger_fail(error, LEDGER_E_USAGE, "output",
                                   "%s is there, and is no export: name another file", name);
}

static enum ledger_err open_output(struct run *run, struct ledger_error *error) {
    static const char ending[] = ".partial";
    const char *name = run->settings->output;
    run->file = stdout;
    if (name == NULL)
        return LEDGER_E_OK;
    enum ledger_err err = check_output(name, error);
    if (err != LEDGER_E_OK)
        return err;
    run->partial = malloc(strlen(name) + sizeof ending);
    if (run->partial == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "exporting");
    (void)snprintf(run->partial, strlen(name) + sizeof ending, "%s%s", name, ending);
    run->file = fopen(run->partial, "we");
    return run->file != NULL ? LEDGER_E_OK : fail_output(run, error);
}

// The name is on the disk when its folder is.
static enum ledger_err sync_folder(const char *file, struct ledger_error *error) {
    char *copy = strdup(file);
    if (copy == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "exporting");
    enum ledger_err err = ledger_directory_sync(dirname(copy), error);
    free(copy);
    return err;
}

// With its name only when it is whole and on the disk.
static enum ledger_err close_output(struct run *run, struct ledger_error *error) {
    if (run->partial == NULL)
        return LEDGER_E_OK; // main looks at standard output
    bool failed = ferror(run->file) || fflush(run->file) != 0 || fsync(fileno(run->file)) != 0;
    if (failed || rename(run->partial, run->settings->output) != 0)
        return fail_output(run, error);
    return sync_folder(run->settings->output, error);
}

static void drop_output(struct run *run, bool failed) {
    if (run->partial != NULL && run->file != NULL)
        (void)fclose(run->file);
    if (run->partial != NULL && run->file != NULL && failed)
        (void)unlink(run->partial);
    free(run->partial);
}

// ---- records

static enum ledger_err write_record(struct run *run, struct ledger_span record,
                                    struct ledger_error *error) {
    struct ledger_record_parts parts;
    size_t none = 0;
    uint64_t position = run->first + run->tree.size;
    if (ledger_record_split(record, &parts, NULL, &none) != LEDGER_E_OK ||
        parts.position != position)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "the service gives no sound record for position %" PRIu64, position);
    struct ledger_hash leaf = ledger_merkle_leaf(run->hasher, record);
    ledger_merkle_add(&run->tree, run->hasher, &leaf);
    return export_write_record(run->file, run->json, record, run->arena, error);
}

static enum ledger_err write_page(struct run *run, const struct ledger_reader_page *page,
                                  struct ledger_error *error) {
    struct ledger_span rest = page->records, record;
    enum ledger_err err = LEDGER_E_OK;
    while (err == LEDGER_E_OK && run->first + run->tree.size <= run->last &&
           ledger_page_next(&rest, &record))
        err = write_record(run, record, error);
    if (err == LEDGER_E_OK && ferror(run->file))
        err = fail_output(run, error);
    return err;
}

static enum ledger_err write_records(struct run *run, struct ledger_error *error) {
    enum ledger_err err = LEDGER_E_OK;
    progress_begin(&run->progress, "facts", 0);
    while (err == LEDGER_E_OK && run->first + run->tree.size <= run->last) {
        struct ledger_reader_page page;
        uint64_t before = run->tree.size;
        err = ledger_reader_next(run->reader, 0, &page, error);
        if (err == LEDGER_E_OK)
            err = write_page(run, &page, error);
        if (err == LEDGER_E_OK && run->tree.size == before)
            err =
                ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                            "the service gives nothing for position %" PRIu64, run->first + before);
        progress_show(&run->progress, run->tree.size, run->last - run->first + 1);
    }
    progress_end(&run->progress);
    return err;
}

static enum ledger_err write_all(struct run *run, struct ledger_hash *root,
                                 struct ledger_error *error) {
    Ledger__V1__LedgerIdentity identity = LEDGER__V1__LEDGER_IDENTITY__INIT;
    Ledger__V1__ExportHeader header = LEDGER__V1__EXPORT_HEADER__INIT;
    Ledger__V1__ExportEnd end = LEDGER__V1__EXPORT_END__INIT;
    identity.has_ledger_id = identity.has_epoch = 1;
    identity.ledger_id.data = run->identity.ledger_id.bytes;
    identity.ledger_id.len = sizeof run->identity.ledger_id.bytes;
    identity.epoch = run->identity.epoch;
    header.has_format = header.has_first = 1;
    header.format = EXPORT_FORMAT;
    header.first = run->first;
    header.identity = &identity;
    enum ledger_err err = export_write_header(run->file, run->json, &header, error);
    if (err == LEDGER_E_OK)
        err = write_records(run, error);
    if (err != LEDGER_E_OK)
        return err;
    *root = ledger_merkle_root(&run->tree, run->hasher);
    if (run->first == 1 && run->last == run->head &&
        memcmp(root->bytes, run->head_root, LEDGER_HASH_SIZE) != 0)
        return ledger_fail(error, LEDGER_E_CORRUPT, NULL,
                           "the records do not have the Merkle root that the ledger says");
    end.has_last = end.has_root_hash = 1;
    end.last = run->last;
    end.root_hash.data = root->bytes;
    end.root_hash.len = sizeof root->bytes;
    end.header = &header;
    return export_write_end(run->file, run->json, &end, error);
}

// ---- the command

static enum ledger_err tell(const struct run *run, struct ledger_hash *root,
                            struct ledger_error *error) {
    if (run->partial == NULL)
        return LEDGER_E_OK;
    if (run->settings->common.json) {
        Ledger__V1__ExportEnd end = LEDGER__V1__EXPORT_END__INIT;
        end.has_last = end.has_root_hash = 1;
        end.last = run->last;
        end.root_hash.data = root->bytes;
        end.root_hash.len = sizeof root->bytes;
        common_print_line(ledger_json_from_message(&end.base));
        return LEDGER_E_OK;
    }
    struct ledger_buffer line = {0};
    format_integer(&line, (int64_t)run->tree.size);
    ledger_buffer_printf(&line, " facts in %s\n", run->settings->output);
    const char *text = ledger_buffer_text(&line);
    if (text != NULL)
        fputs(text, stdout);
    ledger_buffer_fini(&line);
    return text != NULL ? LEDGER_E_OK : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "printing");
}

static enum ledger_err export(struct run *run, struct ledger_error *error) {
    struct ledger_hash root; enum ledger_err err = ask_status(run, error);
    if (err == LEDGER_E_OK) err = open_reader(run, error);
    if (err == LEDGER_E_OK) err = open_output(run, error);
    if (err == LEDGER_E_OK) err = write_all(run, &root, error);
    if (err == LEDGER_E_OK) err = close_output(run, error);
    return err == LEDGER_E_OK ? tell(run, &root, error) : err;
}

static enum ledger_err run_export(const struct common *common, char **arguments, int count,
                                  struct ledger_error *error) {
    struct run run = {.settings = (const struct settings *)common};
    (void)arguments, (void)count;
    enum ledger_err err = take_settings(&run, error);
    if (err != LEDGER_E_OK)
        return err;
    run.arena = ledger_arena_new(0);
    run.hasher = ledger_hasher_new();
    err = run.arena == NULL || run.hasher == NULL
              ? ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "exporting")
              : export(&run, error);
    drop_output(&run, err != LEDGER_E_OK);
    ledger_reader_close(run.reader);
    ledger_hasher_free(run.hasher);
    ledger_arena_free(run.arena);
    return err;
}

int ledgerctl_export(int argc, char **argv) {
    struct settings settings = {0};
    return common_run(&program, argc, argv, &settings.common, 0, run_export);
}
