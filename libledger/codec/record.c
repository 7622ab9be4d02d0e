// The stored record, by hand: the writer's bytes go in as they came, and position and recorded_at
// have fixed places. Byte by byte:
//    0  09              tag of position
//    1  8 bytes         position, little-endian
//    9  11              tag of recorded_at
//   10  8 bytes         recorded_at, little-endian
//   18  18 varint       stream_version
//    .  22 varint text  principal, left out if empty
//    .  2a varint bytes event
//    .  32 varint bytes personal, once for each part
#include <string.h>

#include "codec_internal.h"

enum {
    TAG_POSITION = 0x09,
    TAG_RECORDED_AT = 0x11,
    TAG_STREAM_VERSION = 0x18,
    TAG_PRINCIPAL = 0x22,
    TAG_EVENT = 0x2a,
    TAG_PERSONAL = 0x32,
    FIXED_SIZE = 18,
};

size_t framed_size(struct ledger_span bytes) {
    return 1 + ledger_varint_size(bytes.size) + bytes.size;
}

size_t ledger_record_size(const struct ledger_record_parts *parts) {
    size_t size = FIXED_SIZE + 1 + ledger_varint_size(parts->stream_version);
    if (parts->principal.size > 0)
        size += framed_size(parts->principal);
    size += framed_size(parts->event);
    for (size_t i = 0; i < parts->personal_count; i++)
        size += framed_size(parts->personal[i]);
    return size;
}

static uint8_t *write_fixed(uint8_t *place, uint8_t tag, uint64_t number) {
    *place++ = tag;
    for (int i = 0; i < 8; i++)
        *place++ = (uint8_t)(number >> (8 * i));
    return place;
}

static uint8_t *write_framed(uint8_t *place, uint8_t tag, struct ledger_span bytes) {
    *place++ = tag;
    place = ledger_varint_write(place, bytes.size);
    if (bytes.size > 0)
        memcpy(place, bytes.data, bytes.size);
    return place + bytes.size;
}

uint8_t *ledger_record_write(const struct ledger_record_parts *parts, uint8_t *place) {
    place = write_fixed(place, TAG_POSITION, parts->position);
    place = write_fixed(place, TAG_RECORDED_AT, (uint64_t)parts->recorded_at);
    *place++ = TAG_STREAM_VERSION;
    place = ledger_varint_write(place, parts->stream_version);
    if (parts->principal.size > 0)
        place = write_framed(place, TAG_PRINCIPAL, parts->principal);
    place = write_framed(place, TAG_EVENT, parts->event);
    for (size_t i = 0; i < parts->personal_count; i++)
        place = write_framed(place, TAG_PERSONAL, parts->personal[i]);
    return place;
}

// ---- reading: what was not written as above is refused

struct reader {
    const uint8_t *at, *end;
    bool failed;
};

static bool read_tag(struct reader *reader, uint8_t tag) {
    if (reader->failed || reader->at == reader->end || *reader->at != tag)
        return false;
    reader->at++;
    return true;
}

static uint64_t read_fixed(struct reader *reader, uint8_t tag) {
    if (!read_tag(reader, tag) || reader->end - reader->at < 8) {
        reader->failed = true;
        return 0;
    }
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number |= (uint64_t)*reader->at++ << (8 * i);
    return number;
}

static uint64_t read_varint(struct reader *reader) {
    uint64_t number = 0;
    const uint8_t *next = ledger_varint_read(reader->at, reader->end, &number);
    if (!next || (size_t)(next - reader->at) != ledger_varint_size(number)) {
        reader->failed = true;
        return 0;
    }
    reader->at = next;
    return number;
}

static struct ledger_span read_framed(struct reader *reader) {
    uint64_t size = read_varint(reader);
    if (reader->failed || size > (uint64_t)(reader->end - reader->at)) {
        reader->failed = true;
        return (struct ledger_span){0};
    }
    struct ledger_span bytes = ledger_span_of(reader->at, (size_t)size);
    reader->at += size;
    return bytes;
}

enum ledger_err ledger_record_split(struct ledger_span record, struct ledger_record_parts *parts,
                                    struct ledger_span *personal, size_t *personal_count) {
    struct reader reader = {.at = record.data, .end = record.data + record.size};
    *parts = (struct ledger_record_parts){0};
    parts->position = read_fixed(&reader, TAG_POSITION);
    parts->recorded_at = (int64_t)read_fixed(&reader, TAG_RECORDED_AT);
    if (!read_tag(&reader, TAG_STREAM_VERSION))
        return LEDGER_E_MALFORMED;
    parts->stream_version = read_varint(&reader);
    if (read_tag(&reader, TAG_PRINCIPAL)) {
        parts->principal = read_framed(&reader);
        reader.failed |= parts->principal.size == 0;
    }
    if (!read_tag(&reader, TAG_EVENT))
        return LEDGER_E_MALFORMED;
    parts->event = read_framed(&reader);

    size_t room = personal ? *personal_count : 0, count = 0;
    for (; read_tag(&reader, TAG_PERSONAL); count++) {
        struct ledger_span part = read_framed(&reader);
        if (count < room)
            personal[count] = part;
    }
    if (reader.failed || reader.at != reader.end)
        return LEDGER_E_MALFORMED;
    parts->personal = personal;
    parts->personal_count = count < room ? count : room;
    if (personal_count)
        *personal_count = count;
    return LEDGER_E_OK;
}
