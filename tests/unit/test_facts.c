// Every fact type with every field filled, through JSON and bytes and back, against
// tests/golden/facts.txt: what is stored must stay readable, so a field or an enum value that
// changes its number, its type or its name fails here. With --write the lines go to standard
// output; a new type, field or value only adds to them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/json.h"

// ---- a message as JSON, by its descriptor. Values are made of the numbers of their fields: no two
// of a message are alike, and a new field leaves those of the others as they were.

static json_t *filled_message(const ProtobufCMessageDescriptor *descriptor, int number);

static void json_name(const ProtobufCMessageDescriptor *descriptor,
                      const ProtobufCFieldDescriptor *field, char name[64]) {
    char *to = name;
    for (const char *from = field->name; *from; from++)
        *to++ = *from == '_' ? (char)toupper((unsigned char)*++from) : *from;
    *to = '\0';
    if (strcmp(descriptor->name, "ledger.v1.PersonalPart") == 0 && strcmp(name, "plain") == 0)
        snprintf(name, 64, "values");
}

static bool ends_with(const char *text, const char *end) {
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static json_t *filled_bytes(const char *name, int number) {
    if (ends_with(name, "sha256"))
        return json_sprintf("%064x", number);
    if (ends_with(name, "_id") || ends_with(name, "_ids"))
        return json_sprintf("0198c0de-1234-7abc-8def-%012x", number);
    return json_sprintf("AP%02d", number % 100);
}

static json_t *filled_submessage(const ProtobufCMessageDescriptor *descriptor, int number) {
    if (strcmp(descriptor->name, "ledger.v1.Date") == 0)
        return json_sprintf("2026-01-%02d", number % 28 + 1);
    if (strcmp(descriptor->name, "ledger.v1.Instant") == 0 ||
        strcmp(descriptor->name, "ledger.v1.Occurred") == 0)
        return json_sprintf("2026-01-02T03:04:%02d.500+02:00", number % 60);
    return filled_message(descriptor, number);
}

static json_t *filled_item(const ProtobufCFieldDescriptor *field, int number) {
    const ProtobufCEnumDescriptor *values = field->descriptor;
    switch (field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
        return filled_submessage(field->descriptor, number);
    case PROTOBUF_C_TYPE_STRING:
        return strcmp(field->name, "currency") == 0 ? json_string("EUR")
                                                    : json_sprintf("text %d", number);
    case PROTOBUF_C_TYPE_BYTES:
        return filled_bytes(field->name, number);
    case PROTOBUF_C_TYPE_ENUM:
        return json_string(values->values[values->n_values - 1].name);
    case PROTOBUF_C_TYPE_BOOL:
        return json_true();
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return json_sprintf("%d", number); // as text: JSON's numbers are doubles
    default:
        return json_integer(number);
    }
}

static json_t *filled_field(const ProtobufCFieldDescriptor *field, int number) {
    if (field->label != PROTOBUF_C_LABEL_REPEATED)
        return filled_item(field, number);
    json_t *list = json_array();
    for (int i = 0; i < 2; i++)
        assert_int_equal(json_array_append_new(list, filled_item(field, 10 * number + i)), 0);
    return list;
}

static json_t *filled_message(const ProtobufCMessageDescriptor *descriptor, int number) {
    json_t *object = json_object();
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        char name[64];
        if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) && json_object_size(object) > 1)
            continue; // the one before it is given
        json_name(descriptor, field, name);
        assert_int_equal(
            json_object_set_new(object, name, filled_field(field, 100 * number + (int)field->id)),
            0);
    }
    return object;
}

// ---- there and back

static ProtobufCMessage *message_of(const json_t *json,
                                    const ProtobufCMessageDescriptor *descriptor,
                                    struct ledger_arena *arena) {
    ProtobufCMessage *message = NULL;
    struct ledger_error error = {0};
    if (ledger_json_to_message(json, descriptor, arena, &message, &error) != LEDGER_E_OK ||
        ledger_message_check(message, &error) != LEDGER_E_OK)
        fail_msg("%s: %s: %s", descriptor->name, error.field, error.message);
    return message;
}

// "Name HEX JSON"; the bytes give the same JSON again.
static void line_add(const char *name, const ProtobufCMessageDescriptor *descriptor,
                     struct ledger_arena *arena, struct ledger_buffer *lines) {
    struct ledger_buffer bytes = {0};
    struct ledger_error error = {0};
    ProtobufCMessage *read = NULL;
    json_t *json = filled_message(descriptor, 0);
    ledger_message_pack(message_of(json, descriptor, arena), &bytes);
    assert_int_equal(ledger_message_unpack(descriptor, ledger_buffer_span(&bytes), 1 << 16, arena,
                                           &read, &error),
                     LEDGER_E_OK);
    json_t *back = ledger_json_from_message(read);
    char *expected = json_dumps(json, JSON_COMPACT);
    char *got = json_dumps(back, JSON_COMPACT);
    assert_string_equal(got, expected);
    ledger_buffer_printf(lines, "%s ", name);
    for (size_t i = 0; i < bytes.size; i++)
        ledger_buffer_printf(lines, "%02x", bytes.data[i]);
    ledger_buffer_printf(lines, "%s%s\n", bytes.size > 0 ? " " : "- ", expected);
    free(expected);
    free(got);
    json_decref(json);
    json_decref(back);
    ledger_buffer_fini(&bytes);
}

// "enum NAME A=0 B=1": of each enum where it is first met.
static void enums_add(const ProtobufCMessageDescriptor *descriptor, struct ledger_buffer *lines) {
    for (unsigned i = 0; i < descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
        if (field->type == PROTOBUF_C_TYPE_MESSAGE)
            enums_add(field->descriptor, lines);
        if (field->type != PROTOBUF_C_TYPE_ENUM)
            continue;
        const ProtobufCEnumDescriptor *values = field->descriptor;
        char head[128];
        snprintf(head, sizeof head, "enum %s ", values->name);
        if (lines->size > 0 && memmem(lines->data, lines->size, head, strlen(head)))
            continue;
        ledger_buffer_printf(lines, "%s", head);
        for (unsigned j = 0; j < values->n_values; j++)
            ledger_buffer_printf(lines, "%s%s=%d", j > 0 ? " " : "", values->values[j].name,
                                 values->values[j].value);
        ledger_buffer_printf(lines, "\n");
    }
}

static void all_lines(struct ledger_buffer *lines) {
    const struct {
        const char *name;
        const ProtobufCMessageDescriptor *descriptor;
    } envelope[] = {{"Event", &ledger__v1__event__descriptor},
                    {"PersonalPart", &ledger__v1__personal_part__descriptor}};
    struct ledger_arena *arena = ledger_arena_new(0);
    assert_non_null(arena);
    for (size_t i = 0; i < sizeof envelope / sizeof envelope[0]; i++)
        line_add(envelope[i].name, envelope[i].descriptor, arena, lines);
    for (int i = 0; i < LEDGER_FACT_COUNT; i++) {
        const struct ledger_fact_type *type = ledger_fact_at((enum ledger_fact)i);
        line_add(type->name, type->payload, arena, lines);
        enums_add(type->payload, lines);
    }
    assert_false(lines->failed);
    ledger_arena_free(arena);
}

// ---- against the file

static char *line_end(char *line) {
    return line + strcspn(line, "\n");
}

static void what_is_stored_stays_as_it_was(void **state) {
    (void)state;
    struct ledger_buffer lines = {0}, golden = {0};
    all_lines(&lines);
    FILE *file = fopen(GOLDEN "/facts.txt", "re");
    assert_non_null(file);
    for (int c = fgetc(file); c != EOF; c = fgetc(file))
        ledger_buffer_add_byte(&golden, (uint8_t)c);
    fclose(file);
    char *expected = (char *)(uintptr_t)ledger_buffer_text(&golden);
    char *got = (char *)(uintptr_t)ledger_buffer_text(&lines);
    assert_non_null(expected);
    assert_non_null(got);
    for (; *expected && *got; expected = line_end(expected) + 1, got = line_end(got) + 1) {
        size_t size = (size_t)(line_end(expected) - expected);
        if (strncmp(expected, got, size + 1) != 0)
            fail_msg("was    %.*s\nis now %.*s", (int)size, expected, (int)(line_end(got) - got),
                     got);
    }
    assert_string_equal(got, expected); // both at their end
    ledger_buffer_fini(&lines);
    ledger_buffer_fini(&golden);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_stored_stays_as_it_was)};
    if (argc == 2 && strcmp(argv[1], "--write") == 0) {
        struct ledger_buffer lines = {0};
        all_lines(&lines);
        fwrite(lines.data, 1, lines.size, stdout);
        ledger_buffer_fini(&lines);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
