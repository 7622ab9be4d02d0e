// Enquiries that no deal was opened for, and how long those took that have one.
#include "enquiries.h"

#include <stdlib.h>
#include <string.h>

#include "days.h"

enum { HOURS_PER_DAY = 24 };
static const int64_t micros_per_hour = LEDGER_MICROS_PER_DAY / HOURS_PER_DAY;

static const struct projection_column total_columns[] = {
    {"enquiries", "Enquiries", PROJECTION_INTEGER},
    {"with_deal", "With a deal", PROJECTION_INTEGER},
    {"without_deal", "Without a deal", PROJECTION_INTEGER},
    {"waiting_too_long", "Of these waiting longer than asked", PROJECTION_INTEGER},
    {"mean_hours_to_deal", "Hours to the deal, mean", PROJECTION_RATIO},
    {"median_hours_to_deal", "Hours to the deal, median", PROJECTION_RATIO},
    {"not_assessed", "Hours to the deal not assessed", PROJECTION_INTEGER},
};
static const struct projection_column waiting_columns[] = {
    {"enquiry", "Enquiry", PROJECTION_ID},
    {"received", "Received", PROJECTION_TEXT},
    {"hours", "Hours without a deal", PROJECTION_RATIO},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"channel", "Channel", PROJECTION_TEXT},
    {"subject", "Subject", PROJECTION_TEXT},
    {"actor", "Taken by", PROJECTION_ID},
};

enum enquiry_lag enquiry_lag(const struct ledger_moment *received,
                             const struct ledger_moment *opened, int64_t *micros) {
    if (received->when == LEDGER_WHEN_UNKNOWN || opened->when == LEDGER_WHEN_UNKNOWN)
        return LAG_UNKNOWN;
    *micros = received->when == LEDGER_WHEN_INSTANT && opened->when == LEDGER_WHEN_INSTANT
                  ? opened->micros - received->micros
                  : ((int64_t)opened->day - received->day) * LEDGER_MICROS_PER_DAY;
    return *micros < 0 ? LAG_NEGATIVE : LAG_KNOWN;
}

static bool is_earlier(const struct ledger_moment *a, const struct ledger_moment *b) {
    return a->when != LEDGER_WHEN_UNKNOWN &&
           (b->when == LEDGER_WHEN_UNKNOWN || a->micros < b->micros);
}

// The first known time under the id. False if there is no row.
static bool find_first(struct projection_view *view, enum sales_funnel_table table, const char *id,
                       struct ledger_moment *first) {
    struct projection_key key = {0};
    struct projection_row row;
    bool found = false;
    *first = ledger_moment_unknown();
    projection_key_text(&key, id);
    struct projection_cursor *cursor = projection_scan(view, (uint8_t)table, &key, false);
    while (projection_next(cursor, &row)) {
        if (is_earlier(&row.occurred, first))
            *first = row.occurred;
        found = true;
    }
    projection_scan_end(cursor);
    return found;
}

bool enquiry_received(struct projection_view *view, const char *enquiry,
                      struct ledger_moment *received) {
    return find_first(view, ENQUIRIES, enquiry, received);
}

struct enquiry {
    const char *id;
    struct ledger_moment received;
    struct enquiry_row row;
    int64_t waiting; // microseconds; filled in for the answer
};

struct enquiries {
    struct projection_view *view;
    struct ledger_arena *arena;
    uint64_t count, with_deal, without_deal, unknown_lag, opened_before, unknown_waiting;
    struct days lags; // microseconds
    struct enquiry *list;
    size_t list_count, capacity;
};

static bool add(struct enquiries *enquiries, const struct enquiry *enquiry) {
    struct ledger_moment opened;
    int64_t micros;
    enquiries->count++;
    if (!find_first(enquiries->view, ENQUIRY_DEALS, enquiry->id, &opened)) {
        enquiries->without_deal++;
        if (!projection_grow(enquiries->arena, &enquiries->list, &enquiries->capacity,
                             enquiries->list_count, sizeof *enquiry))
            return false;
        enquiries->list[enquiries->list_count++] = *enquiry;
        return true;
    }
    enquiries->with_deal++;
    enum enquiry_lag lag = enquiry_lag(&enquiry->received, &opened, &micros);
    enquiries->unknown_lag += lag != LAG_KNOWN;
    enquiries->opened_before += lag == LAG_NEGATIVE;
    return lag != LAG_KNOWN || days_add(enquiries->arena, &enquiries->lags, micros);
}

// An enquiry that was received twice counts once, as it was received first.
static bool read(struct enquiries *enquiries, const struct projection_period *period) {
    struct projection_cursor *cursor = projection_scan(enquiries->view, ENQUIRIES, NULL, false);
    struct projection_row row;
    struct enquiry enquiry = {.id = NULL};
    bool more = projection_next(cursor, &row);
    bool added = true;
    while (more && added) {
        struct ledger_span id;
        struct enquiry next = {.received = row.occurred, .row = enquiry_row_read(row.value)};
        next.id = projection_key_read_text(&row.key, &id) ? (const char *)id.data : "";
        if (!enquiry.id || is_earlier(&next.received, &enquiry.received))
            enquiry = next;
        more = projection_next(cursor, &row);
        struct ledger_span key = row.key;
        bool same = more && projection_key_read_text(&key, &id) &&
                    strcmp((const char *)id.data, enquiry.id) == 0;
        if (!same && projection_period_holds(period, &enquiry.received))
            added = add(enquiries, &enquiry);
        if (!same)
            enquiry.id = NULL;
    }
    projection_scan_end(cursor);
    return added;
}

static int by_waiting(const void *a, const void *b) {
    const struct enquiry *left = a;
    const struct enquiry *right = b;
    if (left->waiting != right->waiting)
        return left->waiting > right->waiting ? -1 : 1;
    return strcmp(left->id, right->id);
}

// Of an enquiry received on a day, from the end of that day; until a day, to its end.
static size_t keep_waiting(struct enquiries *enquiries, uint64_t hours) {
    const struct ledger_moment until = projection_view_today(enquiries->view);
    size_t kept = 0;
    for (size_t i = 0; i < enquiries->list_count; i++) {
        struct enquiry *enquiry = &enquiries->list[i];
        bool known = enquiry->received.when != LEDGER_WHEN_UNKNOWN;
        enquiries->unknown_waiting += !known;
        enquiry->waiting = known ? until.micros - enquiry->received.micros : 0;
        if (known && enquiry->waiting / micros_per_hour >= (int64_t)hours && enquiry->waiting >= 0)
            enquiries->list[kept++] = *enquiry;
    }
    if (kept)
        qsort(enquiries->list, kept, sizeof(struct enquiry), by_waiting);
    return kept;
}

static void answer_waiting(struct projection_answer *answer, const struct enquiries *enquiries,
                           size_t count, uint64_t limit) {
    projection_answer_table(answer, "waiting", "Enquiries without a deal, longest first",
                            PROJECTION_COLUMNS(waiting_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < count; i++) {
        const struct enquiry *enquiry = &enquiries->list[i];
        const char *client = projection_view_client(enquiries->view, enquiry->row.client);
        projection_answer_text(answer, enquiry->id);
        projection_answer_moment(answer, &enquiry->received);
        projection_answer_ratio(answer, enquiry->waiting, micros_per_hour);
        projection_answer_text(answer, client);
        projection_answer_text(answer, projection_name(enquiries->view, CLIENTS, client));
        projection_answer_text(answer, enquiry->row.channel);
        projection_answer_text(answer, enquiry->row.subject);
        projection_answer_text(answer, enquiry->row.actor);
    }
}

static void answer_notes(struct projection_answer *answer, const struct enquiries *enquiries) {
    if (enquiries->list_count)
        projection_answer_note_today(answer, enquiries->view);
    if (enquiries->unknown_waiting)
        projection_answer_note(answer, "%s at an unknown time: how long is not known.",
                               projection_count(answer, enquiries->unknown_waiting,
                                                "enquiry without a deal was received",
                                                "enquiries without a deal were received"));
    if (enquiries->opened_before)
        projection_answer_note(answer, "%s before it was received: not assessed.",
                               projection_count(answer, enquiries->opened_before,
                                                "enquiry has a deal opened",
                                                "enquiries each have a deal opened"));
}

enum ledger_err enquiries_answer(struct projection_view *view,
                                 const struct projection_arguments *arguments,
                                 struct projection_answer *answer, struct ledger_error *error) {
    struct ledger_arena *arena = projection_view_arena(view);
    struct enquiries enquiries = {.view = view, .arena = arena};
    struct projection_period period;
    uint64_t hours = 0;
    uint64_t limit = 0;
    bool present;
    enum ledger_err err = projection_argument_u64(arguments, "hours", &hours, &present, error);
    if (!err)
        err = projection_argument_u64(arguments, "limit", &limit, &present, error);
    if (!err)
        err = projection_argument_period(arguments, &period, error);
    if (err)
        return err;
    if (hours > INT64_MAX)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "hours", "is too large");
    if (!read(&enquiries, &period))
        return projection_no_memory(error);
    size_t waiting = keep_waiting(&enquiries, hours);
    projection_answer_table(answer, "enquiries", "Enquiries", PROJECTION_COLUMNS(total_columns));
    projection_answer_integer(answer, (int64_t)enquiries.count);
    projection_answer_integer(answer, (int64_t)enquiries.with_deal);
    projection_answer_integer(answer, (int64_t)enquiries.without_deal);
    projection_answer_integer(answer, (int64_t)waiting);
    days_answer(answer, &enquiries.lags, 0, micros_per_hour);
    projection_answer_integer(answer, (int64_t)enquiries.unknown_lag);
    answer_waiting(answer, &enquiries, waiting, limit);
    answer_notes(answer, &enquiries);
    return LEDGER_E_OK;
}
