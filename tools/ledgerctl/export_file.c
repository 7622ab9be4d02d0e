#include "export_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "export_json.h"
#include "ledger/event.h"
#include "ledger/json.h"
#include "ledger/limits.h"

enum {
    TAG_RECORD = 1 << 3 | 2,
    TAG_HEADER = 2 << 3 | 2,
    TAG_END = 3 << 3 | 2,
    VARINT_SIZE_MAX = 10,
    OTHER_SIZE_MAX = 4096, // of a header or an end
};
static const char header_key[] = "export", end_key[] = "exportEnd";

// ---- writing

static void write_field(FILE *file, uint8_t tag, struct ledger_span bytes) {
    uint8_t head[1 + VARINT_SIZE_MAX];
    head[0] = tag;
    size_t size = (size_t)(ledger_varint_write(head + 1, bytes.size) - head);
    (void)fwrite(head, 1, size, file);
    (void)fwrite(bytes.data, 1, bytes.size, file);
}

static enum ledger_err no_memory(struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "exporting");
}

static enum ledger_err write_message(FILE *file, uint8_t tag, const ProtobufCMessage *message,
                                     struct ledger_error *error) {
    struct ledger_buffer packed = {0};
    ledger_message_pack(message, &packed);
    bool failed = packed.failed;
    if (!failed)
        write_field(file, tag, ledger_buffer_span(&packed));
    ledger_buffer_fini(&packed);
    return failed ? no_memory(error) : LEDGER_E_OK;
}

static void write_line(FILE *file, const char *text) {
    (void)fputs(text, file);
    (void)fputc('\n', file);
}

static enum ledger_err write_json(FILE *file, const char *key, const ProtobufCMessage *message,
                                  struct ledger_error *error) {
    json_t *json = json_pack("{s:o}", key, ledger_json_from_message(message));
    char *text = json != NULL ? json_dumps(json, COMMON_LINE_FORM) : NULL;
    json_decref(json);
    if (text == NULL)
        return no_memory(error);
    write_line(file, text);
    free(text);
    return LEDGER_E_OK;
}

enum ledger_err export_write_header(FILE *file, bool json, const Ledger__V1__ExportHeader *header,
                                    struct ledger_error *error) {
    return json ? write_json(file, header_key, &header->base, error)
                : write_message(file, TAG_HEADER, &header->base, error);
}

enum ledger_err export_write_end(FILE *file, bool json, const Ledger__V1__ExportEnd *end,
                                 struct ledger_error *error) {
    return json ? write_json(file, end_key, &end->base, error)
                : write_message(file, TAG_END, &end->base, error);
}

enum ledger_err export_write_record(FILE *file, bool json, struct ledger_span record,
                                    struct ledger_arena *arena, struct ledger_error *error) {
    if (!json) {
        write_field(file, TAG_RECORD, record);
        return LEDGER_E_OK;
    }
    enum ledger_err err;
    ledger_arena_reset(arena);
    char *text = export_json_of_record(record, arena, &err);
    if (text == NULL)
        return ledger_fail(error, err, NULL, "a record cannot be shown as JSON");
    write_line(file, text);
    free(text);
    return LEDGER_E_OK;
}

// ---- reading

enum ledger_err export_reader_init(struct export_reader *reader, FILE *file, const char *path,
                                   struct ledger_error *error) {
    *reader = (struct export_reader){.file = file, .path = path, .arena = ledger_arena_new(0)};
    if (reader->arena == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading %s", path);
    int first = fgetc(file);
    if (first != EOF)
        (void)ungetc(first, file);
    reader->json = first == '{';
    if (reader->json)
        lines_of_file(&reader->lines, file, path);
    return LEDGER_E_OK;
}

void export_reader_fini(struct export_reader *reader) {
    if (reader->json)
        lines_fini(&reader->lines);
    else if (reader->file != stdin)
        (void)fclose(reader->file);
    ledger_buffer_fini(&reader->buffer);
    ledger_arena_free(reader->arena);
}

static enum ledger_err malformed(const struct export_reader *reader, const char *what,
                                 struct ledger_error *error) {
    return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%s: %s", reader->path, what);
}

static enum ledger_err ended(const struct export_reader *reader, struct ledger_error *error) {
    if (ferror(reader->file))
        return ledger_fail(error, LEDGER_E_IO, NULL, "%s cannot be read", reader->path);
    return malformed(reader, "it ends in the middle: it was cut short", error);
}

// Where a field ends, as the file says; *there is false at the end of the file.
static enum ledger_err read_head(struct export_reader *reader, int *tag, uint64_t *size,
                                 struct ledger_error *error) {
    uint8_t bytes[VARINT_SIZE_MAX];
    size_t count = 0;
    *tag = fgetc(reader->file);
    if (*tag == EOF)
        return ferror(reader->file) ? ended(reader, error) : LEDGER_E_OK;
    do {
        int byte = fgetc(reader->file);
        if (byte == EOF)
            return ended(reader, error);
        bytes[count++] = (uint8_t)byte;
    } while (bytes[count - 1] >= 0x80 && count < sizeof bytes);
    reader->bytes += 1 + count;
    return ledger_varint_read(bytes, bytes + count, size) != NULL
               ? LEDGER_E_OK
               : malformed(reader, "it is no export", error);
}

static enum ledger_err read_body(struct export_reader *reader, uint64_t size,
                                 struct ledger_error *error) {
    ledger_buffer_clear(&reader->buffer);
    uint8_t *place = ledger_buffer_reserve(&reader->buffer, (size_t)size);
    if (place == NULL)
        return ledger_fail(error, LEDGER_E_NO_MEMORY, NULL, "reading %s", reader->path);
    if (fread(place, 1, (size_t)size, reader->file) != size)
        return ended(reader, error);
    reader->buffer.size = (size_t)size;
    reader->bytes += size;
    return LEDGER_E_OK;
}

static enum ledger_err unpack(struct export_reader *reader,
                              const ProtobufCMessageDescriptor *descriptor,
                              const ProtobufCMessage **message, struct ledger_error *error) {
    ProtobufCMessage *unpacked;
    enum ledger_err err = ledger_message_unpack(descriptor, ledger_buffer_span(&reader->buffer),
                                                OTHER_SIZE_MAX, reader->arena, &unpacked, error);
    if (err == LEDGER_E_OK)
        *message = unpacked;
    return err;
}

static enum ledger_err next_field(struct export_reader *reader, struct export_item *item,
                                  struct ledger_error *error) {
    const ProtobufCMessage *message = NULL;
    int tag;
    uint64_t size;
    enum ledger_err err = read_head(reader, &tag, &size, error);
    if (err != LEDGER_E_OK || tag == EOF)
        return err;
    if ((tag != TAG_RECORD && tag != TAG_HEADER && tag != TAG_END) ||
        size > (tag == TAG_RECORD ? (uint64_t)LEDGER_RECORD_SIZE_MAX : (uint64_t)OTHER_SIZE_MAX))
        return malformed(reader, "it is no export", error);
    err = read_body(reader, size, error);
    if (err != LEDGER_E_OK)
        return err;
    if (tag == TAG_RECORD) {
        item->part = EXPORT_RECORD;
        item->record = ledger_buffer_span(&reader->buffer);
        return LEDGER_E_OK;
    }
    item->part = tag == TAG_HEADER ? EXPORT_HEADER : EXPORT_END;
    err = unpack(reader,
                 tag == TAG_HEADER ? &ledger__v1__export_header__descriptor
                                   : &ledger__v1__export_end__descriptor,
                 &message, error);
    item->header = (const Ledger__V1__ExportHeader *)message;
    item->end = (const Ledger__V1__ExportEnd *)message;
    return err;
}

static enum ledger_err take_line(struct export_reader *reader, const json_t *json,
                                 struct export_item *item, struct ledger_error *error) {
    const json_t *header = json_object_get(json, header_key), *end = json_object_get(json, end_key);
    ProtobufCMessage *message;
    if (header == NULL && end == NULL) {
        item->part = EXPORT_RECORD;
        return export_json_to_record(json, reader->arena, &item->record, error);
    }
    item->part = header != NULL ? EXPORT_HEADER : EXPORT_END;
    enum ledger_err err =
        ledger_json_to_message(header != NULL ? header : end,
                               header != NULL ? &ledger__v1__export_header__descriptor
                                              : &ledger__v1__export_end__descriptor,
                               reader->arena, &message, error);
    if (err != LEDGER_E_OK)
        return err;
    item->header = (const Ledger__V1__ExportHeader *)message;
    item->end = (const Ledger__V1__ExportEnd *)message;
    return LEDGER_E_OK;
}

static enum ledger_err next_line(struct export_reader *reader, struct export_item *item,
                                 struct ledger_error *error) {
    struct ledger_span line;
    bool more;
    json_error_t problem;
    struct ledger_error why;
    enum ledger_err err = lines_next(&reader->lines, &line, &more, error);
    if (err != LEDGER_E_OK || !more)
        return err;
    reader->bytes += line.size + 1;
    json_t *json = json_loadb((const char *)line.data, line.size, JSON_REJECT_DUPLICATES, &problem);
    if (json == NULL)
        return ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%s, line %llu: %s", reader->path,
                           (unsigned long long)reader->lines.number, problem.text);
    err = take_line(reader, json, item, &why);
    json_decref(json);
    return err == LEDGER_E_OK || err == LEDGER_E_NO_MEMORY
               ? err
               : ledger_fail(error, LEDGER_E_MALFORMED, NULL, "%s, line %llu: %s%s%s", reader->path,
                             (unsigned long long)reader->lines.number, why.field,
                             why.field[0] != '\0' ? ": " : "", why.message);
}

enum ledger_err export_reader_next(struct export_reader *reader, struct export_item *item,
                                   struct ledger_error *error) {
    *item = (struct export_item){.part = EXPORT_NOTHING};
    ledger_arena_reset(reader->arena);
    return reader->json ? next_line(reader, item, error) : next_field(reader, item, error);
}
