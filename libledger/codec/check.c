// What every message from outside has to hold to, whichever it is.
#include <inttypes.h>
#include <string.h>

#include "codec_internal.h"
#include "ledger/limits.h"
#include "ledger/text.h"

// 1900-01-01; the last day is LEDGER_DAY_MAX, 9999-12-31.
enum { DAY_PLAUSIBLE_MIN = -25567 };

static enum ledger_err check_fields(const ProtobufCMessage *message,
                                    const struct field_path *parent, struct ledger_error *error);

// ---- messages that are one value. Their own fields are not named in errors: the value is wrong.

typedef enum ledger_err (*value_check_fn)(const ProtobufCMessage *, const struct field_path *,
                                          struct ledger_error *);

static enum ledger_err check_day(int32_t day, const struct field_path *path,
                                 struct ledger_error *error) {
    if (day >= DAY_PLAUSIBLE_MIN && day <= LEDGER_DAY_MAX)
        return LEDGER_E_OK;
    return fail_at(error, LEDGER_E_INVALID_TIME, path, "lies outside the years 1900 to 9999");
}

static enum ledger_err check_date(const ProtobufCMessage *message, const struct field_path *path,
                                  struct ledger_error *error) {
    const Ledger__V1__Date *date = (const Ledger__V1__Date *)message;
    if (!date->has_days)
        return fail_at(error, LEDGER_E_MISSING_FIELD, path, "a date without its days");
    return check_day(date->days, path, error);
}

static enum ledger_err check_instant(const ProtobufCMessage *message, const struct field_path *path,
                                     struct ledger_error *error) {
    const Ledger__V1__Instant *instant = (const Ledger__V1__Instant *)message;
    if (!instant->has_micros)
        return fail_at(error, LEDGER_E_MISSING_FIELD, path, "an instant without its micros");
    int32_t offset = instant->utc_offset_minutes;
    if (offset < -LEDGER_OFFSET_MINUTES_MAX || offset > LEDGER_OFFSET_MINUTES_MAX)
        return fail_at(error, LEDGER_E_INVALID_TIME, path,
                       "the UTC offset of %d minutes is beyond 18 hours", offset);
    return check_day(ledger_moment_instant(instant->micros, offset).day, path, error);
}

static enum ledger_err check_occurred(const ProtobufCMessage *message,
                                      const struct field_path *path, struct ledger_error *error) {
    const Ledger__V1__Occurred *occurred = (const Ledger__V1__Occurred *)message;
    switch (occurred->when_case) {
    case LEDGER__V1__OCCURRED__WHEN_INSTANT:
        return check_instant(&occurred->instant->base, path, error);
    case LEDGER__V1__OCCURRED__WHEN_DATE:
        return check_date(&occurred->date->base, path, error);
    case LEDGER__V1__OCCURRED__WHEN_UNKNOWN:
        return LEDGER_E_OK;
    default:
        return fail_at(error, LEDGER_E_MISSING_FIELD, path,
                       "is neither an instant nor a date nor \"unknown\"");
    }
}

static enum ledger_err check_money(const ProtobufCMessage *message, const struct field_path *path,
                                   struct ledger_error *error) {
    const Ledger__V1__Money *money = (const Ledger__V1__Money *)message;
    const char *currency = money->currency;
    if (currency &&
        (strlen(currency) != 3 || strspn(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)) {
        struct field_path field = {.parent = path, .name = "currency"};
        return fail_at(error, LEDGER_E_INVALID_VALUE, &field,
                       "a currency is three capital letters");
    }
    const char *missing = !money->has_minor ? "minor" : !currency ? "currency" : NULL;
    if (!missing)
        return LEDGER_E_OK;
    struct field_path field = {.parent = path, .name = missing};
    return fail_at(error, LEDGER_E_MISSING_FIELD, &field, "an amount without its %s", missing);
}

static enum ledger_err check_geo_point(const ProtobufCMessage *message,
                                       const struct field_path *path, struct ledger_error *error) {
    const Ledger__V1__GeoPoint *point = (const Ledger__V1__GeoPoint *)message;
    const struct {
        const char *name;
        protobuf_c_boolean present;
        int32_t value, limit;
    } parts[] = {{"lat_e7", point->has_lat_e7, point->lat_e7, 900000000},
                 {"lon_e7", point->has_lon_e7, point->lon_e7, 1800000000}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct field_path field = {.parent = path, .name = parts[i].name};
        if (!parts[i].present)
            return fail_at(error, LEDGER_E_MISSING_FIELD, &field, "a point without its %s",
                           parts[i].name);
        if (parts[i].value < -parts[i].limit || parts[i].value > parts[i].limit)
            return fail_at(error, LEDGER_E_INVALID_VALUE, &field, "%d is beyond +-%d",
                           parts[i].value, parts[i].limit);
    }
    return LEDGER_E_OK;
}

static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    value_check_fn check;
} value_checks[] = {
    {&ledger__v1__date__descriptor, check_date},
    {&ledger__v1__instant__descriptor, check_instant},
    {&ledger__v1__occurred__descriptor, check_occurred},
    {&ledger__v1__money__descriptor, check_money},
    {&ledger__v1__geo_point__descriptor, check_geo_point},
};

// ---- any message

static value_check_fn find_value_check(const ProtobufCMessageDescriptor *descriptor) {
    for (size_t i = 0; i < sizeof value_checks / sizeof value_checks[0]; i++)
        if (descriptor == value_checks[i].descriptor)
            return value_checks[i].check;
    return NULL;
}

enum ledger_err value_check(const ProtobufCMessage *message, const struct field_path *path,
                            struct ledger_error *error) {
    value_check_fn check = find_value_check(message->descriptor);
    return check ? check(message, path, error) : LEDGER_E_OK;
}

static enum ledger_err check_message(const ProtobufCMessage *message, const struct field_path *path,
                                     struct ledger_error *error) {
    value_check_fn check = find_value_check(message->descriptor);
    return check ? check(message, path, error) : check_fields(message, path, error);
}

static enum ledger_err check_text(const char *text, const ProtobufCFieldDescriptor *field,
                                  const struct field_path *path, struct ledger_error *error) {
    struct ledger_span span = ledger_span_text(text);
    enum ledger_err err = ledger_text_check(span);
    if (err)
        return fail_at(error, err, path, "%s", ledger_err_text(err));
    if (span.size <= LEDGER_ID_SIZE_MAX || !field_is_id(field))
        return LEDGER_E_OK;
    return fail_at(error, LEDGER_E_TOO_LARGE, path, "an id of %zu bytes is longer than %d",
                   span.size, LEDGER_ID_SIZE_MAX);
}

static enum ledger_err check_number(uint32_t number, const ProtobufCFieldDescriptor *field,
                                    const struct field_path *path, struct ledger_error *error) {
    uint32_t max = field_number_max(field);
    return number <= max ? LEDGER_E_OK
                         : fail_at(error, LEDGER_E_INVALID_VALUE, path,
                                   "%" PRIu32 " is more than %" PRIu32, number, max);
}

static enum ledger_err check_enum(int value, const ProtobufCEnumDescriptor *descriptor,
                                  const struct field_path *path, struct ledger_error *error) {
    if (protobuf_c_enum_descriptor_get_value(descriptor, value))
        return LEDGER_E_OK;
    return fail_at(error, LEDGER_E_INVALID_VALUE, path, "%s has no value %d",
                   descriptor->short_name, value);
}

static enum ledger_err check_bytes(const ProtobufCBinaryData *bytes,
                                   const ProtobufCFieldDescriptor *field,
                                   const struct field_path *path, struct ledger_error *error) {
    size_t size = bytes_form_size(bytes_form_of(field));
    if (size == 0 || bytes->len == size)
        return LEDGER_E_OK;
    return fail_at(error, LEDGER_E_INVALID_VALUE, path, "has %zu bytes instead of %zu", bytes->len,
                   size);
}

static enum ledger_err check_item(const void *item, const ProtobufCFieldDescriptor *field,
                                  const struct field_path *path, struct ledger_error *error) {
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return check_text(*(const char *const *)item, field, path, error);
    if (field->type == PROTOBUF_C_TYPE_UINT32)
        return check_number(*(const uint32_t *)item, field, path, error);
    if (field->type == PROTOBUF_C_TYPE_ENUM)
        return check_enum(*(const int *)item, field->descriptor, path, error);
    if (field->type == PROTOBUF_C_TYPE_BYTES)
        return check_bytes(item, field, path, error);
    if (field->type == PROTOBUF_C_TYPE_MESSAGE)
        return check_message(*(const ProtobufCMessage *const *)item, path, error);
    return LEDGER_E_OK;
}

static enum ledger_err check_fields(const ProtobufCMessage *message,
                                    const struct field_path *parent, struct ledger_error *error) {
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        struct field_path path = {.parent = parent,
                                  .name = field->name,
                                  .repeated = field->label == PROTOBUF_C_LABEL_REPEATED};
        size_t count = field_count(message, field);
        for (; path.index < count; path.index++) {
            enum ledger_err err =
                check_item(field_item(message, field, path.index), field, &path, error);
            if (err)
                return err;
        }
    }
    return LEDGER_E_OK;
}

enum ledger_err ledger_message_check(const ProtobufCMessage *message, struct ledger_error *error) {
    return check_message(message, NULL, error);
}
