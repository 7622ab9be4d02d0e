// Little-endian numbers at any address.
#ifndef LEDGER_LOG_BYTES_H
#define LEDGER_LOG_BYTES_H

#include <stdint.h>

static inline void le_write(uint8_t *place, uint64_t number, int bytes) {
    for (int i = 0; i < bytes; i++)
        place[i] = (uint8_t)(number >> (8 * i));
}
static inline uint64_t le_read(const uint8_t *place, int bytes) {
    uint64_t number = 0;
    for (int i = 0; i < bytes; i++)
        number |= (uint64_t)place[i] << (8 * i);
    return number;
}
static inline void le_write16(uint8_t *place, uint16_t number) {
    le_write(place, number, 2);
}
static inline void le_write32(uint8_t *place, uint32_t number) {
    le_write(place, number, 4);
}
static inline void le_write64(uint8_t *place, uint64_t number) {
    le_write(place, number, 8);
}
static inline uint16_t le_read16(const uint8_t *place) {
    return (uint16_t)le_read(place, 2);
}
static inline uint32_t le_read32(const uint8_t *place) {
    return (uint32_t)le_read(place, 4);
}
static inline uint64_t le_read64(const uint8_t *place) {
    return le_read(place, 8);
}

#endif
