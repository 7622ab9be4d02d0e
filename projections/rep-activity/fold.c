// Which fact goes to which mapper, and the table of queries. The mappers are in map_visits.c and
// map_rest.c: a fact becomes one row under whoever or whatever it is about, and nothing else goes
// into it, so that whatever needs several facts is worked out when it is asked for.
#include "rep_activity.h"

#define MAPPERS(EACH)                                                                              \
    EACH(VisitPlanned, map_planned)                                                                \
    EACH(VisitRescheduled, map_rescheduled)                                                        \
    EACH(VisitCancelled, map_cancelled)                                                            \
    EACH(VisitReported, map_visit)                                                                 \
    EACH(JointVisitRecorded, map_joint)                                                            \
    EACH(TransferOfValueRecorded, map_transfer)                                                    \
    EACH(InteractionLogged, map_interaction)                                                       \
    EACH(CyclePlanTargetSet, map_target)                                                           \
    EACH(TerritoryAssigned, map_territory)                                                         \
    EACH(EmployeeHired, map_hired)                                                                 \
    EACH(EmployeeChanged, map_staff)                                                               \
    EACH(EmployeeTerminated, map_left)                                                             \
    EACH(WorkNormSet, map_norm)                                                                    \
    EACH(ClientSegmented, map_segment)                                                             \
    EACH(ClientRegistered, map_client)                                                             \
    EACH(ProductRegistered, map_product)

#define TYPE(fact, mapper) LEDGER_FACT_##fact,
static const enum ledger_fact types[] = {MAPPERS(TYPE)};
#define MAPPER(fact, mapper) mapper,
static rep_activity_mapper *const mappers[] = {MAPPERS(MAPPER)};

static enum ledger_err map(const struct projection_fact *fact, struct projection_rows *rows,
                           struct ledger_error *error) {
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i] == fact->type->fact)
            return mappers[i](fact, rows, error);
    return LEDGER_E_OK;
}

#define REP_PARAMETER                                                                              \
    { "rep", "ID", "only this representative" }
#define TERRITORY_PARAMETER                                                                        \
    {                                                                                              \
        "territory", "ID",                                                                         \
            "only representatives who held this territory or one below it, for the days they did"  \
    }
#define LIMIT_PARAMETER                                                                            \
    { "limit", "N", "at most so many rows" }
static const struct projection_parameter months_parameters[] = {
    REP_PARAMETER, PROJECTION_PERIOD_PARAMETERS, {0}};
static const struct projection_parameter gaps_parameters[] = {
    REP_PARAMETER,
    PROJECTION_PERIOD_PARAMETERS,
    {"by", "rep", "also a row for each representative"},
    LIMIT_PARAMETER,
    {0}};
static const struct projection_parameter register_parameters[] = {
    REP_PARAMETER,
    {"client", "ID", "only this client, with those merged into it"},
    PROJECTION_PERIOD_PARAMETERS,
    LIMIT_PARAMETER,
    {0}};

static const struct projection_parameter scoped_parameters[] = {
    REP_PARAMETER, TERRITORY_PARAMETER, PROJECTION_PERIOD_PARAMETERS, LIMIT_PARAMETER, {0}};

static const struct projection_parameter plan_parameters[] = {
    REP_PARAMETER,
    TERRITORY_PARAMETER,
    {"plan", "ID", "only this call plan"},
    {"from", "DATE", "only targets that run to this day or later"},
    {"to", "DATE", "only targets that begin on this day or earlier"},
    LIMIT_PARAMETER,
    {0}};

static const struct projection_parameter joint_parameters[] = {
    REP_PARAMETER,       {"companion", "ID", "only joint visits with this companion"},
    TERRITORY_PARAMETER, PROJECTION_PERIOD_PARAMETERS,
    LIMIT_PARAMETER,     {0}};

static const struct projection_parameter samples_parameters[] = {
    {"by", "LIST",
     "product, rep, client, month, or several with commas; product if it is not given"},
    REP_PARAMETER,
    {"client", "ID", "only this client, with those merged into it"},
    {"product", "ID", "only samples of this product"},
    TERRITORY_PARAMETER,
    PROJECTION_PERIOD_PARAMETERS,
    LIMIT_PARAMETER,
    {0}};

static const struct projection_parameter coverage_parameters[] = {
    REP_PARAMETER,
    TERRITORY_PARAMETER,
    PROJECTION_PERIOD_PARAMETERS,
    {"overdue", "yes",
     "of the targets, of whomever, only those whose client was not seen for longer than planned"},
    LIMIT_PARAMETER,
    {0}};

static const struct projection_query queries[] = {
    {"scorecard",
     "contacts, coverage, field days and entry delay of each representative. A contact is one "
     "representative, one client and one local day; a field day is a local day with a visit; "
     "coverage is the part of the targets that was reached, or without a target list of the "
     "registered clients.",
     scoped_parameters, scorecard_answer},
    {"months",
     "contacts by calendar month. A contact is one representative, one client and one local day, "
     "however many visits were reported of it.",
     months_parameters, months_answer},
    {"gaps",
     "days between a representative's successive contacts with one client. A gap is the difference "
     "of their local days.",
     gaps_parameters, gaps_answer},
    {"transfers",
     "transfers of value by nature. A transfer counts for whoever gave it, and currencies are "
     "never "
     "added up.",
     register_parameters, transfers_answer},
    {"visits",
     "the visits reported, latest first. Entry delay is from the visit to its first record.",
     register_parameters, visits_answer},
    {"register",
     "every visit once, by its id: planned, rescheduled, held, cancelled or not held; results, and "
     "products by their place in the talk. A visit is of the day on which it was held, else for "
     "which it is planned, else on which it was called off.",
     scoped_parameters, register_answer},
    {"coverage",
     "which of the clients they were to reach representatives reached, and how often; of one "
     "representative, target by target. On-target share is contacts with targets / contacts, "
     "frequency compliance the targets reached as often as planned / targets. Without a target "
     "list, coverage is of the registered clients. The interval of a target is the days of its "
     "plan "
     "/ planned calls; it is over if there were more days than that since the last contact that "
     "counts for the target, or since the plan began, while the plan runs and calls remain.",
     coverage_parameters, coverage_answer},
    {"plan-fact",
     "call plans against what was done, by plan, representative and product, and for one "
     "representative by client. Actual is the visits reported within a target's dates and "
     "territory; scheduled, those planned for later than now; remaining and attainment follow. "
     "Pace is attainment / the part of the working days that has begun.",
     plan_parameters, plan_fact_answer},
    {"joint",
     "joint visits: the share of a representative's visits on which a companion was, coaching "
     "days, and scores. Both confirm it if the representative and the companion each recorded it. "
     "The trend of a score is the mean of its first half against that of its second.",
     joint_parameters, joint_answer},
    {"samples",
     "what visits left behind: samples given, by product, representative, client and month; and "
     "what was agreed, and meant to come next. Of visits held, each once, as in the register.",
     samples_parameters, samples_answer},
    {"contradictions",
     "facts of visits that do not fit what came before, such as a visit reported twice. They are "
     "kept, and in no figure twice.",
     scoped_parameters, contradictions_answer},
};

const struct projection rep_activity = {
    .name = "rep-activity",
    .summary =
        "What representatives did, and were to do: visits, coverage, plan and actual, transfers.",
    .fold_version = 5,
    .rows_since = 4,
    .types = types,
    .type_count = sizeof types / sizeof types[0],
    .map = map,
    .queries = queries,
    .query_count = sizeof queries / sizeof queries[0],
};
