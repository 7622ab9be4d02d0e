#include "months.h"

#include <stdio.h>
#include <string.h>

#include "ledger/moment.h"

int64_t projection_month_of(int32_t day) {
    int year, month, of_month;
    ledger_civil_from_days(day, &year, &month, &of_month);
    return 12 * (int64_t)year + month - 1;
}

int32_t projection_month_first(int64_t month) {
    if (month < 12)
        return LEDGER_DAY_MIN; // there are no days before the year 1
    return ledger_days_from_civil((int)(month / 12), (int)(month % 12) + 1, 1);
}

int32_t projection_month_last(int64_t month) {
    return projection_month_first(month + 1) - 1;
}

bool projection_month_parse(const char *text, int64_t *month) {
    char date[] = "YYYY-MM-01";
    int32_t day;
    if (strlen(text) != 7)
        return false;
    memcpy(date, text, 7);
    if (!ledger_date_parse(ledger_span_text(date), &day))
        return false;
    *month = projection_month_of(day);
    return true;
}

void projection_month_format(int64_t month, char text[PROJECTION_MONTH_TEXT_SIZE]) {
    (void)snprintf(text, PROJECTION_MONTH_TEXT_SIZE, "%04d-%02d", (int)(month / 12),
                   (int)(month % 12) + 1);
}

const char *projection_month_text(struct ledger_arena *arena, int64_t month) {
    char text[PROJECTION_MONTH_TEXT_SIZE];
    projection_month_format(month, text);
    return ledger_arena_text(arena, ledger_span_text(text));
}
