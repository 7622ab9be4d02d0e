#include "compared.h"

// The next character in UTF-8. What is no UTF-8 goes through byte by byte.
static uint32_t next_character(const unsigned char **at) {
    const unsigned char *text = *at;
    size_t size = *text < 0xc0 ? 1 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
    uint32_t code = size == 1 ? *text : *text & (0xffU >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            *at = text + 1;
            return *text;
        }
        code = (code << 6) | (text[i] & 0x3fU);
    }
    *at = text + size;
    return code;
}

// Small letters for capitals of the Latin, Greek and Cyrillic alphabets; 0 for what is neither
// letter nor digit.
static uint32_t compared_character(uint32_t code) {
    enum { SMALL_IO = 0x451, SMALL_IE = 0x435 };
    if (code < 0x80) {
        if (code >= 'A' && code <= 'Z')
            return code + ('a' - 'A');
        return (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9') ? code : 0;
    }
    if (code < 0xc0 || code == 0xd7 || code == 0xf7 || (code >= 0x2000 && code <= 0x206f))
        return 0;
    if (code <= 0xde || (code >= 0x391 && code <= 0x3a9) || (code >= 0x410 && code <= 0x42f))
        return code + 0x20;
    if (code >= 0x400 && code <= 0x40f)
        code += 0x50;
    return code == SMALL_IO ? SMALL_IE : code; // both spellings are in use
}

bool compared_add(struct ledger_buffer *buffer, const char *text) {
    size_t before = buffer->size;
    const unsigned char *at = (const unsigned char *)text;
    bool apart = false;
    while (at && *at) {
        uint32_t code = compared_character(next_character(&at));
        if (code && apart && buffer->size > before)
            ledger_buffer_add_byte(buffer, ' ');
        if (code)
            ledger_buffer_printf(buffer, code < 0x80 ? "%c" : "<%x>", (int)code);
        apart = !code;
    }
    return buffer->size > before;
}
