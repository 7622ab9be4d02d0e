// What a projection is, to the runtime that runs it: one pure function from a fact to rows, and
// queries over those rows. The runtime does the rest: it follows the ledger, resolves corrections
// and retractions into effective facts, keeps every row with the span of positions in which it was
// known, commits rows and checkpoint together, and answers requests.
//
// As-of comes from that span alone. A row known from position 10, and replaced by a correction at
// position 25, is seen by a view at 10..24 and by none later; nothing is ever overwritten. So the
// answer at the head and the answer as of last year are computed by the same code.
#ifndef PROJECTION_H
#define PROJECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger/arena.h"
#include "ledger/error.h"
#include "ledger/event.h"
#include "ledger/facts.h"
#include "ledger/moment.h"
#include "ledger/span.h"
#include "ledger/v1/query.pb-c.h"

// ---- facts in

// A fact as it is effective from `known_from` on.
struct projection_fact {
    uint64_t position;   // of the root fact: its place in the order, and its identity
    uint64_t known_from; // of the fact that brought this version: == position, or a correction's
    const struct ledger_fact_type *type;
    const ProtobufCMessage *payload;   // as corrected, if it is
    const Ledger__V1__Record *record;  // the root's record: envelope and personal parts
    const Ledger__V1__Record *version; // of the fact that brought this version; == record, or a
                                       // correction's
    struct ledger_moment occurred;     // as corrected, if it is
};

// Who did it. PROJECTION_NOBODY where the fact does not say.
#define PROJECTION_NOBODY "unknown"
const char *projection_actor(const struct projection_fact *fact);
// The id of the first subject of that kind, or NULL.
const char *projection_subject(const Ledger__V1__Record *record, const char *kind);
// The personal part of `person_id`: the correction's, if that has one. NULL if there is none, or if
// it is sealed.
const Ledger__V1__PersonalValues *projection_personal(const struct projection_fact *fact,
                                                      const char *person_id);
// The name in it; the root's, if a correction gives none.
const char *projection_person_name(const struct projection_fact *fact, const char *person_id);
// From the fact to its first record: of an imported fact, the one in its source; of one of our own,
// the ledger's. False if that cannot be told. A date counts at the end of its day; what was entered
// on that day was not late.
bool projection_entry_delay(const struct projection_fact *fact, int64_t *seconds);

// ---- rows out
struct projection_rows; // collects what one fact maps to

// A key in the making: parts that sort as their values do. Sticky overflow: the fact of a key that
// is too long is set aside, and so a scan for such a key finds nothing.
enum { PROJECTION_KEY_SIZE_MAX = 490 };
struct projection_key {
    uint8_t bytes[PROJECTION_KEY_SIZE_MAX];
    size_t size;
    bool failed;
};
void projection_key_text(struct projection_key *key, const char *text); // NULL = ""
void projection_key_day(struct projection_key *key, int32_t day);
void projection_key_i64(struct projection_key *key, int64_t number);
void projection_key_u64(struct projection_key *key, uint64_t number);

// Tables are numbered by the projection, 1..250. Several facts may put rows under one key: a row
// is identified by (table, key, position of the root, known_from). One fact may put several rows,
// but only one under one key.
void projection_rows_put(struct projection_rows *rows, uint8_t table,
                         const struct projection_key *key, struct ledger_span value);

// A value in the making: fields one after the other, read back in the same order. The buffer is
// empty, and belongs to `rows`: put it before asking for the next.
struct ledger_buffer *projection_rows_value(struct projection_rows *rows);
void projection_value_text(struct ledger_buffer *value, const char *text); // NULL stays NULL
void projection_value_number(struct ledger_buffer *value, int64_t number);

// For map_written: the packed record, as it is stored and hashed.
struct ledger_span projection_rows_record(const struct projection_rows *rows);

// Reading past the end, or at another field's place, gives NULL or 0.
struct projection_reader {
    struct ledger_span rest;
};
// Points into the row.
const char *projection_read_text(struct projection_reader *reader);
int64_t projection_read_number(struct projection_reader *reader);

// ---- views: what is known at a position, and has happened by a time
struct projection_view;

uint64_t projection_view_position(const struct projection_view *view);
// NULL unless the question asks as of an occurred time.
const struct ledger_moment *projection_view_occurred(const struct projection_view *view);
// The question's `now`; days and micros. LEDGER_WHEN_UNKNOWN if it gave none.
const struct ledger_moment *projection_view_now(const struct projection_view *view);
// What a question that looks at the calendar takes for now: its `now`; else the time that it asks
// as of; else the latest day, in UTC, on which a fact known at the position was recorded. Unknown
// if nothing was. Never the clock of the machine: the same question has the same answer for ever.
struct ledger_moment projection_view_today(struct projection_view *view);
// Whether a is later than b: by the instants, if both are; else by their local days. False if
// either is unknown.
bool projection_after(const struct ledger_moment *a, const struct ledger_moment *b);
struct ledger_arena *projection_view_arena(struct projection_view *view);

struct projection_row {
    struct ledger_span key; // without table number and suffix
    struct ledger_span value;
    uint64_t position;
    uint64_t known_from;
    struct ledger_moment occurred;
};
struct projection_cursor;
// Rows of `table` whose key starts with `prefix` (NULL = all), in key order, then by position;
// only those the view sees. Rows of facts with an unknown time are passed over when the view has
// an occurred limit, and counted (projection_view_unknown), unless `with_unknown_time`.
// Rows are borrowed until the view ends. Scans may nest. Failures stick to the view: the rows end,
// and the question is answered with the error.
struct projection_cursor *projection_scan(struct projection_view *view, uint8_t table,
                                          const struct projection_key *prefix,
                                          bool with_unknown_time);
// As that, but from the first key on that is not before `from`, which begins with the prefix.
struct projection_cursor *projection_scan_from(struct projection_view *view, uint8_t table,
                                               const struct projection_key *prefix,
                                               const struct projection_key *from,
                                               bool with_unknown_time);
bool projection_next(struct projection_cursor *cursor, struct projection_row *row);
void projection_scan_end(struct projection_cursor *cursor);
uint64_t projection_view_unknown(const struct projection_view *view);
// The row under exactly this prefix that is latest by (occurred, position): the current name of
// something. Unknown times come before all others. False if there is none.
bool projection_latest(struct projection_view *view, uint8_t table,
                       const struct projection_key *prefix, struct projection_row *row);
// The same for what only labels other rows (names, definitions): if there was none yet at the
// view's occurred time, the first that came later.
bool projection_standing(struct projection_view *view, uint8_t table,
                         const struct projection_key *prefix, struct projection_row *row);
// The first text in the value of the row that stands under the key (id). NULL if there is none.
const char *projection_name(struct projection_view *view, uint8_t table, const char *id);

// Whether any of the tables has a row, of any time, whose key begins with the id.
bool projection_knows(struct projection_view *view, const uint8_t *tables, size_t count,
                      const char *id);

// Splits key parts in the order they were written; each returns false at a key's end.
bool projection_key_read_text(struct ledger_span *key, struct ledger_span *text);
bool projection_key_read_day(struct ledger_span *key, int32_t *day);
bool projection_key_read_i64(struct ledger_span *key, int64_t *number);
bool projection_key_read_u64(struct ledger_span *key, uint64_t *number);

// Merges (ClientsMerged, MergeReversed) as known at the view's position, whatever their occurred
// time. The runtime follows them for every projection. A merge of what earlier ones have joined is
// ignored; answers that ask for one of its ids say so in their notes.
// The client that this id stands for now: the survivor, or the id itself.
const char *projection_view_client(struct projection_view *view, const char *client_id);
// Whether both ids stand for one client now. For filters: the answer is not about `id` yet.
bool projection_view_is_client(struct projection_view *view, const char *id, const char *client_id);
// The ids whose facts are that client's: the survivor first, then the merged ones in order.
size_t projection_view_client_ids(struct projection_view *view, const char *client_id,
                                  const char *const **ids);

// The chain of corrections and retractions of a root fact, as known at the view's position, in
// order of position.
struct projection_amendment {
    uint64_t position;
    bool retraction;
    bool effective; // false: taken back by a later one, or outdone by a later correction
    bool decides;   // the one that says what the fact is; the rest take back others, or are void
    struct ledger_span event_id;
};
size_t projection_view_amendments(struct projection_view *view, uint64_t position,
                                  const struct projection_amendment **amendments);
// The root fact that the event (an amendment, or the root itself) belongs to the chain of. 0 if it
// is in no chain known at the view's position.
uint64_t projection_view_root(struct projection_view *view, struct ledger_span event_id);

// ---- questions
struct projection_arguments;
// The value of a parameter, or NULL. Names are those of the query's table row.
const char *projection_argument(const struct projection_arguments *arguments, const char *name);
// Each sets *present to false if the parameter is absent. LEDGER_E_INVALID_VALUE names it.
LEDGER_MUST_CHECK enum ledger_err
projection_argument_day(const struct projection_arguments *arguments, const char *name,
                        int32_t *day, bool *present, struct ledger_error *error);
LEDGER_MUST_CHECK enum ledger_err
projection_argument_u64(const struct projection_arguments *arguments, const char *name,
                        uint64_t *number, bool *present, struct ledger_error *error);
// A type of fact, registered or an organisation's own; NULL if the parameter is absent.
// LEDGER_E_UNKNOWN_TYPE.
LEDGER_MUST_CHECK enum ledger_err
projection_argument_type(const struct projection_arguments *arguments, const char *name,
                         const char **type, struct ledger_error *error);

// The parameters `from` and `to`: days, both included. LEDGER_E_INVALID_VALUE, also if `from` is
// the later.
struct projection_period {
    int32_t from, to; // INT32_MIN, INT32_MAX = open
};
#define PROJECTION_PERIOD_PARAMETERS                                                               \
    {"from", "DATE", "only what happened on this local day or later"}, {                           \
        "to", "DATE", "only what happened on this local day or earlier"                            \
    }
LEDGER_MUST_CHECK enum ledger_err
projection_argument_period(const struct projection_arguments *arguments,
                           struct projection_period *period, struct ledger_error *error);
bool projection_period_is_open(const struct projection_period *period);
// An unknown time is in no period but the open one.
bool projection_period_holds(const struct projection_period *period,
                             const struct ledger_moment *moment);

// LEDGER_E_NO_MEMORY, with a message.
enum ledger_err projection_no_memory(struct ledger_error *error);

// ---- answers: typed tables
struct projection_answer;
enum projection_kind {
    PROJECTION_TEXT = LEDGER__V1__VALUE_KIND__TEXT,
    PROJECTION_ID = LEDGER__V1__VALUE_KIND__ID,
    PROJECTION_INTEGER = LEDGER__V1__VALUE_KIND__INTEGER,
    PROJECTION_RATIO = LEDGER__V1__VALUE_KIND__RATIO,
    PROJECTION_MONEY = LEDGER__V1__VALUE_KIND__MONEY,
    PROJECTION_DATE = LEDGER__V1__VALUE_KIND__DATE,
    PROJECTION_INSTANT = LEDGER__V1__VALUE_KIND__INSTANT,
    PROJECTION_JSON = LEDGER__V1__VALUE_KIND__JSON,
    PROJECTION_FLAG = LEDGER__V1__VALUE_KIND__FLAG,
};
struct projection_column {
    const char *name;  // snake_case
    const char *title; // for people
    enum projection_kind kind;
    bool detail; // shown in a table only where there is room
};
#define PROJECTION_COLUMNS(columns) (columns), sizeof(columns) / sizeof((columns)[0])
// Starts a table; values follow row by row, in column order. Texts are copied. Failures stick: the
// question is answered with the error. A figure that does not fit into 64 bits is none, and a note
// says in which row: it takes no other figure away.
void projection_answer_table(struct projection_answer *answer, const char *name, const char *title,
                             const struct projection_column *columns, size_t count);
void projection_answer_text(struct projection_answer *answer, const char *text); // NULL = none
void projection_answer_integer(struct projection_answer *answer, __int128 number);
void projection_answer_none(struct projection_answer *answer);
// numerator / denominator to 4 decimals, half-even; none if the denominator is 0.
void projection_answer_ratio(struct projection_answer *answer, __int128 numerator,
                             __int128 denominator);
// `minor` in the currency's minor unit.
void projection_answer_money(struct projection_answer *answer, __int128 minor,
                             const char *currency);
// minor / denominator, in the currency's major unit, as a ratio. A ratio does not name its
// currency: a table with such a column has one that does.
void projection_answer_money_ratio(struct projection_answer *answer, __int128 minor,
                                   __int128 denominator, const char *currency);
// In a TEXT column as precisely as it is known ("2013-08-01", "2016-01-02T01:00:01+01:00",
// "unknown"); in a DATE column the local day; in an INSTANT column none unless it is one.
void projection_answer_moment(struct projection_answer *answer, const struct ledger_moment *moment);
void projection_answer_day(struct projection_answer *answer, int32_t day);
void projection_answer_flag(struct projection_answer *answer, bool flag);
// Whether a column is a detail, where that depends on the rows. For the table begun last.
void projection_answer_detail(struct projection_answer *answer, const char *column, bool detail);
// Rows beyond the limit are counted and not kept. 0 = no limit. For the table begun last.
void projection_answer_limit(struct projection_answer *answer, uint64_t rows);
// As if so many rows had gone beyond the limit: for tables that keep the last rows.
void projection_answer_left_off(struct projection_answer *answer, uint64_t rows);
void projection_answer_note(struct projection_answer *answer, const char *format, ...)
    LEDGER_PRINTF(2, 3);
// For notes: "36,627", and "1 fact" or "36,627 facts". Never NULL.
const char *projection_number(struct projection_answer *answer, uint64_t number);
const char *projection_count(struct projection_answer *answer, uint64_t number, const char *one,
                             const char *many);
// Says what was taken for now, if the question does not.
void projection_answer_note_today(struct projection_answer *answer, struct projection_view *view);
// "Nothing is known of client 42." The answer stays empty.
void projection_answer_nothing_known(struct projection_answer *answer, const char *kind,
                                     const char *id);

struct projection_parameter {
    const char *name;
    const char *value; // what it takes: "DATE", "N"; "ID", of LEDGER_ID_SIZE_MAX bytes at most
    const char *help;
    bool required;
};
struct projection_query {
    const char *name;
    const char *help;
    const struct projection_parameter *parameters; // ends with a NULL name; may be NULL
    enum ledger_err (*answer)(struct projection_view *view,
                              const struct projection_arguments *arguments,
                              struct projection_answer *answer, struct ledger_error *error);
};

// ---- the projection
struct projection {
    const char *name; // "rep-activity"
    const char *summary;
    uint32_t fold_version; // raise it whenever `map` gives other rows: the model is rebuilt
    // The oldest fold whose rows the queries still read; 0 = no other's. A model of one of these
    // goes on answering until the new one has come as far; without, questions are refused so long.
    uint32_t rows_since;
    // The fact types it wants; NULL = all. Corrections, retractions and merges come in any case.
    const enum ledger_fact *types;
    size_t type_count;
    // Pure: the same fact gives the same rows, always. A fact it cannot use: an error, and the
    // fact is set aside with that reason and counted. LEDGER_E_NO_MEMORY is tried again instead.
    enum ledger_err (*map)(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error);
    // May be NULL. Rows for a fact as it was written, whatever becomes of it later: called once
    // for every record, of known types or not, amendments included (`root` is then what they
    // amend; of a MergeReversed, the merge that it names; else NULL). For histories that show
    // corrections beside what they correct.
    enum ledger_err (*map_written)(const Ledger__V1__Record *record, const Ledger__V1__Record *root,
                                   struct projection_rows *rows, struct ledger_error *error);
    const struct projection_query *queries; // the first is asked when none is named
    size_t query_count;
};

// The whole process: settings from argv, follow, serve, stop on SIGINT or SIGTERM. Returns the
// exit status.
int projection_main(const struct projection *projection, int argc, char **argv);

#endif
