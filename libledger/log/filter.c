#include "filter.h"

#include <stdlib.h>

// ---- opening

// A group for `count` terms, which the caller fills in. NULL when out of memory.
static struct filter_group *add_group(struct filter *filter, size_t count) {
    struct filter_group *group = &filter->groups[filter->count];
    group->terms = calloc(count, sizeof *group->terms);
    group->members = calloc(count, sizeof(struct postings *));
    if (group->terms == NULL || group->members == NULL) {
        free(group->terms);
        free(group->members);
        *group = (struct filter_group){0};
        return NULL;
    }
    group->count = count;
    filter->count++;
    return group;
}

static enum ledger_err add_term(struct filter *filter, const struct term *term) {
    struct filter_group *group = add_group(filter, 1);
    if (group == NULL)
        return LEDGER_E_NO_MEMORY;
    group->terms[0] = *term;
    return LEDGER_E_OK;
}

static enum ledger_err add_types(struct filter *filter, const struct ledger_read *read) {
    struct filter_group *group = add_group(filter, read->type_count);
    if (group == NULL)
        return LEDGER_E_NO_MEMORY;
    for (size_t i = 0; i < read->type_count; i++)
        group->terms[i] = term_of(TERM_TYPE, read->types[i]);
    return LEDGER_E_OK;
}

static enum ledger_err add_share(struct filter *filter, const struct ledger_read *read) {
    uint32_t first = read->share_index - 1;
    struct filter_group *group = add_group(
        filter, (LEDGER_SHARE_BUCKETS - first + read->share_count - 1) / read->share_count);
    if (group == NULL)
        return LEDGER_E_NO_MEMORY;
    for (uint32_t i = 0; i < group->count; i++)
        group->terms[i] = term_of_share(first + i * read->share_count);
    return LEDGER_E_OK;
}

enum ledger_err filter_begin(struct filter *filter, const struct ledger_read *read) {
    const struct {
        enum term_kind kind;
        struct ledger_span text;
    } single[] = {
        {TERM_STREAM, read->stream},
        {TERM_CATEGORY, read->category},
        {TERM_ACTOR, read->actor},
        {TERM_CORRELATION, read->correlation_id},
    };
    *filter = (struct filter){0};
    enum ledger_err err = LEDGER_E_OK;
    for (size_t i = 0; err == LEDGER_E_OK && i < sizeof single / sizeof *single; i++) {
        struct term term = term_of(single[i].kind, single[i].text);
        if (single[i].text.size != 0)
            err = add_term(filter, &term);
    }
    if (err == LEDGER_E_OK && read->subject_kind.size != 0) {
        struct term term = term_of_subject(read->subject_kind, read->subject_id);
        err = add_term(filter, &term);
    }
    if (err == LEDGER_E_OK && read->type_count != 0)
        err = add_types(filter, read);
    // One of one is everything.
    if (err == LEDGER_E_OK && read->share_count > 1)
        err = add_share(filter, read);
    return err;
}

enum ledger_err filter_take_tail(struct filter *filter, const struct snapshot *snapshot,
                                 struct position_range range) {
    for (size_t i = 0; i < filter->count; i++) {
        struct filter_group *group = &filter->groups[i];
        for (size_t j = 0; j < group->count; j++) {
            group->members[j] = postings_open_tail(snapshot, term_span(&group->terms[j]), range);
            if (group->members[j] == NULL)
                return LEDGER_E_NO_MEMORY;
        }
    }
    return LEDGER_E_OK;
}

enum ledger_err filter_take_index(struct filter *filter) {
    enum ledger_err err = LEDGER_E_OK;
    for (size_t i = 0; i < filter->count; i++) {
        struct filter_group *group = &filter->groups[i];
        for (size_t j = 0; err == LEDGER_E_OK && j < group->count; j++)
            err = postings_take_index(group->members[j], term_span(&group->terms[j]));
    }
    return err;
}

void filter_close(struct filter *filter) {
    for (size_t i = 0; i < filter->count; i++) {
        for (size_t j = 0; j < filter->groups[i].count; j++)
            postings_close(filter->groups[i].members[j]);
        free(filter->groups[i].members);
        free(filter->groups[i].terms);
    }
    *filter = (struct filter){0};
}

// ---- walking

typedef uint64_t (*walk)(struct postings *postings, uint64_t position);

// The nearest of a group's members. `forward` says which of two is nearer.
static uint64_t group_nearest(struct filter_group *group, uint64_t position, bool forward) {
    walk step = forward ? postings_at_or_after : postings_at_or_before;
    uint64_t nearest = 0;
    for (size_t i = 0; i < group->count; i++) {
        uint64_t at = step(group->members[i], position);
        if (at != 0 && (nearest == 0 || (forward ? at < nearest : at > nearest)))
            nearest = at;
    }
    return nearest;
}

// Leapfrog: move on to whatever the group that is furthest ahead says, until all agree.
static uint64_t filter_nearest(struct filter *filter, uint64_t position, bool forward) {
    size_t agreed = 0;
    for (size_t i = 0; agreed < filter->count; i = (i + 1) % filter->count) {
        filter->steps += (uint32_t)filter->groups[i].count;
        if (filter->steps >= FILTER_STEPS_MAX) {
            filter->undecided = position;
            return 0;
        }
        uint64_t at = group_nearest(&filter->groups[i], position, forward);
        if (at == 0)
            return 0;
        agreed = at == position ? agreed + 1 : 1;
        position = at;
    }
    return position;
}

uint64_t filter_at_or_after(struct filter *filter, uint64_t position) {
    return filter_nearest(filter, position, true);
}

uint64_t filter_at_or_before(struct filter *filter, uint64_t position) {
    return filter_nearest(filter, position, false);
}

enum ledger_err filter_failed(const struct filter *filter) {
    for (size_t i = 0; i < filter->count; i++) {
        for (size_t j = 0; j < filter->groups[i].count; j++) {
            enum ledger_err err = postings_failed(filter->groups[i].members[j]);
            if (err != LEDGER_E_OK)
                return err;
        }
    }
    return LEDGER_E_OK;
}
