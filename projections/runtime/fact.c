// What maps look for in a fact.
#include <string.h>

#include "runtime/projection.h"

const char *projection_actor(const struct projection_fact *fact) {
    const char *actor = fact->record->event->actor;
    return actor && *actor ? actor : PROJECTION_NOBODY;
}

const char *projection_subject(const Ledger__V1__Record *record, const char *kind) {
    const Ledger__V1__Event *event = record->event;
    for (size_t i = 0; i < event->n_subjects; i++)
        if (event->subjects[i]->kind && strcmp(event->subjects[i]->kind, kind) == 0)
            return event->subjects[i]->id;
    return NULL;
}

static const Ledger__V1__PersonalValues *personal_values(const Ledger__V1__Record *record,
                                                         const char *person_id) {
    for (size_t i = 0; i < record->n_personal; i++) {
        const Ledger__V1__PersonalPart *part = record->personal[i];
        if (part->person_id && strcmp(part->person_id, person_id) == 0 &&
            part->content_case == LEDGER__V1__PERSONAL_PART__CONTENT_PLAIN)
            return part->plain;
    }
    return NULL;
}

const Ledger__V1__PersonalValues *projection_personal(const struct projection_fact *fact,
                                                      const char *person_id) {
    if (!person_id)
        return NULL;
    const Ledger__V1__PersonalValues *values = personal_values(fact->version, person_id);
    return values ? values : personal_values(fact->record, person_id);
}

const char *projection_person_name(const struct projection_fact *fact, const char *person_id) {
    if (!person_id)
        return NULL;
    const Ledger__V1__PersonalValues *values = personal_values(fact->version, person_id);
    if (!values || !values->name)
        values = personal_values(fact->record, person_id);
    return values ? values->name : NULL;
}

bool projection_entry_delay(const struct projection_fact *fact, int64_t *seconds) {
    const Ledger__V1__Source *source = fact->record->event->source;
    int64_t recorded = fact->record->recorded_at;
    if (source) {
        if (!source->recorded_at)
            return false;
        recorded = source->recorded_at->micros;
    }
    if (fact->occurred.when == LEDGER_WHEN_UNKNOWN)
        return false;
    int64_t micros = recorded - fact->occurred.micros;
    *seconds = micros > 0 ? micros / 1000000 : 0;
    return true;
}
