// The end of an answer: what did not fit is noted, and the tables become the reply.
#include "answer_internal.h"

#include <assert.h>
#include <string.h>

#include "ledger/limits.h"

// What names the row that the figure is in: its first id, else its first short text.
static const char *row_name(const struct unwritten *unwritten) {
    const struct table *table = unwritten->table;
    const Ledger__V1__Row *row = table->message.rows[unwritten->row];
    const enum projection_kind kinds[] = {PROJECTION_ID, PROJECTION_TEXT};
    for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++)
        for (size_t i = 0; i < row->n_values; i++)
            if (table->columns[i].kind == kinds[kind] && row->values[i]->text &&
                strlen(row->values[i]->text) <= LEDGER_ID_SIZE_MAX)
                return row->values[i]->text;
    return NULL;
}

static void note_unwritten(struct projection_answer *answer) {
    const struct unwritten *unwritten = &answer->unwritten;
    if (!unwritten->count || answer->failed)
        return;
    const struct table *table = unwritten->table;
    const char *name = row_name(unwritten);
    projection_answer_note(
        answer, "%s too large to be written and left empty%s %s in row %s%s%s%s of %s.",
        projection_count(answer, unwritten->count, "figure is", "figures are"),
        unwritten->count == 1 ? ":" : ", the first of them",
        table->columns[unwritten->column].title, projection_number(answer, unwritten->row + 1),
        name ? " (" : "", name ? name : "", name ? ")" : "", table->message.title);
}

enum ledger_err projection_answer_end(struct projection_answer *answer,
                                      Ledger__V1__QueryReply *reply, struct ledger_error *error) {
    note_unwritten(answer);
    reply->tables =
        ledger_arena_calloc(answer->arena, (answer->table_count + 1) * sizeof *reply->tables);
    if (answer->failed || !reply->tables)
        return projection_no_memory(error);
    for (size_t i = 0; i < answer->table_count; i++) {
        struct table *table = answer->tables[i];
        assert(table->filled == 0);
        table->message.has_rows_left_off = table->message.rows_left_off > 0;
        reply->tables[i] = &table->message;
    }
    reply->n_tables = answer->table_count;
    reply->notes = answer->notes;
    reply->n_notes = answer->note_count;
    if (ledger__v1__query_reply__get_packed_size(reply) > LEDGER_REPLY_SIZE_MAX - 4096)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, NULL,
                           "the answer is too large: narrow the question, or set a limit");
    return LEDGER_E_OK;
}
