#include "ledger/facts.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "codec_internal.h"
#include "facts/v1/alert.pb-c.h"
#include "facts/v1/client.pb-c.h"
#include "facts/v1/communication.pb-c.h"
#include "facts/v1/deal.pb-c.h"
#include "facts/v1/document.pb-c.h"
#include "facts/v1/integration.pb-c.h"
#include "facts/v1/order.pb-c.h"
#include "facts/v1/people.pb-c.h"
#include "facts/v1/planning.pb-c.h"
#include "facts/v1/reference.pb-c.h"
#include "facts/v1/task.pb-c.h"
#include "facts/v1/visit.pb-c.h"

#define SUBJECTS(...) ((const char *const[]){__VA_ARGS__})
#define FIELDS(...) ((const char *const[]){__VA_ARGS__})

static const struct ledger_fact_type types[] = {
#define LEDGER_FACT(type, symbol, stream_category, subject_kinds, field_names)                     \
    {.fact = LEDGER_FACT_##type,                                                                   \
     .name = #type,                                                                                \
     .payload = &facts__v1__##symbol##__descriptor,                                                \
     .category = (stream_category),                                                                \
     .subjects = subject_kinds,                                                                    \
     .fields = field_names},
#define LEDGER_FACT_SUBJECT_OF(symbol, field, kind)
#include "ledger/fact_types.def"
#undef LEDGER_FACT
#undef LEDGER_FACT_SUBJECT_OF
};
_Static_assert(sizeof types / sizeof types[0] == LEDGER_FACT_COUNT, "a row for each fact");

static const struct fact_subject_rule subject_rules[] = {
#define LEDGER_FACT(type, symbol, category, subjects, fields)
#define LEDGER_FACT_SUBJECT_OF(symbol, field_name, subject_kind)                                   \
    {&facts__v1__##symbol##__descriptor, field_name, subject_kind},
#include "ledger/fact_types.def"
#undef LEDGER_FACT
#undef LEDGER_FACT_SUBJECT_OF
};
enum { RULE_COUNT = sizeof subject_rules / sizeof subject_rules[0] };

// Made once: the types by name, and where each type's subject rules are.
static pthread_once_t indexed = PTHREAD_ONCE_INIT;
static const struct ledger_fact_type *by_name[LEDGER_FACT_COUNT];
static struct { size_t first, count; } rules_of[LEDGER_FACT_COUNT];

static int compare_names(const void *a, const void *b) {
    const struct ledger_fact_type *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static void make_index(void) {
    for (size_t i = 0; i < LEDGER_FACT_COUNT; i++) {
        by_name[i] = &types[i];
        while (rules_of[i].first < RULE_COUNT &&
               subject_rules[rules_of[i].first].payload != types[i].payload)
            rules_of[i].first++;
        for (size_t rule = rules_of[i].first;
             rule < RULE_COUNT && subject_rules[rule].payload == types[i].payload; rule++)
            rules_of[i].count++;
    }
    qsort(by_name, LEDGER_FACT_COUNT, sizeof by_name[0], compare_names);
}

static int compare_to_name(const void *key, const void *row) {
    const struct ledger_span *name = key;
    const struct ledger_fact_type *const *type = row;
    int order = strncmp((const char *)name->data, (*type)->name, name->size);
    return order == 0 && (*type)->name[name->size] != '\0' ? -1 : order;
}

const struct ledger_fact_type *ledger_fact_find(struct ledger_span name) {
    // strncmp would take a NUL inside the name for its end.
    if (name.size == 0 || memchr(name.data, 0, name.size))
        return NULL;
    pthread_once(&indexed, make_index);
    const struct ledger_fact_type *const *row =
        bsearch(&name, by_name, LEDGER_FACT_COUNT, sizeof by_name[0], compare_to_name);
    return row ? *row : NULL;
}

const struct ledger_fact_type *ledger_fact_at(enum ledger_fact fact) {
    return fact >= 0 && fact < LEDGER_FACT_COUNT ? &types[fact] : NULL;
}

const struct fact_subject_rule *fact_subject_rules(const struct ledger_fact_type *type,
                                                   size_t *count) {
    pthread_once(&indexed, make_index);
    *count = rules_of[type->fact].count;
    return subject_rules + rules_of[type->fact].first;
}

static bool is_name_character(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

bool ledger_fact_is_external(struct ledger_span name) {
    static const char prefix[] = "ext.";
    size_t length = sizeof prefix - 1;
    if (name.size <= length || memcmp(name.data, prefix, length) != 0)
        return false;
    size_t parts = 1, part_size = 0;
    for (size_t i = length; i < name.size; i++) {
        if (name.data[i] == '.' && part_size > 0) {
            parts++;
            part_size = 0;
        } else if (is_name_character(name.data[i])) {
            part_size++;
        } else {
            return false;
        }
    }
    return parts >= 2 && part_size > 0;
}
