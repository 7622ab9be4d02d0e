// Pages of facts from ledgerd, as `read` and `tail` ask for them.
#ifndef LEDGERCTL_READER_H
#define LEDGERCTL_READER_H

#include "common.h"
#include "ledger/arena.h"

// What `read` and `tail` have in common beside the filter.
#define FROM_OPTION(settings_type, help_text)                                                      \
    {                                                                                              \
        .name = "from", .kind = LEDGER_OPTION_TEXT, .offset = offsetof(settings_type, from),       \
        .value = "POSITION", .help = (help_text)                                                   \
    }
// 0 if the text is NULL.
LEDGER_MUST_CHECK enum ledger_err reader_position(const char *text, uint64_t *position,
                                                  struct ledger_error *error);

struct filter_options {
    const char *stream;
    const char *category;
    const char *type;
    const char *actor;
    const char *subject;
    const char *correlation;
    const char *since;
    const char *until;
    const char *share;
};

// Rows for a command's option table; `type` is its settings struct, which has a member `filter`.
#define FILTER_ROW(type, member, value_name, help_text)                                            \
    {                                                                                              \
        .name = #member, .kind = LEDGER_OPTION_TEXT, .offset = offsetof(type, filter.member),      \
        .value = (value_name), .help = (help_text)                                                 \
    }
#define FILTER_OPTIONS(settings_type)                                                              \
    FILTER_ROW(settings_type, stream, "STREAM", "only this stream, e.g. client/42"),               \
        FILTER_ROW(settings_type, category, "CATEGORY",                                            \
                   "only streams of this category, e.g. deal"),                                    \
        FILTER_ROW(settings_type, type, "TYPE[,TYPE...]", "only facts of one of these types"),     \
        FILTER_ROW(settings_type, actor, "ID", "only what this employee did"),                     \
        FILTER_ROW(settings_type, subject, "KIND/ID", "only facts about this, e.g. client/42"),    \
        FILTER_ROW(settings_type, correlation, "UUID", "only facts of this undertaking"),          \
        FILTER_ROW(settings_type, since, "TIME",                                                   \
                   "only facts recorded then or later; see TIME below"),                           \
        FILTER_ROW(settings_type, until, "TIME",                                                   \
                   "only facts recorded earlier; of a date, the day is taken in"),                 \
        FILTER_ROW(settings_type, share, "K/N",                                                    \
                   "only streams that fall to reader K of N, which share the work")

// For a command's details.
#define FILTER_DETAILS                                                                             \
    "TIME is a date (YYYY-MM-DD) or an instant (YYYY-MM-DDThh:mm:ss+hh:mm); dates, and instants\n" \
    "without an offset, are in UTC, as recorded times are shown.\n"

struct reader {
    struct ledger_client *client;
    struct ledger_arena *arena; // of the page read last
    struct ledger_arena *kept;  // of the filter and the identity
    Ledger__V1__Filter filter;
    Ledger__V1__Share share;
    Ledger__V1__LedgerIdentity identity; // of what came first: later pages must be of that ledger
    bool has_identity;
};

LEDGER_MUST_CHECK enum ledger_err reader_init(struct reader *reader, const struct common *common,
                                              const struct filter_options *options,
                                              struct ledger_error *error);
void reader_fini(struct reader *reader);
// Pages must be of that ledger from now on, if none was kept before.
LEDGER_MUST_CHECK enum ledger_err reader_keep_identity(struct reader *reader,
                                                       const Ledger__V1__LedgerIdentity *identity,
                                                       struct ledger_error *error);
// Another connection in place of one that failed; it waits for the service to come back.
LEDGER_MUST_CHECK enum ledger_err reader_reopen(struct reader *reader, const struct common *common,
                                                struct ledger_error *error);

// The conditions as they were given, for a message: "--category deal --since 2026-03-01", or "".
void reader_add_conditions(struct ledger_buffer *text, const struct filter_options *options);

// *page is valid until the next call.
LEDGER_MUST_CHECK enum ledger_err reader_page(struct reader *reader,
                                              Ledger__V1__ReadRequest *request,
                                              const Ledger__V1__ReadReply **page,
                                              struct ledger_error *error);
// The last position recorded.
LEDGER_MUST_CHECK enum ledger_err reader_head(struct reader *reader, uint64_t *head,
                                              struct ledger_error *error);

#endif
