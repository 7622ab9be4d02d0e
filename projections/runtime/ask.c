// One question, from its position to its answer. The same question at the same position gets the
// same bytes, whenever it is asked.
#include "projection_internal.h"

enum ledger_err projection_question_resolve(struct projection_question *question,
                                            const struct projection_ledger *ledger,
                                            uint64_t *needed, struct ledger_error *error) {
    if (question->has_recorded && !question->has_position) {
        enum ledger_err err = ledger->locate(ledger->user, question->recorded_at,
                                             &question->position, &question->settled, error);
        if (err)
            return err;
        question->has_position = true;
    }
    uint64_t position = question->has_position ? question->position : 0;
    *needed = position > question->wait_for ? position : question->wait_for;
    return LEDGER_E_OK;
}

static void fill_reply(const struct projection_question *question,
                       const struct projection_model *model, const struct projection_state *state,
                       uint64_t position, Ledger__V1__QueryReply *reply) {
    // The generated struct has no const; nothing writes through these.
    reply->projection = (char *)(uintptr_t)model->projection->name;
    reply->query = (char *)(uintptr_t)question->query->name;
    reply->as_of_occurred = (char *)(uintptr_t)question->occurred_text;
    reply->now = (char *)(uintptr_t)question->now_text;
    reply->has_position = true;
    reply->position = position;
    reply->has_fold_version = true;
    reply->fold_version = model->projection->fold_version;
    reply->has_settled = question->has_recorded;
    reply->settled = question->settled;
    if (state->identity.known) {
        reply->has_ledger_id = true;
        reply->ledger_id.len = sizeof state->identity.ledger_id;
    }
}

static void add_notes(struct projection_view *view, struct projection_answer *answer) {
    uint64_t unknown = projection_view_unknown(view);
    if (unknown)
        projection_answer_note(answer, "%s left out, since the question is as of an occurred time.",
                               projection_count(answer, unknown, "fact whose time is unknown is",
                                                "facts whose time is unknown are"));
    projection_merges_notes(view, answer);
}

static enum ledger_err run(const struct projection_question *question, struct projection_view *view,
                           Ledger__V1__QueryReply *reply, struct ledger_error *error) {
    struct projection_answer *answer = projection_answer_new(view->arena);
    if (!answer)
        return projection_no_memory(error);
    enum ledger_err err = question->query->answer(view, question->arguments, answer, error);
    if (!err)
        add_notes(view, answer);
    projection_view_end(view);
    if (view->failed)
        return ledger_fail(error, view->failed, NULL, "the model cannot be read");
    if (err)
        return err;
    return projection_answer_end(answer, reply, error);
}

enum ledger_err projection_question_answer(const struct projection_question *question,
                                           struct projection_model *model,
                                           struct ledger_arena *arena,
                                           Ledger__V1__QueryReply **made,
                                           struct ledger_error *error) {
    Ledger__V1__QueryReply *reply = ledger_arena_calloc(arena, sizeof *reply);
    struct projection_state *state = ledger_arena_alloc(arena, sizeof *state);
    if (!reply || !state)
        return projection_no_memory(error);
    ledger__v1__query_reply__init(reply);
    struct projection_view view = {.model = model,
                                   .arena = arena,
                                   .has_occurred = question->occurred_text != NULL,
                                   .occurred = question->occurred,
                                   .now = question->now};
    enum ledger_err err = ledger_kv_read(model->kv, &view.txn, error);
    if (err)
        return err;
    err = projection_state_read(model, view.txn, state, error);
    view.position = question->has_position ? question->position : state->position;
    if (!err && view.position > state->position)
        err = ledger_fail(error, LEDGER_E_CATCHING_UP, NULL,
                          "%s has come to position %llu, and the question is as of %llu",
                          model->projection->name, (unsigned long long)state->position,
                          (unsigned long long)view.position);
    if (!err) {
        fill_reply(question, model, state, view.position, reply);
        reply->ledger_id.data = state->identity.ledger_id;
        err = run(question, &view, reply, error);
    }
    ledger_kv_abort(view.txn);
    *made = reply;
    return err;
}

// ---- facts set aside
static const struct projection_column parked_columns[] = {
    {"position", "Position", PROJECTION_INTEGER},
    {"code", "Code", PROJECTION_TEXT},
    {"reason", "Reason", PROJECTION_TEXT},
};
static const struct projection_parameter parked_parameters[] = {
    {"limit", "N", "at most so many rows"},
    {0},
};

static enum ledger_err answer_parked(struct projection_view *view,
                                     const struct projection_arguments *arguments,
                                     struct projection_answer *answer, struct ledger_error *error) {
    uint64_t limit = 0;
    bool present;
    enum ledger_err err = projection_argument_u64(arguments, "limit", &limit, &present, error);
    if (err)
        return err;
    projection_answer_table(answer, "parked", "Facts set aside",
                            PROJECTION_COLUMNS(parked_columns));
    projection_answer_limit(answer, limit);
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(view->txn, view->model->parked);
    if (!cursor)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a scan");
    struct ledger_kv_pair pair;
    for (bool more = ledger_kv_first(cursor, &pair); more; more = ledger_kv_next(cursor, &pair)) {
        uint64_t position = ledger_key_u64_read(pair.key.data);
        if (position > view->position)
            break;
        enum ledger_err code = ledger_err_from_number(get_le32(pair.value.data));
        projection_answer_integer(answer, (int64_t)position);
        projection_answer_text(answer, ledger_err_code(code));
        projection_answer_text(
            answer, ledger_arena_text(view->arena,
                                      ledger_span_of(pair.value.data + 4, pair.value.size - 4)));
    }
    ledger_kv_cursor_close(cursor);
    return LEDGER_E_OK;
}

const struct projection_query projection_parked_query = {
    .name = "parked",
    .help = "facts that could not be used, and why",
    .parameters = parked_parameters,
    .answer = answer_parked,
};
