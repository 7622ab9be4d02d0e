// SHA-1's calls with a context on the stack are deprecated in favour of ones that allocate; the
// names here have to be made without a way to fail.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "ledger/uuid.h"

#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>

#include "ledger/text.h"

enum { UUID_SIZE = 16, TEXT_LENGTH = LEDGER_UUID_TEXT_SIZE - 1 };

static bool dash_before(size_t byte) {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void ledger_uuid_format(const struct ledger_uuid *uuid, char text[LEDGER_UUID_TEXT_SIZE]) {
    for (size_t i = 0; i < UUID_SIZE; i++) {
        if (dash_before(i))
            *text++ = '-';
        text = ledger_hex_write(ledger_span_of(&uuid->bytes[i], 1), text);
    }
    *text = '\0';
}

static int hex_digit(uint8_t character) {
    if (character >= '0' && character <= '9')
        return character - '0';
    character |= 0x20; // lower case
    return character >= 'a' && character <= 'f' ? character - 'a' + 10 : -1;
}

bool ledger_uuid_parse(struct ledger_span text, struct ledger_uuid *uuid) {
    if (text.size != TEXT_LENGTH)
        return false;
    struct ledger_uuid parsed;
    const uint8_t *at = text.data;
    for (size_t i = 0; i < UUID_SIZE; i++) {
        if (dash_before(i) && *at++ != '-')
            return false;
        int high = hex_digit(*at++);
        int low = hex_digit(*at++);
        if (high < 0 || low < 0)
            return false;
        parsed.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *uuid = parsed;
    return true;
}

static void stamp(struct ledger_uuid *uuid, uint8_t version) {
    uuid->bytes[6] = (uint8_t)((uuid->bytes[6] & 0x0F) | version << 4);
    uuid->bytes[8] = (uint8_t)((uuid->bytes[8] & 0x3F) | 0x80);
}

enum ledger_err ledger_uuid_v7(uint64_t unix_ms, struct ledger_uuid *uuid) {
    struct ledger_uuid made;
    if (RAND_bytes(made.bytes + 6, UUID_SIZE - 6) != 1)
        return LEDGER_E_INTERNAL;
    for (int i = 0; i < 6; i++)
        made.bytes[i] = (uint8_t)(unix_ms >> (40 - 8 * i));
    stamp(&made, 7);
    *uuid = made;
    return LEDGER_E_OK;
}

static struct ledger_uuid named(SHA_CTX *hash) {
    uint8_t digest[SHA_DIGEST_LENGTH];
    SHA1_Final(digest, hash);
    struct ledger_uuid uuid;
    memcpy(uuid.bytes, digest, UUID_SIZE);
    stamp(&uuid, 5);
    return uuid;
}

struct ledger_uuid ledger_uuid_v5(const struct ledger_uuid *space, struct ledger_span name) {
    SHA_CTX hash;
    SHA1_Init(&hash);
    SHA1_Update(&hash, space->bytes, UUID_SIZE);
    SHA1_Update(&hash, name.data, name.size);
    return named(&hash);
}

struct ledger_uuid ledger_uuid_imported(const char *system, const char *entity,
                                        const char *record_id, const char *fact) {
    // Drawn once. Another value would make every import of the past count as new.
    static const struct ledger_uuid space = {{0x5b, 0x1d, 0x0c, 0x8e, 0x3f, 0x62, 0x4a, 0x97, 0x9c,
                                              0x04, 0x7e, 0xd1, 0x28, 0xb6, 0x53, 0xaf}};
    const char *parts[] = {system, entity, record_id, fact};
    SHA_CTX hash;
    SHA1_Init(&hash);
    SHA1_Update(&hash, space.bytes, UUID_SIZE);
    // The NULs that join the parts are those that end the first three.
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        SHA1_Update(&hash, parts[i], strlen(parts[i]) + (i < 3));
    return named(&hash);
}
