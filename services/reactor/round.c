// One round: every rule, every row of its answer.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/clock.h"
#include "ledger/logging.h"
#include "ledger/wait.h"
#include "reactor.h"

// What the row is about and what of it is due: enough to know it again without asking for its
// cause. Only kept in memory.
static enum ledger_err key_of(const struct reactor_rule *rule, const struct finding *finding,
                              struct ledger_uuid *key, struct ledger_error *error) {
    static const struct ledger_uuid space;
    struct ledger_buffer name = {0};
    enum ledger_err err = LEDGER_E_OK;
    ledger_buffer_add(&name, rule->name, strlen(rule->name) + 1);
    ledger_buffer_add(&name, finding->about, strlen(finding->about) + 1);
    ledger_buffer_add_text(&name, finding->due);
    if (name.failed)
        err = ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a round");
    else
        *key = ledger_uuid_v5(&space, ledger_buffer_span(&name));
    ledger_buffer_fini(&name);
    return err;
}

// ---- the cause
static enum ledger_err find_cause(const struct round *round, const struct reactor_rule *rule,
                                  const char *about, uint64_t *position,
                                  struct ledger_error *error) {
    const struct reactor *reactor = round->reactor;
    Ledger__V1__Parameter which = LEDGER__V1__PARAMETER__INIT;
    const Ledger__V1__QueryReply *answer;
    struct reactor_row row = {0};
    which.name = text_of(rule->cause_parameter);
    which.value = text_of(about);
    enum ledger_err err = ask_projection(reactor->peers, rule->projection, rule->cause_query,
                                         round->head, &which, 1, reactor->step, &answer, error);
    if (err == LEDGER_E_OK)
        err = answer_find_table(answer, "facts", &row.table, error);
    for (size_t i = 0; err == LEDGER_E_OK && i < row.table->n_rows; i++) {
        row.row = row.table->rows[i];
        const char *fact = row_text(&row, "fact");
        int64_t found, counts;
        if (fact == NULL || strcmp(fact, rule->cause_fact) != 0 ||
            !row_integer(&row, "position", &found) ||
            (row_integer(&row, "counts", &counts) && counts == 0))
            continue;
        *position = (uint64_t)found;
        return LEDGER_E_OK;
    }
    return err != LEDGER_E_OK
               ? err
               : ledger_fail(error, LEDGER_E_NOT_FOUND, NULL, "%s %.100s has no fact \"%s\"",
                             rule->cause_parameter, about, rule->cause_fact);
}

// ---- rows

// *due becomes false for an alert whose cause lies too far behind.
static enum ledger_err find_causes(const struct round *round, const struct reactor_row *row,
                                   struct finding *finding, const Ledger__V1__Event **cause,
                                   bool *due, struct ledger_error *error) {
    const struct reactor *reactor = round->reactor;
    if (finding->alert != NULL)
        return raise_find_causes(round, row, finding, cause, due, error);
    enum ledger_err err = LEDGER_E_OK;
    if (finding->cause == 0)
        err = find_cause(round, row->rule, finding->about, &finding->cause, error);
    return err == LEDGER_E_OK
               ? ask_event(reactor->peers, finding->cause, reactor->step, cause, error)
               : err;
}

static enum ledger_err write_fact(struct round *round, const struct reactor_row *row,
                                  struct finding *finding, struct ledger_error *error) {
    const struct reactor_rule *rule = row->rule;
    const Ledger__V1__Event *cause = NULL;
    bool due = true;
    bool added = false;
    enum ledger_err err = find_causes(round, row, finding, &cause, &due, error);
    if (err == LEDGER_E_OK && due)
        err = emit_fact(round, rule, finding, cause, &added, error);
    if (added) {
        round->added++;
        ledger_log_info("added", "rule=%s type=%s about=\"%s\" due=\"%s\" cause=%" PRIu64,
                        rule->name, finding->type, finding->about, finding->due, finding->cause);
    }
    return err;
}

static enum ledger_err take_row(struct round *round, const struct reactor_row *row,
                                struct ledger_error *error) {
    const struct reactor_rule *rule = row->rule;
    struct reactor *reactor = round->reactor;
    struct finding finding = {0};
    bool due = false;
    ledger_arena_reset(reactor->step);
    enum ledger_err err = rule->read(round, row, reactor->step, &finding, &due, error);
    if (err != LEDGER_E_OK || !due)
        return err;
    struct ledger_uuid key;
    err = key_of(rule, &finding, &key, error);
    if (err != LEDGER_E_OK || seen_has(&reactor->seen, &key))
        return err;
    err = write_fact(round, row, &finding, error);
    if (err == LEDGER_E_WRONG_EXPECTED_VERSION) {
        ledger_log_debug("left for the next round", "rule=%s about=\"%s\"", rule->name,
                         finding.about);
        return LEDGER_E_OK;
    }
    if (err == LEDGER_E_OK)
        seen_add(&reactor->seen, &key);
    return err;
}

// A fact that the ledger refuses does not keep those of the other rows from being written; without
// the ledger or the projection there is no sense in going on.
static enum ledger_err take_rows(struct round *round, const struct reactor_rule *rule,
                                 const Ledger__V1__Table *table, struct ledger_error *error) {
    enum ledger_err first = LEDGER_E_OK;
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct reactor_row row = {rule, table, table->rows[i]};
        struct ledger_error failure = {0};
        enum ledger_err err = take_row(round, &row, &failure);
        bool ends = err == LEDGER_E_INTERRUPTED || ledger_err_retryable(err);
        if (ends || (err != LEDGER_E_OK && first == LEDGER_E_OK)) {
            first = err;
            *error = failure;
        }
        if (ends)
            break;
    }
    return first;
}

static enum ledger_err run_rule(struct round *round, const struct reactor_rule *rule,
                                struct ledger_error *error) {
    struct reactor *reactor = round->reactor;
    Ledger__V1__Parameter parameters[RULE_PARAMETERS_MAX];
    const Ledger__V1__QueryReply *answer;
    const Ledger__V1__Table *table = NULL;
    Ledger__V1__Table *cases = NULL;
    ledger_arena_reset(reactor->arena);
    size_t count = rule->parameters(round, rule, reactor->arena, parameters);
    for (size_t i = 0; i < count; i++)
        if (parameters[i].value == NULL)
            return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "no memory for a question");
    enum ledger_err err = ask_projection(reactor->peers, rule->projection, rule->query, round->head,
                                         parameters, count, reactor->arena, &answer, error);
    if (err == LEDGER_E_OK)
        err = rule->alert != NULL ? alert_find_table(rule->alert, answer, &cases, error)
                                  : answer_find_table(answer, rule->table, &table, error);
    if (rule->alert != NULL)
        table = cases;
    return err == LEDGER_E_OK ? take_rows(round, rule, table, error) : err;
}

// ---- the round
// *failing: has been said.
static void report(const char *what, const char *name, bool *failing, enum ledger_err err,
                   const struct ledger_error *error) {
    if (err == LEDGER_E_INTERRUPTED)
        return;
    if (err != LEDGER_E_OK && !*failing)
        ledger_log_warn("does not work for now", "%s=%s code=%s error=\"%s\"", what, name,
                        ledger_err_code(err), error->message);
    if (err == LEDGER_E_OK && *failing)
        ledger_log_info("works again", "%s=%s", what, name);
    *failing = err != LEDGER_E_OK;
}

// What was dealt with in another ledger, or before a restore, may be missing in this one.
static void forget_other_ledger(struct reactor *reactor, const struct ledger_identity *identity) {
    const struct ledger_identity *last = &reactor->identity;
    if (memcmp(&last->ledger_id, &identity->ledger_id, sizeof last->ledger_id) != 0 ||
        last->epoch != identity->epoch)
        seen_fini(&reactor->seen);
    reactor->identity = *identity;
}

static enum ledger_err begin(struct round *round, struct ledger_error *error) {
    struct reactor *reactor = round->reactor;
    struct ledger_identity identity;
    ledger_arena_reset(reactor->arena);
    enum ledger_err err = ask_head(reactor->peers, reactor->arena, &round->head, &identity, error);
    report("service", "ledgerd", &reactor->ledger_failing, err, error);
    if (err == LEDGER_E_OK)
        forget_other_ledger(reactor, &identity);
    return err;
}

// Questions for alerts go through all that a projection holds, so they are put less often; one that
// could not be asked is asked again with the next round.
static bool is_asked(const struct reactor *reactor, size_t at, int64_t steady) {
    return reactor->rules[at].alert == NULL || reactor->failing[at] ||
           steady >= reactor->alerts_next;
}

static void leave_progress(const struct round *round, enum ledger_err err,
                           const struct ledger_error *error) {
    struct progress *progress = round->reactor->progress;
    pthread_mutex_lock(&progress->lock);
    if (round->head > 0 || err == LEDGER_E_OK) {
        progress->identity = round->reactor->identity;
        progress->position = round->head;
        progress->looked_at = round->now;
    }
    progress->added += round->added;
    (void)snprintf(progress->problem, sizeof progress->problem, "%s",
                   err != LEDGER_E_OK ? error->message : "");
    pthread_mutex_unlock(&progress->lock);
}

enum ledger_err reactor_round(struct reactor *reactor, struct ledger_error *error) {
    enum { MICROS = 1000000 };
    struct round round = {.reactor = reactor,
                          .now = reactor->has_now ? reactor->given_now
                                                  : ledger_clock_system.wall_micros(NULL)};
    int64_t steady = ledger_wait_now();
    enum ledger_err first = begin(&round, error);
    for (size_t i = 0; i < reactor->rule_count && round.head > 0; i++) {
        struct ledger_error failure = {0};
        if (!is_asked(reactor, i, steady))
            continue;
        enum ledger_err err = run_rule(&round, &reactor->rules[i], &failure);
        report("rule", reactor->rules[i].name, &reactor->failing[i], err, &failure);
        bool ends = err == LEDGER_E_INTERRUPTED;
        if (ends || (err != LEDGER_E_OK && first == LEDGER_E_OK)) {
            first = err;
            *error = failure;
        }
        if (ends)
            break;
    }
    if (round.head > 0 && steady >= reactor->alerts_next)
        reactor->alerts_next = ledger_wait_now() + reactor->alerts_every_s * MICROS;
    leave_progress(&round, first, error);
    ledger_log_debug("round", "head=%" PRIu64 " added=%" PRIu64, round.head, round.added);
    return first;
}
