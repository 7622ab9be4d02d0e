#include "fields.h"

#include <string.h>

void projection_fields_write(const struct projection_shape *shape, const void *row,
                             struct ledger_buffer *value) {
    for (size_t i = 0; i < shape->count; i++) {
        const struct projection_field *field = &shape->fields[i];
        const uint8_t *at = (const uint8_t *)row + field->offset;
        if (field->text) {
            const char *text;
            memcpy(&text, at, sizeof text);
            projection_value_text(value, text);
        } else {
            int64_t number;
            memcpy(&number, at, sizeof number);
            projection_value_number(value, number);
        }
    }
}

void projection_fields_read(const struct projection_shape *shape, struct projection_reader *reader,
                            void *row) {
    for (size_t i = 0; i < shape->count; i++) {
        const struct projection_field *field = &shape->fields[i];
        uint8_t *at = (uint8_t *)row + field->offset;
        if (field->text) {
            const char *text = projection_read_text(reader);
            memcpy(at, &text, sizeof text);
        } else {
            int64_t number = projection_read_number(reader);
            memcpy(at, &number, sizeof number);
        }
    }
}
