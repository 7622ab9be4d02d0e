// A ledger in memory, and one projection's model over it, asked without a process or a socket.
#ifndef TEST_PROJECTION_FIXTURE_H
#define TEST_PROJECTION_FIXTURE_H

#include "runtime/projection.h"

struct world;

// The model is in a fresh temporary directory. Failures end the test.
struct world *world_open(const struct projection *projection);
void world_close(struct world *world);

// Writes an event, stated as JSON (ledger/json.h); `type`, `stream` and the rest as given. Its
// event id is that of its position: see event_id. Returns the position. Not applied yet.
uint64_t world_write(struct world *world, const char *format, ...) LEDGER_PRINTF(2, 3);
// The id, as text, of the event at `position`; the text lives as long as the world.
const char *event_id(struct world *world, uint64_t position);
uint64_t world_head(const struct world *world);

// Brings the model to `position` in pages of at most `page` records.
void world_apply(struct world *world, uint64_t position, uint64_t page);
// A second world over the same first `position` records, applied.
struct world *world_copy(const struct world *world, uint64_t position, uint64_t page);
// Closes the model and opens it again; as the model of `projection`, if that is not NULL.
void world_reopen(struct world *world, const struct projection *projection);
uint64_t world_checkpoint(struct world *world);
// Puts so many bytes of anything in the place of the model's data, for the next world_reopen.
void world_spoil(struct world *world, size_t bytes);
// How often the model asked for an event by its id.
uint64_t world_fetches(const struct world *world);
// Models in the directory, of whatever fold.
size_t world_models(const struct world *world);
// Text of every row of the model: key, span, time, value.
char *world_dump(struct world *world);

// Applies what is new and asks. `parameters`: names and values in turn, then NULL.
Ledger__V1__QueryReply *world_ask(struct world *world, const char *query, ...)
    __attribute__((sentinel));
// The error of a question that must fail.
enum ledger_err world_refuse(struct world *world, struct ledger_error *error, const char *query,
                             ...) __attribute__((sentinel));

// A value as text: "12", "0.6315", "10.50 USD", "2017-03-31", "none"; "no row" beyond the last.
const char *cell(struct world *world, const Ledger__V1__QueryReply *reply, const char *table,
                 size_t row, const char *column);
size_t row_count(const Ledger__V1__QueryReply *reply, const char *table);
// How many rows a limit cut off the table.
uint64_t rows_left_off(const Ledger__V1__QueryReply *reply, const char *table);
// The packed tables and notes: equal for equal answers.
struct ledger_span answer_bytes(struct world *world, const Ledger__V1__QueryReply *reply);
bool has_note(const Ledger__V1__QueryReply *reply, const char *part);

#define assert_cell(reply, table, row, column, text)                                               \
    assert_string_equal(cell(world, reply, table, row, column), text)

#endif
