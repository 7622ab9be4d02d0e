// Words that several answers use.
#include "words.h"

#include "facts/v1/communication.pb-c.h"

void answer_days_since(struct projection_answer *answer, const struct ledger_moment *now,
                       bool has_day, int32_t day) {
    if (has_day && now->when != LEDGER_WHEN_UNKNOWN)
        projection_answer_integer(answer, (int64_t)now->day - day);
    else
        projection_answer_none(answer);
}

const char *channel_text(struct projection_view *view, int64_t channel) {
    const ProtobufCEnumValue *value =
        channel
            ? protobuf_c_enum_descriptor_get_value(&facts__v1__channel__descriptor, (int)channel)
            : NULL;
    char *text = value ? ledger_arena_printf(projection_view_arena(view), "%s", value->name) : NULL;
    for (char *at = text; at && *at; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at + ('a' - 'A'));
    return text;
}
