// What the ledger's answer means for each row: there, rejected, or to be sent once more.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sender_internal.h"

static enum ledger_err no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "sending rows");
}

// The row's own fault, not the ledger's state.
static bool is_of_the_row(enum ledger_err err) {
    int http = ledger_err_http(err);
    return !ledger_err_retryable(err) && (http == 400 || http == 409 || http == 413 || http == 422);
}

static struct import_sent_fact *fact_named(struct import_sent_row *row,
                                           const struct ledger_error *error) {
    for (size_t i = 0; error->has_event_id && i < row->row.count; i++)
        if (row->facts[i].included &&
            memcmp(row->facts[i].event->id.bytes, error->event_id, sizeof error->event_id) == 0)
            return &row->facts[i];
    return NULL;
}

enum ledger_err import_sender_set_carried(struct import_sender *sender, struct import_sent_row *row,
                                          enum import_once_state state) {
    for (size_t i = 0; i < row->row.count; i++) {
        if (!row->facts[i].event->once || !row->facts[i].included)
            continue;
        struct import_once_entry *entry =
            import_once_entry(&sender->once, sender->once_arena, row->facts[i].event);
        if (entry == NULL)
            return LEDGER_E_NO_MEMORY;
        entry->state = state;
    }
    return LEDGER_E_OK;
}

// The ledger has the once_by fact with other content: that one stays, the row goes without it.
static enum ledger_err fact_settle(struct import_sender *sender, struct import_sent_row *row,
                                   struct import_sent_fact *fact) {
    fact->settled = true;
    row->unsent = true;
    struct import_once_entry *entry =
        import_once_entry(&sender->once, sender->once_arena, fact->event);
    if (entry == NULL)
        return LEDGER_E_NO_MEMORY;
    entry->state = IMPORT_ONCE_THERE;
    entry->refused = true;
    return LEDGER_E_OK;
}

static const struct import_event *event_sent(const struct import_sent_row *row, size_t index) {
    for (size_t i = 0; i < row->row.count; i++)
        if (row->facts[i].included && index-- == 0)
            return row->facts[i].event;
    return NULL;
}

static void reuse_tell(const struct import_seen_entry *earlier, const struct import_event *event,
                       struct ledger_error *error) {
    if (earlier != NULL)
        (void)ledger_fail(error, LEDGER_E_SOURCE_RECORD_CHANGED, event->fact,
                          "line %" PRIu64 " has the same key and other content", earlier->line);
    else
        (void)ledger_fail(error, LEDGER_E_SOURCE_RECORD_CHANGED, event->fact,
                          "imported before with other content");
}

// The ledger numbers the events of an append; people know facts by their names in the map.
static void row_reject(const struct import_sender *sender, struct import_sent_row *row,
                       const struct ledger_error *error, const struct import_sent_fact *reused) {
    unsigned index = 0;
    int size = 0;
    row->row.error = *error;
    if (reused != NULL) {
        reuse_tell(import_seen_find(&sender->seen, reused->event), reused->event, &row->row.error);
    } else if (sscanf(error->field, "events[%u]%n", &index, &size) == 1) {
        const struct import_event *event = event_sent(row, index);
        (void)snprintf(row->row.error.field, sizeof row->row.error.field, "%s%s",
                       event != NULL ? event->fact : "", error->field + size);
    }
}

// Bookkeeping that is there already, with an older reason say, is left as it is.
static enum ledger_err bookkeeping_judge(const struct import_verdict *verdict,
                                         struct ledger_error *error) {
    if (verdict->error.code == LEDGER_E_OK || verdict->error.code == LEDGER_E_EVENT_ID_REUSED)
        return LEDGER_E_OK;
    *error = verdict->error;
    return error->code;
}

static enum ledger_err failure_judge(struct import_sender *sender, struct import_sent_row *row,
                                     const struct import_verdict *verdict,
                                     struct ledger_error *error) {
    if (import_sender_set_carried(sender, row, IMPORT_ONCE_NEW) != LEDGER_E_OK)
        return no_memory(error);
    struct import_sent_fact *named =
        verdict->error.code == LEDGER_E_EVENT_ID_REUSED ? fact_named(row, &verdict->error) : NULL;
    if (ledger_err_retryable(verdict->error.code)) {
        row->unsent = true;
        *error = verdict->error; // what to say if it never helps
        return LEDGER_E_OK;
    }
    if (named != NULL && named->event->once)
        return fact_settle(sender, row, named) == LEDGER_E_OK ? LEDGER_E_OK : no_memory(error);
    if (!row->of_file)
        return bookkeeping_judge(verdict, error);
    if (!is_of_the_row(verdict->error.code)) {
        *error = verdict->error;
        return error->code;
    }
    row_reject(sender, row, &verdict->error, named);
    return LEDGER_E_OK;
}

// What the ledger would say of facts that an earlier line of the file gave, which a dry run has
// only us to ask.
static void repeats_find(const struct import_sender *sender, const struct import_sent_row *row,
                         struct import_verdict *verdict) {
    for (size_t i = 0; i < row->row.count && verdict->error.code == LEDGER_E_OK; i++) {
        const struct import_event *event = row->facts[i].event;
        const struct import_seen_entry *earlier =
            event->once ? NULL : import_seen_find(&sender->seen, event);
        if (earlier == NULL)
            continue;
        if (import_seen_same(earlier, event)) {
            verdict->added--;
            continue;
        }
        (void)ledger_fail(&verdict->error, LEDGER_E_EVENT_ID_REUSED, NULL, "repeated");
        verdict->error.has_event_id = true;
        memcpy(verdict->error.event_id, event->id.bytes, sizeof verdict->error.event_id);
    }
}

static enum ledger_err facts_remember(struct import_sender *sender,
                                      const struct import_sent_row *row) {
    for (size_t i = 0; i < row->row.count && row->of_file; i++) {
        const struct import_event *event = row->facts[i].event;
        if (!event->once && import_seen_add(&sender->seen, event, row->row.line) != LEDGER_E_OK)
            return LEDGER_E_NO_MEMORY;
    }
    return LEDGER_E_OK;
}

static enum ledger_err row_judge(struct import_sender *sender, struct import_sent_row *row,
                                 const struct import_verdict *answer, struct ledger_error *error) {
    struct import_verdict verdict = *answer;
    row->unsent = false;
    if (sender->client == NULL)
        repeats_find(sender, row, &verdict);
    if (verdict.error.code != LEDGER_E_OK)
        return failure_judge(sender, row, &verdict, error);
    row->added += verdict.added;
    *(row->of_file ? &sender->facts_added : &sender->records_added) += verdict.added;
    if (facts_remember(sender, row) != LEDGER_E_OK)
        return no_memory(error);
    return import_sender_set_carried(sender, row, IMPORT_ONCE_THERE) == LEDGER_E_OK
               ? LEDGER_E_OK
               : no_memory(error);
}

// A row that left a once_by fact to an earlier row must carry it, if that one was rejected.
static enum ledger_err orphans_find(struct import_sender *sender, struct ledger_error *error) {
    for (size_t i = 0; i < sender->flying->count; i++) {
        struct import_sent_row *row = &sender->flying->rows[i];
        for (size_t j = 0; j < row->row.count && row->row.error.code == LEDGER_E_OK; j++) {
            const struct import_sent_fact *fact = &row->facts[j];
            if (!fact->event->once || fact->settled)
                continue;
            struct import_once_entry *entry =
                import_once_entry(&sender->once, sender->once_arena, fact->event);
            if (entry == NULL)
                return no_memory(error);
            row->unsent = row->unsent || entry->state == IMPORT_ONCE_NEW;
        }
    }
    return LEDGER_E_OK;
}

enum ledger_err import_sender_judge(struct import_sender *sender,
                                    const struct import_verdict *verdicts,
                                    struct ledger_error *error) {
    static const struct import_verdict nothing_sent;
    for (size_t i = 0; i < sender->flying->count; i++) {
        struct import_sent_row *row = &sender->flying->rows[i];
        if (!row->unsent)
            continue;
        const struct import_verdict *verdict = row->included > 0 ? verdicts++ : &nothing_sent;
        enum ledger_err err = row_judge(sender, row, verdict, error);
        if (err != LEDGER_E_OK)
            return err;
    }
    return orphans_find(sender, error);
}
