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
    Ledger__V1__Reply *reply;
    Ledger__V1__Parameter **list = ledger_arena_calloc(arena, (count + 1) * sizeof *list);
    wait_for.name = (char *)"wait-for";
    wait_for.value = ledger_arena_printf(arena, "%" PRIu64, head);
    if (list == NULL || wait_for.value == NULL)
        return no_memory(error);
    for (size_t i = 0; i < count; i++)
        list[i] = (Ledger__V1__Parameter *)(uintptr_t)&parameters[i]; // the struct has no const
    list[count] = &wait_for;
    body.query = (char *)(uintptr_t)query;
    body.n_parameters = count + 1;
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

enum ledger_err ask_event(struct peers *peers, uint64_t position, struct ledger_arena *arena,
                          const Ledger__V1__Event **event, struct ledger_error *error) {
    Ledger__V1__Request request = LEDGER__V1__REQUEST__INIT;
    Ledger__V1__ReadRequest body = LEDGER__V1__READ_REQUEST__INIT;
    Ledger__V1__Reply *reply;
    body.has_from = body.has_max_events = true;
    body.from = position;
    body.max_events = 1;
    request.body_case = LEDGER__V1__REQUEST__BODY_READ;
    request.read = &body;
    enum ledger_err err = peers_call(peers, "read", &request, arena, &reply, error);
    if (err != LEDGER_E_OK)
        return err;
    if (reply->body_case != LEDGER__V1__REPLY__BODY_READ || reply->read->n_records != 1 ||
        reply->read->records[0]->position != position || reply->read->records[0]->event == NULL)
        return ledger_fail(error, LEDGER_E_NOT_FOUND, NULL, "the ledger has no position %" PRIu64,
                           position);
    *event = reply->read->records[0]->event;
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

static const Ledger__V1__Value *value(const struct reactor_row *row, const char *column) {
    const Ledger__V1__Table *table = row->table;
    for (size_t i = 0; i < table->n_columns && i < row->row->n_values; i++)
        if (table->columns[i]->name != NULL && strcmp(table->columns[i]->name, column) == 0)
            return row->row->values[i];
    return NULL;
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
