// How far the projection is, and what it can be asked: answered at once, from tables and counters.
#include "projection_internal.h"

#include <unistd.h>

#include "former.h"
#include "ledger/server.h"

static void fill_rows(const struct projection_model *model, const struct run_list *list,
                      Ledger__V1__ProjectionStatus *status) {
    status->has_rows = status->has_runs = status->has_tidy = true;
    status->rows = list->row_count;
    status->runs = list->count;
    status->tidy = runs_are_tidy(model, list);
}

static void fill_counts(struct projection_model *model, Ledger__V1__ProjectionStatus *status) {
    struct ledger_kv_stat stat;
    struct ledger_kv_txn *txn = NULL;
    ledger_kv_stat(model->kv, &stat);
    status->has_model_bytes = true;
    status->model_bytes = stat.file_bytes;
    if (ledger_kv_read(model->kv, &txn, NULL))
        return;
    struct run_list list;
    status->has_parked = true;
    if (!run_list_read(model, txn, &list))
        fill_rows(model, &list, status);
    status->parked = ledger_kv_count(txn, model->parked);
    ledger_kv_abort(txn);
}

static void fill_position(const struct projection_process *process,
                          const struct projection_state *state, uint64_t head,
                          Ledger__V1__ProjectionStatus *status) {
    status->has_position = status->has_lag_events = status->has_fold_version = true;
    status->position = state->position;
    status->lag_events = head > state->position ? head - state->position : 0;
    status->fold_version = process->projection->fold_version;
    status->has_position_recorded_at = state->recorded_at != 0;
    status->position_recorded_at = state->recorded_at;
}

void projection_status_answer(struct projection_process *process, struct ledger_request *request) {
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    Ledger__V1__StatusReply status = LEDGER__V1__STATUS_REPLY__INIT;
    Ledger__V1__LedgerIdentity identity = LEDGER__V1__LEDGER_IDENTITY__INIT;
    Ledger__V1__ProjectionStatus projection = LEDGER__V1__PROJECTION_STATUS__INIT;
    Ledger__V1__FormerModel former = LEDGER__V1__FORMER_MODEL__INIT;
    const struct projection_former_facts facts = projection_former_facts(process->former);
    char problem[sizeof process->problem];
    pthread_mutex_lock(&process->lock);
    struct projection_state state = process->state;
    memcpy(problem, process->problem, sizeof problem);
    pthread_mutex_unlock(&process->lock);
    status.service = (char *)(uintptr_t)process->projection->name;
    status.version = (char *)(uintptr_t)FIELDLEDGER_VERSION;
    status.has_pid = status.has_started_at = status.has_head = true;
    status.pid = (uint64_t)getpid();
    status.started_at = process->started_at;
    status.head = atomic_load(&process->head);
    if (state.identity.known) {
        identity.has_ledger_id = identity.has_epoch = true;
        identity.ledger_id =
            (ProtobufCBinaryData){sizeof state.identity.ledger_id, state.identity.ledger_id};
        identity.epoch = state.identity.epoch;
        status.identity = &identity;
    }
    fill_counts(process->model, &projection);
    fill_position(process, &state, status.head, &projection);
    projection.problem = problem[0] ? problem : NULL;
    if (facts.position) {
        former.has_fold_version = former.has_position = former.has_answers = true;
        former.fold_version = facts.fold_version;
        former.position = facts.position;
        former.answers = facts.answers;
        projection.former = &former;
    }
    status.projection = &projection;
    reply.body_case = LEDGER__V1__REPLY__BODY_STATUS;
    reply.status = &status;
    ledger_request_answer(request, &reply);
}

static size_t parameter_count(const struct projection_parameter *rows) {
    size_t count = 0;
    while (rows && rows[count].name)
        count++;
    return count;
}

static Ledger__V1__ParameterDescription **
describe_parameters(struct ledger_arena *arena, const struct projection_parameter *rows,
                    size_t *count) {
    *count = parameter_count(rows);
    Ledger__V1__ParameterDescription **list =
        ledger_arena_alloc(arena, (*count + 1) * sizeof(Ledger__V1__ParameterDescription *));
    Ledger__V1__ParameterDescription *items =
        ledger_arena_alloc(arena, (*count + 1) * sizeof *items);
    for (size_t i = 0; i < *count && list && items; i++) {
        ledger__v1__parameter_description__init(&items[i]);
        items[i].name = (char *)(uintptr_t)rows[i].name;
        items[i].value = (char *)(uintptr_t)rows[i].value;
        items[i].help = (char *)(uintptr_t)rows[i].help;
        items[i].has_required = true;
        items[i].required = rows[i].required;
        list[i] = &items[i];
    }
    return items ? list : NULL;
}

static Ledger__V1__QueryDescription *describe_query(struct ledger_arena *arena,
                                                    const struct projection_query *query) {
    Ledger__V1__QueryDescription *made = ledger_arena_alloc(arena, sizeof *made);
    if (!made)
        return NULL;
    ledger__v1__query_description__init(made);
    made->name = (char *)(uintptr_t)query->name;
    made->help = (char *)(uintptr_t)query->help;
    made->parameters = describe_parameters(arena, query->parameters, &made->n_parameters);
    return made->parameters ? made : NULL;
}

static void answer_no_memory(struct ledger_request *request) {
    struct ledger_error error = {0};
    (void)ledger_fail(&error, LEDGER_E_NO_MEMORY, NULL, "no memory for the request");
    ledger_request_answer_error(request, &error);
}

void projection_describe_answer(const struct projection *projection,
                                struct ledger_request *request) {
    struct ledger_arena *arena = ledger_request_arena(request);
    Ledger__V1__Reply reply = LEDGER__V1__REPLY__INIT;
    Ledger__V1__DescribeReply describe = LEDGER__V1__DESCRIBE_REPLY__INIT;
    describe.projection = (char *)(uintptr_t)projection->name;
    describe.summary = (char *)(uintptr_t)projection->summary;
    describe.common = describe_parameters(arena, projection_common_parameters, &describe.n_common);
    describe.n_queries = projection_query_total(projection);
    describe.queries =
        ledger_arena_alloc(arena, describe.n_queries * sizeof(Ledger__V1__QueryDescription *));
    bool complete = describe.common && describe.queries;
    for (size_t i = 0; i < describe.n_queries && complete; i++) {
        describe.queries[i] = describe_query(arena, projection_query_at(projection, i));
        complete = describe.queries[i];
    }
    if (!complete) {
        answer_no_memory(request);
        return;
    }
    reply.body_case = LEDGER__V1__REPLY__BODY_DESCRIBE;
    reply.describe = &describe;
    ledger_request_answer(request, &reply);
}
