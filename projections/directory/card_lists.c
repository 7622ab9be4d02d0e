// The lists of a client's card.
#include "card.h"
#include "facts/v1/client.pb-c.h"
#include "facts/v1/communication.pb-c.h"

static const struct projection_column person_columns[] = {
    {"person", "Person", PROJECTION_ID},    {"name", "Name", PROJECTION_TEXT},
    {"post", "Post", PROJECTION_TEXT},      {"phones", "Phones", PROJECTION_TEXT},
    {"emails", "E-mails", PROJECTION_TEXT}, {"erased", "Personal data erased", PROJECTION_FLAG},
    {"since", "Since", PROJECTION_TEXT},
};
static const struct projection_column consent_columns[] = {
    {"person", "Person", PROJECTION_ID}, {"channel", "Channel", PROJECTION_TEXT},
    {"given", "Given", PROJECTION_FLAG}, {"basis", "Basis", PROJECTION_TEXT},
    {"since", "Since", PROJECTION_TEXT},
};
static const struct projection_column preference_columns[] = {
    {"person", "Person", PROJECTION_ID},
    {"topic", "Topic", PROJECTION_TEXT},
    {"code", "Which", PROJECTION_TEXT},
    {"value", "Value", PROJECTION_TEXT},
    {"valid_until", "Valid until", PROJECTION_DATE},
    {"expired", "Expired", PROJECTION_FLAG},
    {"since", "Since", PROJECTION_TEXT},
};
static const struct projection_column need_columns[] = {
    {"need", "Need", PROJECTION_ID},
    {"code", "Code", PROJECTION_TEXT},
    {"text", "Need, in words", PROJECTION_TEXT},
    {"product", "Product", PROJECTION_ID},
    {"met", "Met", PROJECTION_TEXT},
    {"volume", "Volume, packs", PROJECTION_INTEGER},
    {"value", "Value", PROJECTION_MONEY},
    {"since", "Since", PROJECTION_TEXT},
};
static const struct projection_column external_columns[] = {
    {"system", "System", PROJECTION_TEXT},
    {"external_id", "Id there", PROJECTION_ID},
    {"id", "Id here", PROJECTION_ID},
};

static const char *text_of(struct ledger_span *rest) {
    struct ledger_span text;
    return projection_key_read_text(rest, &text) ? (const char *)text.data : NULL;
}

// ---- reading
static bool replaces(struct card_list *list, const struct card_entry *entry) {
    for (size_t i = 0; i < list->count; i++) {
        struct card_entry *other = &list->entries[i];
        if (!ledger_span_equal(other->rest, entry->rest))
            continue;
        if (dated_compare(&entry->dated, &other->dated) > 0)
            *other = *entry;
        return true;
    }
    return false;
}

enum ledger_err card_read(struct card *card, uint8_t table, const char *const *ids, size_t count,
                          bool latest, struct card_list *list) {
    *list = (struct card_list){0};
    for (size_t i = 0; i < count; i++) {
        struct projection_key key = {0};
        struct projection_row row;
        projection_key_text(&key, ids[i]);
        struct standing standing = standing_begin(card->view, &card->stand, table, &key);
        while (standing_next(&standing, &row)) {
            struct card_entry entry = {
                .rest = row.key, .value = row.value, .dated = dated_of(&row, false, 0), .id = i};
            if (!text_of(&entry.rest) || (latest && i && replaces(list, &entry)))
                continue;
            if (!projection_grow(projection_view_arena(card->view), &list->entries, &list->capacity,
                                 list->count, sizeof *list->entries))
                return projection_no_memory(card->error);
            list->entries[list->count++] = entry;
        }
    }
    return LEDGER_E_OK;
}

// ---- contact persons
enum ledger_err card_persons(struct card *card, struct projection_answer *answer) {
    struct card_list list;
    enum ledger_err err = card_read(card, CONTACT_PERSONS, card->ids, card->id_count, true, &list);
    projection_answer_table(answer, "persons", "Contact persons",
                            PROJECTION_COLUMNS(person_columns));
    for (size_t i = 0; i < list.count && !err; i++) {
        const struct person_row person = person_row_read(list.entries[i].value);
        struct ledger_span rest = list.entries[i].rest;
        const char *id = text_of(&rest);
        if (!id || person.removed)
            continue;
        bool erased = is_erased(card->view, id);
        projection_answer_text(answer, id);
        projection_answer_text(answer, erased ? NULL : person.name);
        projection_answer_text(answer, person.post);
        projection_answer_text(answer, erased ? NULL : person.phones);
        projection_answer_text(answer, erased ? NULL : person.emails);
        projection_answer_flag(answer, erased);
        answer_dated(answer, &list.entries[i].dated);
        if (projection_ids_add(&card->people, id) == PROJECTION_ID_NONE)
            err = projection_no_memory(card->error);
    }
    for (size_t i = 0; i < card->id_count && !err; i++)
        if (projection_ids_add(&card->people, card->ids[i]) == PROJECTION_ID_NONE)
            err = projection_no_memory(card->error);
    return err;
}

// ---- consents, preferences
// What was said of all channels replaces what was said of one before.
static const struct card_entry *all_channels(const struct card_list *list, size_t person) {
    for (size_t i = 0; i < list->count; i++) {
        struct ledger_span rest = list->entries[i].rest;
        uint64_t channel;
        if (list->entries[i].id == person && projection_key_read_u64(&rest, &channel) && !channel)
            return &list->entries[i];
    }
    return NULL;
}

enum ledger_err card_consents(struct card *card, struct projection_answer *answer) {
    struct card_list list;
    enum ledger_err err =
        card_read(card, CONSENTS, card->people.texts, card->people.count, false, &list);
    projection_answer_table(answer, "consents", "Consent by channel",
                            PROJECTION_COLUMNS(consent_columns));
    for (size_t i = 0; i < list.count && !err; i++) {
        const struct card_entry *entry = &list.entries[i];
        const struct card_entry *all = all_channels(&list, entry->id);
        struct ledger_span rest = entry->rest;
        struct projection_reader reader = {entry->value};
        uint64_t channel;
        if (!projection_key_read_u64(&rest, &channel) ||
            (all && channel && dated_compare(&entry->dated, &all->dated) < 0))
            continue;
        projection_answer_text(answer, card->people.texts[entry->id]);
        if (channel)
            answer_code(card->view, answer, &facts__v1__channel__descriptor, (int64_t)channel);
        else
            projection_answer_text(answer, "all");
        projection_answer_flag(answer, projection_read_number(&reader));
        projection_answer_text(answer, projection_read_text(&reader));
        answer_dated(answer, &entry->dated);
    }
    return err;
}

enum ledger_err card_preferences(struct card *card, struct projection_answer *answer) {
    struct card_list list;
    enum ledger_err err =
        card_read(card, PREFERENCES, card->people.texts, card->people.count, false, &list);
    projection_answer_table(answer, "preferences", "Preferences and personal facts",
                            PROJECTION_COLUMNS(preference_columns));
    for (size_t i = 0; i < list.count && !err; i++) {
        const struct card_entry *entry = &list.entries[i];
        const char *person = card->people.texts[entry->id];
        const struct preference_row row = preference_row_read(entry->value);
        struct ledger_span rest = entry->rest;
        uint64_t topic;
        if (is_erased(card->view, person) || !projection_key_read_u64(&rest, &topic))
            continue;
        const char *code = text_of(&rest);
        projection_answer_text(answer, person);
        answer_code(card->view, answer, &facts__v1__personal_fact_recorded__topic__descriptor,
                    (int64_t)topic);
        projection_answer_text(answer, code && *code ? code : NULL);
        projection_answer_text(answer, row.value);
        projection_answer_day_if(answer, row.has_until, row.until);
        projection_answer_flag(answer, row.has_until && row.until < card->stand.day);
        answer_dated(answer, &entry->dated);
    }
    return err;
}

// ---- needs, ids elsewhere
enum ledger_err card_needs(struct card *card, struct projection_answer *answer) {
    struct card_list list;
    enum ledger_err err = card_read(card, NEEDS, card->ids, card->id_count, true, &list);
    projection_answer_table(answer, "needs", "Needs not fully met",
                            PROJECTION_COLUMNS(need_columns));
    for (size_t i = 0; i < list.count && !err; i++) {
        const struct need_row need = need_row_read(list.entries[i].value);
        struct ledger_span rest = list.entries[i].rest;
        if (need.met == FACTS__V1__TECHNICAL_NEED_RECORDED__MET__YES)
            continue;
        projection_answer_text(answer, text_of(&rest));
        projection_answer_text(answer, need.code);
        projection_answer_text(answer, need.text);
        projection_answer_text(answer, need.product);
        answer_code(card->view, answer, &facts__v1__technical_need_recorded__met__descriptor,
                    need.met);
        if (need.has_volume)
            projection_answer_integer(answer, need.volume);
        else
            projection_answer_none(answer);
        if (need.has_value)
            projection_answer_money(answer, need.minor, need.currency);
        else
            projection_answer_none(answer);
        answer_dated(answer, &list.entries[i].dated);
    }
    return err;
}

enum ledger_err card_external_ids(struct card *card, struct projection_answer *answer) {
    struct card_list list;
    enum ledger_err err = card_read(card, EXTERNAL_IDS, card->ids, card->id_count, false, &list);
    projection_answer_table(answer, "external_ids", "Ids in other systems",
                            PROJECTION_COLUMNS(external_columns));
    for (size_t i = 0; i < list.count && !err; i++) {
        struct ledger_span rest = list.entries[i].rest;
        projection_answer_text(answer, text_of(&rest));
        projection_answer_text(answer, text_of(&rest));
        projection_answer_text(answer, card->ids[list.entries[i].id]);
    }
    return err;
}
