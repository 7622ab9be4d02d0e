#include "import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bookkeeping.h"
#include "common.h"
#include "csv_reader.h"
#include "ledger/config.h"
#include "map.h"
#include "memo.h"
#include "report.h"
#include "rows.h"
#include "sender.h"

enum { PROGRESS_ROWS = 64 };

struct settings {
    struct common common;
    const char *map;
    const char *lookup;
    const char *rejects;
    bool dry_run;
};

#define FIELD(name) offsetof(struct settings, name)
static const struct ledger_option options[] = {
    {"map", LEDGER_OPTION_TEXT, FIELD(map), NULL, 0, 0, "MAP", NULL,
     "the mapping file (YAML); must be given"},
    {"lookup", LEDGER_OPTION_TEXT, FIELD(lookup), NULL, 0, 0, "NAME=FILE", NULL,
     "another file for a look-up table of the map; may be given several times"},
    {"rejects", LEDGER_OPTION_TEXT, FIELD(rejects), NULL, 0, 0, "FILE", NULL,
     "write all rejected rows there, as CSV: file, line, code, field, reason"},
    {"dry-run", LEDGER_OPTION_FLAG, FIELD(dry_run), NULL, 0, 0, NULL, NULL,
     "map and check every row, send nothing; needs no ledger"},
    COMMON_OPTIONS(struct settings),
};

static const struct ledger_program program = {
    .name = "ledgerctl import",
    .usage = "--map MAP [options] FILE...",
    .summary = "Turns the rows of CSV files, plain or .gz, into facts as a mapping file says.",
    .details =
        "Each row is accepted (it added at least one fact), duplicate (all it says is there) or\n"
        "rejected (with its line, a code and a reason); rows = accepted + duplicate + rejected.\n"
        "The same file may be imported again at any time: it adds nothing but a record of the "
        "run.\n"
        "A dry run says what the file by itself would add; what the ledger has, it does not know.\n"
        "Exit status: 0, or 65 if rows were rejected. deploy/maps/README.md explains mapping "
        "files.",
    .environment_prefix = "LEDGERCTL",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
};

// One run.
struct run {
    const struct settings *settings;
    struct import_map *map;
    const char *url; // where appends are taken; NULL in a dry run
    struct import_report *report;
};

struct outcome {
    bool rejected; // some rows
    bool told;     // the summary has been printed, and holds the error if there is one
};

// ---- rows of one file

static enum ledger_err row_take(const struct run *run, const struct import_csv *csv,
                                const struct import_csv_row *cells, struct import_memo *memo,
                                struct import_sender *sender, struct ledger_error *error) {
    struct ledger_arena *arena = NULL;
    struct import_row row;
    enum ledger_err err = import_sender_room(sender, &arena, error);
    if (err != LEDGER_E_OK)
        return err;
    err = import_row_map(run->map, csv, cells, memo, arena, &row);
    if (err == LEDGER_E_OK)
        err = import_sender_add(sender, &row, true);
    return err == LEDGER_E_OK ? err : ledger_fail(error, err, NULL, "mapping a row");
}

static enum ledger_err rows_take(const struct run *run, struct import_csv *csv,
                                 struct import_memo *memo, struct import_sender *sender,
                                 struct ledger_error *error) {
    for (uint64_t count = 0;; count++) {
        const struct import_csv_row *cells = NULL;
        enum ledger_err err = import_csv_next(csv, &cells, error);
        if (err != LEDGER_E_OK || cells == NULL) {
            // A file that breaks off has told what it told.
            struct ledger_error flushing = {0};
            enum ledger_err flushed = import_sender_flush(sender, &flushing);
            if (err == LEDGER_E_OK && flushed != LEDGER_E_OK) {
                *error = flushing;
                err = flushed;
            }
            return err;
        }
        err = row_take(run, csv, cells, memo, sender, error);
        if (err != LEDGER_E_OK)
            return err;
        if (count % PROGRESS_ROWS == 0)
            import_report_progress(run->report, import_csv_progress(csv));
    }
}

static enum ledger_err batch_record(const struct run *run, const struct import_batch_id *batch,
                                    struct import_sender *sender, struct ledger_error *error) {
    struct ledger_arena *arena = NULL;
    struct import_counts *counts = import_report_counts(run->report);
    enum ledger_err err = import_sender_room(sender, &arena, error);
    if (err != LEDGER_E_OK)
        return err;
    struct import_event event = {0};
    err = import_finished_make(batch, run->map, counts, arena, &event, error);
    struct import_row row = {.events = &event, .count = 1};
    if (err == LEDGER_E_OK && import_sender_add(sender, &row, false) != LEDGER_E_OK)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "recording the import");
    // `event` must last until it is sent.
    return err == LEDGER_E_OK ? import_sender_flush(sender, error) : err;
}

static enum ledger_err file_send(const struct run *run, const struct import_batch_id *batch,
                                 struct import_csv *csv, struct ledger_error *error) {
    struct import_memo memo;
    struct import_sender *sender = NULL;
    struct import_counts *counts = import_report_counts(run->report);
    const struct import_sender_options sender_options = {
        .url = run->url,
        .timeout_ms = (uint32_t)run->settings->common.timeout_s * 1000,
        .batch = batch,
        .on_row = import_report_row,
        .user = run->report,
    };
    enum ledger_err err = import_sender_new(&sender_options, &sender, error);
    if (err != LEDGER_E_OK)
        return err;
    err = import_memo_init(&memo) == LEDGER_E_OK
              ? rows_take(run, csv, &memo, sender, error)
              : ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "mapping rows");
    import_sender_count(sender, counts);
    if (err == LEDGER_E_OK && run->url != NULL) {
        err = batch_record(run, batch, sender, error);
        import_sender_count(sender, counts);
    }
    import_report_file_end(run->report, err == LEDGER_E_OK);
    import_sender_free(sender);
    import_memo_fini(&memo);
    return err;
}

static enum ledger_err file_import(const struct run *run, const char *path,
                                   struct ledger_error *error) {
    struct import_csv *csv = NULL;
    struct import_batch_id batch;
    import_report_file_begin(run->report, path);
    enum ledger_err err = import_csv_open(path, &run->map->csv, &csv, error);
    if (err != LEDGER_E_OK)
        return err;
    err = import_map_bind(run->map, csv, error);
    if (err == LEDGER_E_OK)
        err = import_batch_identify(run->map->scope.system, path, &batch, error);
    if (err == LEDGER_E_OK)
        err = file_send(run, &batch, csv, error);
    import_csv_close(csv);
    return err;
}

// ---- a run

// The config table keeps the last of several; look-up tables want them all.
static size_t lookups_collect(int argc, char **argv, const char **pairs) {
    size_t count = 0;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--lookup") == 0 && i + 1 < argc)
            pairs[count++] = argv[++i];
        else if (strncmp(argv[i], "--lookup=", 9) == 0)
            pairs[count++] = argv[i] + 9;
    return count;
}

static enum ledger_err map_open(const struct settings *settings, const char *first_file,
                                const char *const *lookups, size_t lookup_count,
                                struct import_map **map, struct ledger_error *error) {
    const char *slash = strrchr(first_file, '/');
    char *folder = slash != NULL ? strndup(first_file, (size_t)(slash - first_file)) : strdup(".");
    if (folder == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading a map");
    const struct import_map_options map_options = {
        .lookup_files = lookups,
        .lookup_file_count = lookup_count,
        .data_folder = folder,
    };
    enum ledger_err err = import_map_load(settings->map, &map_options, map, error);
    free(folder);
    return err;
}

static enum ledger_err run_files(struct run *run, char **files, int count,
                                 struct ledger_error *error) {
    for (int i = 0; i < count; i++) {
        enum ledger_err err = file_import(run, files[i], error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return LEDGER_E_OK;
}

static enum ledger_err import_run(const struct settings *settings, char **files, int count,
                                  const char *const *lookups, size_t lookup_count,
                                  struct outcome *outcome, struct ledger_error *error) {
    struct run run = {.settings = settings};
    const struct import_report_options report_options = {.json = settings->common.json,
                                                         .dry_run = settings->dry_run,
                                                         .rejects_path = settings->rejects};
    enum ledger_err err = map_open(settings, files[0], lookups, lookup_count, &run.map, error);
    if (err != LEDGER_E_OK)
        return err;
    char url[COMMON_URL_SIZE];
    if (!settings->dry_run) {
        run.url = url;
        err = common_url(&settings->common, "append", url, error);
    }
    if (err != LEDGER_E_OK)
        goto free_map;
    err = import_report_new(&report_options, &run.report, error);
    if (err != LEDGER_E_OK)
        goto free_map;
    err = run_files(&run, files, count, error);
    import_report_end(run.report, err != LEDGER_E_OK ? error : NULL);
    outcome->told = true;
    outcome->rejected = import_report_any_rejected(run.report);
    struct ledger_error closing = {0};
    if (import_report_close(run.report, &closing) != LEDGER_E_OK && err == LEDGER_E_OK) {
        *error = closing;
        err = closing.code;
    }
free_map:
    import_map_free(run.map);
    return err;
}

int ledgerctl_import(int argc, char **argv) {
    struct settings settings = {0};
    struct ledger_error error = {0};
    int rest = 0;
    bool done = false;
    struct outcome outcome = {0};
    const char **lookups = calloc((size_t)argc + 1, sizeof *lookups);
    if (lookups == NULL)
        return ledger_err_exit(LEDGER_E_NO_MEMORY);
    size_t lookup_count = lookups_collect(argc, argv, lookups);
    enum ledger_err err =
        ledger_config_flags(&program, argc - 1, argv + 1, &settings, &rest, &done, &error);
    if (err == LEDGER_E_OK && !done && (settings.map == NULL || rest == 0))
        err = ledger_fail(&error, LEDGER_E_USAGE, NULL,
                          "expected --map MAP and at least one FILE (see --help)");
    if (err == LEDGER_E_OK && !done)
        err = import_run(&settings, argv + 1, rest, lookups, lookup_count, &outcome, &error);
    free(lookups);
    if (err != LEDGER_E_OK) {
        error.code = err;
        return common_fail("import", settings.common.json && !outcome.told, &error);
    }
    return outcome.rejected ? ledger_err_exit(LEDGER_E_INVALID_VALUE) : 0;
}
