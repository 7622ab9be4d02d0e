// What the personal parts of an event must hold to before they are stored.
#include <stdio.h>
#include <string.h>

#include "codec_internal.h"
#include "ledger/limits.h"
#include "ledger/moment.h"

static const struct text_rule person_id_rule[] = {{1, LEDGER_ID_SIZE_MAX, true}};
static const struct text_rules personal_text_rules = TEXT_RULES(person_id_rule);

// "--MM-DD", or a date.
static bool is_birthday(const char *text) {
    char dated[16] = "2000"; // a leap year, for 29 February
    int32_t days;
    size_t length = strlen(text);
    if (length != sizeof "--MM-DD" - 1 || strncmp(text, "--", 2) != 0)
        return ledger_date_parse(ledger_span_text(text), &days);
    memcpy(dated + 4, text + 1, length);
    return ledger_date_parse(ledger_span_text(dated), &days);
}

enum ledger_err ledger_personal_check(struct ledger_span bytes, struct ledger_arena *arena,
                                      struct ledger_error *error) {
    ProtobufCMessage *message;
    enum ledger_err err = ledger_message_unpack(&ledger__v1__personal_part__descriptor, bytes,
                                                LEDGER_PERSONAL_SIZE_MAX, arena, &message, error);
    if (!err)
        err = ledger_message_check(message, error);
    if (!err)
        err = check_texts(message, &personal_text_rules, NULL, error);
    if (err)
        return err;
    const Ledger__V1__PersonalPart *part = (const Ledger__V1__PersonalPart *)message;
    if (part->content_case == LEDGER__V1__PERSONAL_PART__CONTENT_SEALED)
        return ledger_fail(error, LEDGER_E_INVALID_VALUE, "sealed", "only the ledger seals");
    if (part->content_case != LEDGER__V1__PERSONAL_PART__CONTENT_PLAIN)
        return ledger_fail(error, LEDGER_E_MISSING_FIELD, "plain", "must be given");
    if (part->plain->birthday && !is_birthday(part->plain->birthday))
        return ledger_fail(error, LEDGER_E_INVALID_TIME, "plain.birthday",
                           "must read --MM-DD or YYYY-MM-DD");
    return LEDGER_E_OK;
}

enum ledger_err ledger_personal_parts_check(const struct ledger_span *personal, size_t count,
                                            struct ledger_arena *arena,
                                            struct ledger_error *error) {
    size_t size = 0;
    if (count > LEDGER_SUBJECTS_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, "personal", "has %zu parts; at most %d",
                           count, LEDGER_SUBJECTS_MAX);
    for (size_t i = 0; i < count; i++)
        size += framed_size(personal[i]);
    if (size > LEDGER_PERSONAL_SIZE_MAX)
        return ledger_fail(error, LEDGER_E_TOO_LARGE, "personal",
                           "has %zu bytes in all its parts; at most %d", size,
                           LEDGER_PERSONAL_SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        enum ledger_err err = ledger_personal_check(personal[i], arena, error);
        if (err) {
            char prefix[32];
            snprintf(prefix, sizeof prefix, "personal[%zu]", i);
            ledger_error_prefix(error, prefix);
            return err;
        }
    }
    return LEDGER_E_OK;
}
