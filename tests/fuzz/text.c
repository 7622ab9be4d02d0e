// UTF-8, numbers and UUIDs as text, against other readers of the same.
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fuzz.h"
#include "ledger/text.h"
#include "ledger/uuid.h"

// Jansson takes NULs, and is as strict otherwise.
static void utf8(struct ledger_span text) {
    enum ledger_err err = ledger_text_check(text);
    json_t *json = json_stringn((const char *)text.data, text.size);
    bool has_nul = text.size > 0 && memchr(text.data, 0, text.size) != NULL;
    if (!has_nul)
        MUST((err == LEDGER_E_OK) == (json != NULL));
    if (err == LEDGER_E_EMBEDDED_NUL)
        MUST(has_nul);
    json_decref(json);
}

static void numbers(const char *text) {
    uint64_t natural = 0;
    int64_t whole = 0;
    char *end;
    errno = 0;
    unsigned long long expected = strtoull(text, &end, 10);
    bool plain = isdigit((unsigned char)text[0]) && *end == '\0' && errno == 0;
    MUST(ledger_u64_parse(ledger_span_text(text), &natural) == plain);
    if (plain)
        MUST(natural == expected);
    errno = 0;
    long long expected_whole = strtoll(text, &end, 10);
    plain = isdigit((unsigned char)text[text[0] == '-']) && *end == '\0' && errno == 0;
    MUST(ledger_i64_parse(ledger_span_text(text), &whole) == plain);
    if (plain)
        MUST(whole == expected_whole);
}

static void uuid(const char *text) {
    struct ledger_uuid parsed;
    char shown[LEDGER_UUID_TEXT_SIZE];
    if (!ledger_uuid_parse(ledger_span_text(text), &parsed))
        return;
    ledger_uuid_format(&parsed, shown);
    MUST(strcasecmp(shown, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ledger_span text = ledger_span_of(data, size);
    const char *copy = ledger_arena_text(fuzz_arena(), text);
    MUST(copy != NULL);
    utf8(text);
    numbers(copy);
    uuid(copy);
    return 0;
}
