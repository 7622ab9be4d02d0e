// The questions that this projection answers, and what each takes.
#include "audit_trail.h"

#define LIMIT_PARAMETER                                                                            \
    { "limit", "N", "at most so many rows" }
static const struct projection_parameter search_parameters[] = {
    {"actor", "ID", "only what this employee or service did"},
    {"on-behalf-of", "ID", "only what was done on behalf of this employee"},
    {"principal", "ID", "only what this login sent to the ledger"},
    {"object", "KIND/ID", "only what is about this object, such as client/42 or deal/D7"},
    {"type", "TYPE", "only facts of this type"},
    {"field", "FIELD", "only what changed this field, such as stage, owner or amount"},
    PROJECTION_PERIOD_PARAMETERS,
    {"recorded-from", "DATE", "only what was recorded on this day (UTC) or later"},
    {"recorded-to", "DATE", "only what was recorded on this day (UTC) or earlier"},
    {"territory", "ID", "only what was recorded for this territory"},
    {"source", "SYSTEM", "only what came from this source system"},
    {"correlation", "UUID", "only what belongs to this undertaking"},
    {"before", "POSITION", "only what stands before this position: the next page"},
    {"limit", "N", "at most so many rows; 100 if not given, 0 for no limit"},
    {0},
};

static const struct projection_parameter corrections_parameters[] = {
    {"actor", "ID", "only this actor, and each amendment by him or of his facts, field by field"},
    PROJECTION_PERIOD_PARAMETERS,
    LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter taken_back_parameters[] = {
    {"actor", "ID", "only what this actor took back"},
    {"from", "DATE", "only what was taken back on this day (UTC) or later"},
    {"to", "DATE", "only what was taken back on this day (UTC) or earlier"},
    {"mass", "N", "more retractions by one actor on one day are many at once; 100 if not given"},
    LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter late_parameters[] = {
    {"from", "DATE", "the first local day of the period", true},
    {"to", "DATE", "the last local day of the period", true},
    {"closed", "DATE",
     "the day (UTC) at the end of which the report was made; the last of the period if not given"},
    {"known", "POSITION", "the last position that the report knew, if closed does not tell it"},
    {"actor", "ID", "only facts of this actor"},
    {"type", "TYPE", "only facts of this type"},
    LIMIT_PARAMETER,
    {0},
};

static const struct projection_parameter access_parameters[] = {
    {"subject", "ID", "only this employee, service or subscriber"},
    {"object", "TEXT", "only accesses to exactly this"},
    {"kind", "KIND", "only accesses of this kind: VIEW, EXPORT, REPORT or DENIED"},
    PROJECTION_PERIOD_PARAMETERS,
    {"mass", "N", "an export of more rows is a mass export; 1,000 if not given"},
    LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter sources_parameters[] = {
    {"source", "SYSTEM", "only this source system"},
    {"silent", "N", "a source not heard of for more days is silent; 7 if not given"},
    LIMIT_PARAMETER,
    {0},
};

static const struct projection_parameter quality_parameters[] = {
    {"actor", "ID", "only what this actor had to fill in"},
    {"kind", "KIND", "only things of this kind: client, deal, visit, task, order ..."},
    PROJECTION_PERIOD_PARAMETERS,
    {"list", "missing", "also each required field that was empty"},
    {"limit", "N", "at most so many rows of that list"},
    {0},
};

static const struct projection_query queries[] = {
    {"search",
     "who recorded or changed what, and when: each record as it was written, the newest first. "
     "Corrections and retractions stand as lines of their own, with what they changed. The leaf "
     "hash is that of the record in the ledger's Merkle tree (RFC 6962): SHA-256 of a zero byte "
     "and the record's bytes, as `ledgerctl export` gives them.",
     search_parameters, search_answer},
    {"corrections",
     "corrections and retractions by whose facts they are of: how many, by whom, how long after "
     "the fact was recorded, and which fields they changed. From and to go by when the amended "
     "fact happened, as it was recorded. Those that were taken back or outdone are counted too.",
     corrections_parameters, corrections_answer},
    {"taken-back",
     "retractions by who made them and on which day (UTC), the newest first, and whether they were "
     "many at once. Each retraction counts, also one that takes back an amendment, and one that "
     "was taken back itself.",
     taken_back_parameters, taken_back_answer},
    {"late",
     "what a report of a period did not have when it was made, and has now: facts recorded after "
     "the close, and facts that were corrected or retracted after it",
     late_parameters, late_answer},
    {"access",
     "who can see what at the question's time, and who looked, exported or was refused. From, to, "
     "object and kind narrow the accesses, not the rights.",
     access_parameters, access_answer},
    {"quality",
     "completeness: required fields that were filled, of those that the policy in force on the day "
     "required. Each field of a thing is judged once: when the thing is first recorded, or when it "
     "first comes to the stage from which the field is required. Also how much is entered of each "
     "visit, and how long after it.",
     quality_parameters, quality_answer},
    {"sources",
     "source systems: their import batches, whether rows in are accepted, duplicate and rejected "
     "ones together, how long facts take from the source to the ledger, gaps, and who is silent",
     sources_parameters, sources_answer},
};

const struct projection audit_trail = {
    .name = "audit-trail",
    .summary = "Who did what, when: records as written, access, corrections, completeness and "
               "sources.",
    .fold_version = 2,
    .types = audit_trail_types,
    .type_count = AUDIT_TRAIL_TYPES,
    .map = audit_trail_map,
    .map_written = map_written,
    .queries = queries,
    .query_count = sizeof queries / sizeof queries[0],
};
