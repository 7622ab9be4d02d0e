// What the next days bring. The calendar holds every day that a fact sets; whether it still stands,
// the task, the visit or the person says.
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "people.h"
#include "tasks.h"
#include "visits.h"

enum { DAYS_ELSE = 7, DAYS_MAX = 366 };

enum what { WHAT_BIRTHDAY, WHAT_REMINDER, WHAT_VISIT, WHAT_TASK, WHAT_EXPIRY };
static const char *const what_texts[] = {"birthday", "reminder", "visit", "task", "expiry"};
enum { WHATS = sizeof what_texts / sizeof what_texts[0] };

struct item {
    int32_t day;
    enum what what;
    struct ledger_moment at;
    const char *owner, *client, *person, *person_name, *employee, *id, *about;
    bool fired, seen; // reminders
};

struct ahead {
    struct projection_view *view;
    struct ledger_moment now;
    const char *owner; // wanted; NULL = all
    int what;          // wanted; -1 = all
    int32_t last;      // day
    struct item *list;
    size_t count, capacity;
    struct task task;
    struct person person;
    uint64_t counts[WHATS];
    struct ledger_error *error;
};

static const struct projection_column item_columns[] = {
    {"day", "Day", PROJECTION_DATE},
    {"in_days", "In days", PROJECTION_INTEGER},
    {"what", "What", PROJECTION_TEXT},
    {"at", "At", PROJECTION_TEXT, .detail = true},
    {"owner", "For", PROJECTION_ID},
    {"owner_name", "For, by name", PROJECTION_TEXT},
    {"client", "Client", PROJECTION_ID},
    {"client_name", "Client's name", PROJECTION_TEXT},
    {"person", "Person", PROJECTION_ID},
    {"person_name", "Person's name", PROJECTION_TEXT},
    {"employee", "Who has it", PROJECTION_ID, .detail = true},
    {"id", "Task or visit", PROJECTION_ID},
    {"about", "About", PROJECTION_TEXT},
    {"fired", "Reminder fired", PROJECTION_FLAG, .detail = true},
    {"seen", "Reminder seen", PROJECTION_FLAG, .detail = true},
};
static const struct projection_column total_columns[] = {
    {"what", "What", PROJECTION_TEXT},
    {"count", "How many", PROJECTION_INTEGER},
};

static bool add(struct ahead *ahead, struct item item) {
    item.owner = client_owner(ahead->view, item.client, ahead->now.day);
    if (!item.owner)
        item.owner = item.employee;
    if (ahead->owner && (!item.owner || strcmp(ahead->owner, item.owner) != 0))
        return true;
    if (!projection_grow(projection_view_arena(ahead->view), &ahead->list, &ahead->capacity,
                         ahead->count, sizeof item))
        return false;
    ahead->counts[item.what]++;
    ahead->list[ahead->count++] = item;
    return true;
}

// ---- tasks and reminders
static enum ledger_err add_task(struct ahead *ahead, int32_t day, enum what what, const char *id) {
    struct task *task = &ahead->task;
    enum ledger_err err = task_read(ahead->view, id, task, ahead->error);
    const struct ledger_moment *at = what == WHAT_TASK ? &task->due : &task->remind_at;
    if (err || !task->id || task->not_yet || !task->was_created || task->status != TASK_IS_OPEN ||
        at->when == LEDGER_WHEN_UNKNOWN || at->day != day ||
        (what == WHAT_TASK && task_overdue(task, &ahead->now)))
        return err;
    bool reminder = what == WHAT_REMINDER;
    return add(ahead,
               (struct item){.day = day,
                             .what = what,
                             .at = *at,
                             .client = task_client(ahead->view, task),
                             .employee = task->assignee,
                             .id = id,
                             .about = task->subject ? task->subject : task_kind_text(task->kind),
                             .fired = reminder && task->reminded,
                             .seen = reminder && task->reminder_seen})
               ? LEDGER_E_OK
               : projection_no_memory(ahead->error);
}

// ---- visits
static enum ledger_err add_visit(struct ahead *ahead, int32_t day, const char *id) {
    struct visit visit = visit_read(ahead->view, id);
    if (!visit.planned || visit.over || visit.start.when == LEDGER_WHEN_UNKNOWN ||
        visit.start.day != day)
        return LEDGER_E_OK;
    return add(ahead, (struct item){.day = day,
                                    .what = WHAT_VISIT,
                                    .at = visit.start,
                                    .client = projection_view_client(ahead->view, visit.client),
                                    .person = visit.person,
                                    .employee = visit.employee,
                                    .id = id,
                                    .about = visit.kind})
               ? LEDGER_E_OK
               : projection_no_memory(ahead->error);
}

// ---- people
static enum ledger_err add_person(struct ahead *ahead, int32_t day, enum what what,
                                  const struct person_fact *fact) {
    const struct person *person = &ahead->person;
    struct person_places places;
    struct item item = {.day = day,
                        .what = what,
                        .at = ledger_moment_date(day),
                        .person = person->id,
                        .person_name = person->name,
                        .about = what == WHAT_EXPIRY ? fact->row.code : NULL};
    enum ledger_err err =
        person_places_read(ahead->view, person->id, fact->row.client, &places, ahead->error);
    if (err || places.gone)
        return err;
    bool ok = places.clients.count || add(ahead, item);
    for (size_t i = 0; ok && i < places.clients.count; i++) {
        item.client = places.clients.texts[i];
        ok = add(ahead, item);
    }
    return ok ? LEDGER_E_OK : projection_no_memory(ahead->error);
}

static enum ledger_err add_expiries(struct ahead *ahead, int32_t day, const char *id) {
    enum ledger_err err = person_read(ahead->view, id, &ahead->person, ahead->error);
    for (size_t i = 0; !err && i < ahead->person.count; i++) {
        const struct person_fact *fact = &ahead->person.facts[i];
        if (fact->row.has_valid_until && fact->row.valid_until == day)
            err = add_person(ahead, day, WHAT_EXPIRY, fact);
    }
    return err;
}

static enum ledger_err add_birthday(struct ahead *ahead, int32_t day, int32_t birthday,
                                    const char *id) {
    enum ledger_err err = person_read(ahead->view, id, &ahead->person, ahead->error);
    for (size_t i = 0; !err && i < ahead->person.count; i++) {
        const struct person_fact *fact = &ahead->person.facts[i];
        if (fact->row.topic == TOPIC_BIRTHDAY && fact->row.birthday == birthday)
            err = add_person(ahead, day, WHAT_BIRTHDAY, fact);
    }
    return err;
}

// ---- one day
static enum ledger_err add_calendar_row(struct ahead *ahead, int32_t day, int32_t kind,
                                        const char *id) {
    static const enum what whats[] = {[CALENDAR_TASK] = WHAT_TASK,
                                      [CALENDAR_REMINDER] = WHAT_REMINDER,
                                      [CALENDAR_VISIT] = WHAT_VISIT,
                                      [CALENDAR_EXPIRY] = WHAT_EXPIRY};
    if (ahead->what >= 0 && whats[kind] != (enum what)ahead->what)
        return LEDGER_E_OK;
    if (kind == CALENDAR_VISIT)
        return add_visit(ahead, day, id);
    if (kind == CALENDAR_EXPIRY)
        return add_expiries(ahead, day, id);
    return add_task(ahead, day, whats[kind], id);
}

// Several facts may set the same day for the same thing: their rows come one after the other.
static enum ledger_err read_calendar(struct ahead *ahead, int32_t day) {
    struct projection_key prefix = {0};
    struct projection_row row;
    struct ledger_span before = {0};
    enum ledger_err err = LEDGER_E_OK;
    projection_key_day(&prefix, day);
    struct projection_cursor *cursor = projection_scan(ahead->view, CALENDAR, &prefix, true);
    while (!err && projection_next(cursor, &row)) {
        struct ledger_span key = row.key;
        struct ledger_span id;
        int32_t set, kind;
        if (ledger_span_equal(before, row.key) || !projection_key_read_day(&key, &set) ||
            !projection_key_read_day(&key, &kind) || !projection_key_read_text(&key, &id))
            continue;
        before = row.key;
        err = add_calendar_row(ahead, day, kind, (const char *)id.data);
    }
    projection_scan_end(cursor);
    return err;
}

static enum ledger_err read_birthdays(struct ahead *ahead, int32_t day, int32_t birthday) {
    struct projection_key prefix = {0};
    struct projection_row row;
    struct ledger_span before = {0};
    enum ledger_err err = LEDGER_E_OK;
    projection_key_day(&prefix, birthday);
    struct projection_cursor *cursor = projection_scan(ahead->view, BIRTHDAYS, &prefix, true);
    while (!err && projection_next(cursor, &row)) {
        struct ledger_span key = row.key;
        struct ledger_span id;
        int32_t set;
        if (ledger_span_equal(before, row.key) || !projection_key_read_day(&key, &set) ||
            !projection_key_read_text(&key, &id))
            continue;
        before = row.key;
        err = add_birthday(ahead, day, birthday, (const char *)id.data);
    }
    projection_scan_end(cursor);
    return err;
}

// In a common year, 28 February has the birthdays of the 29th too.
static enum ledger_err read_day(struct ahead *ahead, int32_t day) {
    enum { FEBRUARY_28 = 228, FEBRUARY_29 = 229 };
    int year, month, day_of_month;
    enum ledger_err err = read_calendar(ahead, day);
    if (err || (ahead->what >= 0 && ahead->what != WHAT_BIRTHDAY))
        return err;
    ledger_civil_from_days(day, &year, &month, &day_of_month);
    int32_t birthday = 100 * month + day_of_month;
    err = read_birthdays(ahead, day, birthday);
    if (!err && birthday == FEBRUARY_28 && !ledger_civil_valid(year, 2, 29))
        err = read_birthdays(ahead, day, FEBRUARY_29);
    return err;
}

// ---- the answer
static int compare_texts(const char *a, const char *b) {
    return strcmp(a ? a : "", b ? b : "");
}

static int by_day(const void *a, const void *b) {
    const struct item *left = a;
    const struct item *right = b;
    if (left->day != right->day)
        return left->day < right->day ? -1 : 1;
    if (left->what != right->what)
        return left->what < right->what ? -1 : 1;
    if (left->at.micros != right->at.micros)
        return left->at.micros < right->at.micros ? -1 : 1;
    int order = compare_texts(left->client, right->client);
    if (!order)
        order = compare_texts(left->person, right->person);
    if (!order)
        order = compare_texts(left->id, right->id);
    return order ? order : compare_texts(left->about, right->about);
}

static void answer_item(const struct ahead *ahead, struct projection_answer *answer,
                        const struct item *item) {
    struct projection_view *view = ahead->view;
    projection_answer_day(answer, item->day);
    projection_answer_integer(answer, item->day - ahead->now.day);
    projection_answer_text(answer, what_texts[item->what]);
    projection_answer_moment(answer, &item->at);
    projection_answer_text(answer, item->owner);
    projection_answer_text(answer, projection_name(view, EMPLOYEES, item->owner));
    projection_answer_text(answer, item->client);
    projection_answer_text(answer, projection_name(view, CLIENT_NAMES, item->client));
    projection_answer_text(answer, item->person);
    projection_answer_text(answer, item->person_name);
    projection_answer_text(answer, item->employee);
    projection_answer_text(answer, item->id);
    projection_answer_text(answer, item->about);
    if (item->what == WHAT_REMINDER) {
        projection_answer_flag(answer, item->fired);
        projection_answer_flag(answer, item->seen);
    } else {
        projection_answer_none(answer);
        projection_answer_none(answer);
    }
}

static enum ledger_err
read_arguments(struct ahead *ahead, const struct projection_arguments *arguments, uint64_t *limit) {
    const char *what = projection_argument(arguments, "what");
    uint64_t days = DAYS_ELSE;
    bool given;
    ahead->owner = projection_argument(arguments, "owner");
    ahead->what = -1;
    enum ledger_err err = projection_argument_u64(arguments, "limit", limit, &given, ahead->error);
    if (!err)
        err = projection_argument_u64(arguments, "days", &days, &given, ahead->error);
    if (!err && days > DAYS_MAX)
        err = ledger_fail(ahead->error, LEDGER_E_INVALID_VALUE, "days", "at most %d days ahead",
                          DAYS_MAX);
    if (err)
        return err;
    ahead->last = ahead->now.day + (int32_t)days;
    for (int i = 0; what && i < WHATS; i++)
        if (strcmp(what, what_texts[i]) == 0)
            ahead->what = i;
    return !what || ahead->what >= 0
               ? LEDGER_E_OK
               : ledger_fail(ahead->error, LEDGER_E_INVALID_VALUE, "what",
                             "%.60s is not birthday, reminder, visit, task or expiry", what);
}

enum ledger_err ahead_answer(struct projection_view *view,
                             const struct projection_arguments *arguments,
                             struct projection_answer *answer, struct ledger_error *error) {
    struct ahead ahead = {.view = view, .now = projection_view_today(view), .error = error};
    uint64_t limit = 0;
    enum ledger_err err = read_arguments(&ahead, arguments, &limit);
    bool dated = ahead.now.when != LEDGER_WHEN_UNKNOWN;
    for (int32_t day = ahead.now.day; dated && !err && day <= ahead.last && day <= LEDGER_DAY_MAX;
         day++)
        err = read_day(&ahead, day);
    if (err)
        return err;
    if (ahead.count)
        qsort(ahead.list, ahead.count, sizeof(struct item), by_day);
    projection_answer_table(answer, "ahead", "Ahead", PROJECTION_COLUMNS(item_columns));
    projection_answer_limit(answer, limit);
    for (size_t i = 0; i < ahead.count; i++)
        answer_item(&ahead, answer, &ahead.list[i]);
    projection_answer_table(answer, "totals", "How many", PROJECTION_COLUMNS(total_columns));
    for (size_t i = 0; i < WHATS; i++)
        if (ahead.what < 0 || (size_t)ahead.what == i) {
            projection_answer_text(answer, what_texts[i]);
            projection_answer_integer(answer, (int64_t)ahead.counts[i]);
        }
    projection_answer_note_today(answer, view);
    note_unknown_ids(view, arguments, answer);
    return LEDGER_E_OK;
}
