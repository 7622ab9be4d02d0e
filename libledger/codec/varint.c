#include "ledger/event.h"

uint8_t *ledger_varint_write(uint8_t *place, uint64_t number) {
    while (number >= 0x80) {
        *place++ = (uint8_t)(number | 0x80);
        number >>= 7;
    }
    *place++ = (uint8_t)number;
    return place;
}

size_t ledger_varint_size(uint64_t number) {
    size_t size = 1;
    while (number >>= 7)
        size++;
    return size;
}

const uint8_t *ledger_varint_read(const uint8_t *place, const uint8_t *end, uint64_t *number) {
    uint64_t read = 0;
    for (unsigned shift = 0; shift < 64 && place < end; shift += 7) {
        uint8_t byte = *place++;
        if (shift == 63 && byte > 1) // more than 64 bits
            return NULL;
        read |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *number = read;
            return place;
        }
    }
    return NULL;
}
