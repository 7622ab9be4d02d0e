// Numbers at places that need not be aligned.
#ifndef PROJECTION_BYTES_H
#define PROJECTION_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void put_le64(uint8_t *place, uint64_t number) {
    uint64_t le = htole64(number);
    memcpy(place, &le, sizeof le);
}
static inline uint64_t get_le64(const uint8_t *place) {
    uint64_t le;
    memcpy(&le, place, sizeof le);
    return le64toh(le);
}
static inline void put_be32(uint8_t *place, uint32_t number) {
    uint32_t be = htobe32(number);
    memcpy(place, &be, sizeof be);
}
static inline uint32_t get_be32(const uint8_t *place) {
    uint32_t be;
    memcpy(&be, place, sizeof be);
    return be32toh(be);
}
static inline void put_le32(uint8_t *place, uint32_t number) {
    uint32_t le = htole32(number);
    memcpy(place, &le, sizeof le);
}
static inline uint32_t get_le32(const uint8_t *place) {
    uint32_t le;
    memcpy(&le, place, sizeof le);
    return le32toh(le);
}

#endif
