// Questions to the ledger and to projections. An answer is read by the names of its columns, so
// that a projection may gain some.
#include <inttypes.h>
#include <string.h>

#include "reactor.h"

static enum ledger_err no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a question");
}

static enum ledger_err no_such_answer(const char *from, struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%s answered something else", from);
}

enum ledger_err ask_head(struct peers *peers, struct ledger_arena *arena, uint64_t *head,
                         struct ledger_identity *identity, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__StatusRequest body = LEDGER__V1__STATUS_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    request.body_case = LEDGER__V1__REQUEST__BODY_STATUS;
    request.status = &body;
    enum ledger_err err = peers_call(peers, "read", &request, arena, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    const Ledger__V1__StatusReply *status = reply->status;
    if (reply->body_case != LEDGER__V1__REPLY__BODY_STATUS || status->identity == NULL ||
        status->identity->ledger_id.len != sizeof identity->ledger_id.bytes)
        return no_such_answer("ledgerd", error);
    *head = status->head;
    memcpy(identity->ledger_id.bytes, status->identity->ledger_id.data,
           sizeof identity->ledger_id.bytes);
    identity->epoch = status->identity->epoch;
    return LEDGER_E_OK;
}

enum ledger_err ask_projection(struct peers *peers, const char *projection, const char *query,
                               uint64_t head, const Ledger__V1__Parameter *parameters, size_t count,
                               struct ledger_arena *arena, const Ledger__V1__QueryReply **answer,
                               struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__QueryRequest body = LEDGER__V1__QUERY_REQUEST__INIT;
    Ledger__V1__Parameter wait_for = LEDGER__V1__PARAMETER__INIT;
    Ledger__V1__Parameter as_of = LEDGER__V1__PARAMETER__INIT;
    Ledger__V1__Reply *reply;
    Ledger__V1__Parameter **list = ledger_arena_calloc(arena, (count + 2) * sizeof *list);
    wait_for.name = text_of("wait-for");
    wait_for.value = ledger_arena_printf(arena, "%" PRIu64, head);
    // What has come in since, our own facts of this round too, is for the next one.
    as_of.name = text_of("as-of-position");
    as_of.value = wait_for.value;
    if (list == NULL || wait_for.value == NULL)
        return no_memory(error);
    for (size_t i = 0; i < count; i++)
        list[i] = (Ledger__V1__Parameter *)(uintptr_t)&parameters[i]; // the struct has no const
    list[count] = &wait_for;
    list[count + 1] = &as_of;
    body.query = text_of(query);
    body.n_parameters = count + 2;
    body.parameters = list;
    request.body_case = LEDGER__V1__REQUEST__BODY_QUERY;
    request.query = &body;
    enum ledger_err err = peers_call(peers, projection, &request, arena, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    if (reply->body_case != LEDGER__V1__REPLY__BODY_QUERY)
        return no_such_answer(projection, error);
    *answer = reply->query;
    return LEDGER_E_OK;
}

enum ledger_err ask_records(struct peers *peers, const struct read_ask *ask,
                            struct ledger_arena *arena, const Ledger__V1__ReadReply **page,
                            struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__ReadRequest body = LEDGER__V1__READ_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    body.has_from = body.has_max_events = body.has_reverse = true;
    body.from = ask->from;
    body.filter = (Ledger__V1__Filter *)(uintptr_t)ask->filter; // the struct has no const
    body.max_events = ask->events_max;
    body.reverse = ask->reverse;
    request.body_case = LEDGER__V1__REQUEST__BODY_READ;
    request.read = &body;
    enum ledger_err err = peers_call(peers, "read", &request, arena, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    if (reply->body_case != LEDGER__V1__REPLY__BODY_READ)
        return no_such_answer("ledgerd", error);
    for (size_t i = 0; i < reply->read->n_records; i++)
        if (reply->read->records[i]->event == NULL)
            return no_such_answer("ledgerd", error);
    *page = reply->read;
    return LEDGER_E_OK;
}

enum ledger_err ask_event(struct peers *peers, uint64_t position, struct ledger_arena *arena,
                          const Ledger__V1__Event **event, struct ledger_error *error) {
    const struct read_ask ask = {.from = position, .events_max = 1};
    const Ledger__V1__ReadReply *page;
    enum ledger_err err = ask_records(peers, &ask, arena, &page, error);
    if (err != LEDGER_E_OK)
        return err;
    if (page->n_records != 1 || page->records[0]->position != position)
        return ledger_fail(error, LEDGER_E_NOT_FOUND, NULL, "the ledger has no position %" PRIu64,
                           position);
    *event = page->records[0]->event;
    return LEDGER_E_OK;
}

// ---- answers
enum ledger_err answer_find_table(const Ledger__V1__QueryReply *answer, const char *name,
                                  const Ledger__V1__Table **table, struct ledger_error *error) {
    for (size_t i = 0; i < answer->n_tables; i++) {
        *table = answer->tables[i];
        if ((*table)->name != NULL && strcmp((*table)->name, name) == 0)
            return LEDGER_E_OK;
    }
    return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "the answer has no table %s", name);
}

static size_t column_of(const struct reactor_row *row, const char *column) {
    const Ledger__V1__Table *table = row->table;
    size_t at = 0;
    while (at < table->n_columns &&
           (table->columns[at]->name == NULL || strcmp(table->columns[at]->name, column) != 0))
        at++;
    return at;
}

static const Ledger__V1__Value *value(const struct reactor_row *row, const char *column) {
    size_t at = column_of(row, column);
    return at < row->row->n_values ? row->row->values[at] : NULL;
}

Ledger__V1__ValueKind row_kind(const struct reactor_row *row, const char *column) {
    size_t at = column_of(row, column);
    return at < row->table->n_columns ? row->table->columns[at]->kind
                                      : LEDGER__V1__VALUE_KIND__VALUE_KIND_UNSPECIFIED;
}

const char *row_text(const struct reactor_row *row, const char *column) {
    const Ledger__V1__Value *found = value(row, column);
    return found != NULL ? found->text : NULL;
}

bool row_integer(const struct reactor_row *row, const char *column, int64_t *number) {
    const Ledger__V1__Value *found = value(row, column);
    if (found == NULL || !found->has_integer)
        return false;
    *number = found->integer;
    return true;
}
