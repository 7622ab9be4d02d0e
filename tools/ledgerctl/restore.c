// ledgerctl restore: an export becomes a ledger again, in a directory of its own.
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "commands.h"
#include "common.h"
#include "export_file.h"
#include "format.h"
#include "ledger/json.h"
#include "ledger/logging.h"
#include "log/restore.h"
#include "progress.h"

struct settings {
    struct common common;
    int64_t epoch;
};

static const struct ledger_option options[] = {
    {.name = "epoch",
     .kind = LEDGER_OPTION_INTEGER,
     .offset = offsetof(struct settings, epoch),
     .min = 1,
     .max = INT64_MAX,
     .value = "N",
     .help = "the new epoch; else the exported one plus 1"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl restore",
    .usage = "[options] --data DIR FILE",
    .summary = "Makes a ledger from an export, in a directory that is new or empty.",
    .details =
        "FILE is what `ledgerctl export` wrote, in either format; - is standard input. Ledger id,\n"
        "positions, times, stream versions and bytes are as they were, and facts that are sent\n"
        "again are known. The epoch grows: readers of the former ledger are told that it was\n"
        "restored, and start anew. Restore the same export twice, and keep both: give the second\n"
        "a larger --epoch, so that nobody takes one for the other.\n"
        "Everything is verified before DIR becomes a ledger; if it cannot be, DIR stays as it\n"
        "was. No service may run on DIR meanwhile.\n"
        "\n"
        "Examples:\n"
        "  ledgerctl restore --data /var/lib/ledger ledger.export\n"
        "  zstd -dc ledger.jsonl.zst | ledgerctl restore --data /var/lib/ledger -\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

struct run {
    const struct settings *settings;
    struct export_reader reader;
    struct ledger_restore *restore;
    struct ledger_log_identity identity; // the new one
    uint64_t exported_epoch;
    struct progress progress;
    uint64_t file_bytes; // 0 = not known
    uint64_t records;
};

static enum ledger_err malformed(const struct run *run, const char *what,
                                 struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%s: %s", run->reader.path, what);
}

// ---- the parts of the file

// DIR is made, what it stands in is not: it may be a path that was mistyped, or a disk that is not
// mounted.
static enum ledger_err check_parent(const char *data, struct ledger_error *error) {
    char *copy = strdup(data);
    if (copy == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "restoring");
    const char *parent = dirname(copy);
    struct stat info;
    enum ledger_err err = LEDGER_E_OK;
    if (stat(parent, &info) != 0)
        err = ledger_fail(error, ledger_err_from_errno(errno), "data", "%s: %s%s", parent,
                          strerror(errno), errno == ENOENT ? "; make this directory first" : "");
    free(copy);
    return err;
}

static enum ledger_err take_header(struct run *run, const Ledger__V1__ExportHeader *header,
                                   struct ledger_error *error) {
    const Ledger__V1__LedgerIdentity *identity = header->identity;
    if (header->format != EXPORT_FORMAT)
        return ledger_fail(error, LEDGER_E_FORMAT, NULL, "%s has format %u, not %d",
                           run->reader.path, header->format, EXPORT_FORMAT);
    if (identity == NULL || identity->ledger_id.len != sizeof run->identity.ledger_id.bytes ||
        identity->epoch == 0 || identity->epoch == UINT64_MAX)
        return malformed(run, "its header does not say which ledger it is of", error);
    if (header->first != 1)
        return ledger_fail(error, LEDGER_E_USAGE, NULL,
                           "%s begins with position %" PRIu64
                           "; only a whole export can be restored",
                           run->reader.path, header->first);
    uint64_t epoch = (uint64_t)run->settings->epoch;
    if (epoch != 0 && epoch <= identity->epoch)
        return ledger_fail(error, LEDGER_E_USAGE, "epoch",
                           "must be larger than the exported one, %" PRIu64, identity->epoch);
    memcpy(run->identity.ledger_id.bytes, identity->ledger_id.data, identity->ledger_id.len);
    run->exported_epoch = identity->epoch;
    run->identity.epoch = epoch != 0 ? epoch : identity->epoch + 1;
    enum ledger_err err = check_parent(run->settings->common.data, error);
    return err == LEDGER_E_OK ? ledger_restore_new(run->settings->common.data, &run->identity,
                                                   &run->restore, error)
                              : err;
}

static bool is_of_same(const struct run *run, const Ledger__V1__ExportHeader *header) {
    return header != NULL && header->identity != NULL && header->first == 1 &&
           header->format == EXPORT_FORMAT && header->identity->epoch == run->exported_epoch &&
           ledger_span_equal(
               ledger_span_of(header->identity->ledger_id.data, header->identity->ledger_id.len),
               ledger_span_of(run->identity.ledger_id.bytes, sizeof run->identity.ledger_id.bytes));
}

static enum ledger_err take_end(struct run *run, const Ledger__V1__ExportEnd *end,
                                struct ledger_error *error) {
    struct ledger_hash root;
    struct export_item item;
    if (end->root_hash.len != sizeof root.bytes)
        return malformed(run, "its end has no Merkle root", error);
    if (!is_of_same(run, end->header))
        return malformed(run, "its beginning and its end are not of one export", error);
    memcpy(root.bytes, end->root_hash.data, sizeof root.bytes);
    uint64_t last = end->last;
    enum ledger_err err = export_reader_next(&run->reader, &item, error);
    if (err == LEDGER_E_OK && item.part != EXPORT_NOTHING)
        err = malformed(run, "it goes on after its end", error);
    progress_end(&run->progress);
    return err == LEDGER_E_OK ? ledger_restore_end(run->restore, last, &root, error) : err;
}

static enum ledger_err take_parts(struct run *run, struct ledger_error *error) {
    struct export_item item;
    enum ledger_err err = export_reader_next(&run->reader, &item, error);
    if (err == LEDGER_E_OK && item.part != EXPORT_HEADER)
        err = malformed(run, "it is no export: it does not begin with a header", error);
    if (err == LEDGER_E_OK)
        err = take_header(run, item.header, error);
    while (err == LEDGER_E_OK) {
        err = export_reader_next(&run->reader, &item, error);
        if (err != LEDGER_E_OK)
            break;
        if (item.part == EXPORT_END)
            return take_end(run, item.end, error);
        if (item.part != EXPORT_RECORD)
            return malformed(run,
                             item.part == EXPORT_NOTHING ? "it has no end: it was cut short"
                                                         : "it has two headers",
                             error);
        err = ledger_restore_add(run->restore, item.record, error);
        run->records++;
        progress_show(&run->progress, run->reader.bytes, run->file_bytes);
    }
    return err;
}

// ---- the command

static enum ledger_err tell(const struct run *run, struct ledger_error *error) {
    const struct common *common = &run->settings->common;
    if (common->json) {
        Ledger__V1__LedgerIdentity identity = LEDGER__V1__LEDGER_IDENTITY__INIT;
        struct ledger_log_identity copy = run->identity;
        identity.has_ledger_id = identity.has_epoch = 1;
        identity.ledger_id.data = copy.ledger_id.bytes;
        identity.ledger_id.len = sizeof copy.ledger_id.bytes;
        identity.epoch = copy.epoch;
        json_t *json = ledger_json_from_message(&identity.base);
        if (json != NULL)
            json_object_set_new(json, "records", json_sprintf("%" PRIu64, run->records));
        common_print_line(json);
        return LEDGER_E_OK;
    }
    struct ledger_buffer line = {0};
    format_integer(&line, (int64_t)run->records);
    ledger_buffer_printf(&line, " facts restored in %s, as epoch %" PRIu64 "\n", common->data,
                         run->identity.epoch);
    const char *text = ledger_buffer_text(&line);
    if (text != NULL)
        fputs(text, stdout);
    ledger_buffer_fini(&line);
    return text != NULL ? LEDGER_E_OK : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "printing");
}

static enum ledger_err restore(struct run *run, FILE *file, const char *path,
                               struct ledger_error *error) {
    struct stat info;
    if (fstat(fileno(file), &info) == 0 && S_ISREG(info.st_mode))
        run->file_bytes = (uint64_t)info.st_size;
    ledger_log_init("ledgerctl", LEDGER_LOG_ERROR); // that the indexes are made is no news
    progress_begin(&run->progress, "bytes", 0);
    enum ledger_err err = export_reader_init(&run->reader, file, path, error);
    if (err == LEDGER_E_OK)
        err = take_parts(run, error);
    progress_end(&run->progress);
    ledger_restore_free(run->restore);
    export_reader_fini(&run->reader);
    return err == LEDGER_E_OK ? tell(run, error) : err;
}

static enum ledger_err run_restore(const struct common *common, char **arguments, int count,
                                   struct ledger_error *error) {
    struct run run = {.settings = (const struct settings *)common};
    if (count == 0)
        return ledger_fail(error, LEDGER_E_USAGE, NULL, "expected a FILE to restore");
    const char *path = arguments[0];
    if (strcmp(path, "-") == 0)
        return restore(&run, stdin, "standard input", error);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ledger_fail(error, LEDGER_E_NO_INPUT, NULL, "%s: %s", path, strerror(errno));
    return restore(&run, file, path, error);
}

int ledgerctl_restore(int argc, char **argv) {
    struct settings settings = {0};
    return common_run(&program, argc, argv, &settings.common, 1, run_restore);
}
