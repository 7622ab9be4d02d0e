// What a question takes for now.
#include "projection_internal.h"

static struct ledger_moment last_recorded(struct projection_view *view) {
    struct ledger_kv_cursor *cursor = ledger_kv_cursor_open(view->txn, view->model->days);
    struct ledger_moment day = ledger_moment_unknown();
    struct ledger_kv_pair pair;
    uint8_t key[8];
    ledger_key_u64(key, view->position + 1);
    bool found = ledger_kv_seek(cursor, ledger_span_of(key, sizeof key), &pair)
                     ? ledger_kv_previous(cursor, &pair)
                     : ledger_kv_last(cursor, &pair);
    if (found && pair.value.size == 4)
        day = ledger_moment_date((int32_t)get_le32(pair.value.data));
    enum ledger_err err = ledger_kv_cursor_failed(cursor);
    if (err)
        projection_view_fail(view, err);
    ledger_kv_cursor_close(cursor);
    return day;
}

struct ledger_moment projection_view_today(struct projection_view *view) {
    if (view->now.when != LEDGER_WHEN_UNKNOWN)
        return view->now;
    return view->has_occurred ? view->occurred : last_recorded(view);
}

bool projection_after(const struct ledger_moment *a, const struct ledger_moment *b) {
    if (a->when == LEDGER_WHEN_UNKNOWN || b->when == LEDGER_WHEN_UNKNOWN)
        return false;
    if (a->when == LEDGER_WHEN_INSTANT && b->when == LEDGER_WHEN_INSTANT)
        return a->micros > b->micros;
    return a->day > b->day;
}

void projection_answer_note_today(struct projection_answer *answer, struct projection_view *view) {
    const struct ledger_moment today = projection_view_today(view);
    char day[LEDGER_DATE_TEXT_SIZE];
    if (view->now.when != LEDGER_WHEN_UNKNOWN || today.when == LEDGER_WHEN_UNKNOWN)
        return;
    ledger_date_format(today.day, day);
    projection_answer_note(answer, "The question gives no now: taken for it is %s, %s.", day,
                           view->has_occurred ? "the time that it asks as of"
                                              : "the latest day on which a fact was recorded");
}
