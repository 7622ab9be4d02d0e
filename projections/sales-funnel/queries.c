// The questions that this projection answers, and what each takes.
#include "sales_funnel.h"

#define PIPELINE                                                                                   \
    { "pipeline", "ID", "only this pipeline" }
#define LIMIT                                                                                      \
    { "limit", "N", "at most so many rows" }

static const struct projection_parameter pipeline_parameters[] = {PIPELINE, {0}};
static const struct projection_parameter flow_parameters[] = {
    PROJECTION_PERIOD_PARAMETERS, PIPELINE, {0}};
static const struct projection_parameter limit_parameters[] = {PIPELINE, LIMIT, {0}};
static const struct projection_parameter enquiry_parameters[] = {
    PROJECTION_PERIOD_PARAMETERS,
    {"hours", "N", "list those that have waited at least so many hours; else all without a deal"},
    LIMIT,
    {0},
};
static const struct projection_parameter idle_parameters[] = {
    {"days", "N", "also those of which nothing happened for at least so many days"},
    PIPELINE,
    LIMIT,
    {0},
};
static const struct projection_parameter abc_parameters[] = {
    PROJECTION_PERIOD_PARAMETERS, PIPELINE, LIMIT, {0}};
static const struct projection_parameter migration_parameters[] = {
    {"from", "DATE", "first day of the first period", true},
    {"to", "DATE", "last day of the first period", true},
    {"then-from", "DATE", "first day of the second period", true},
    {"then-to", "DATE", "last day of the second period", true},
    {"list", "clients", "also the clients, one by one"},
    PIPELINE,
    LIMIT,
    {0},
};
static const struct projection_parameter by_parameters[] = {
    {"group", "GROUP", "owner, territory, product, client, quarter, pipeline or source", true},
    PIPELINE,
    LIMIT,
    {0},
};
static const struct projection_parameter deal_parameters[] = {
    {"deal", "ID", "which deal", true},
    {0},
};

const struct projection_query sales_funnel_queries[SALES_FUNNEL_QUERIES] = {
    {"summary",
     "how many deals are open, won and lost, for how much, and how fast. Win rate is won of won "
     "and lost; velocity is open deals x mean won value x win rate / mean days to win.",
     pipeline_parameters, summary_answer},
    {"snapshot",
     "deals by the stage they stand in, with their value. A closed deal stands in the "
     "stage that closed it.",
     pipeline_parameters, snapshot_answer},
    {"flow",
     "what moved in a period: for each stage the deals there at its start, those that entered and "
     "left, and those there at its end; deals opened, reopened, won and lost in it. Won and lost "
     "are by closing day, of deals that are still so.",
     flow_parameters, flow_answer},
    {"stages",
     "how many deals went through each stage. A deal entered a stage if it was in it, passed it if "
     "it was in it or in a later open one, and skipped it if it passed but never entered.",
     pipeline_parameters, stages_answer},
    {"cohort",
     "the deals that were opened in a period: which stages they ever entered, passed and skipped, "
     "whenever that was, and what became of them.",
     flow_parameters, cohort_answer},
    {"times",
     "how long deals take. In each stage: the days of those that left it, summed over all their "
     "stays, and apart from them the days so far of those still there; from opening to close, and "
     "from the enquiry to the opening. And open deals whose present stay in their stage is longer "
     "than its norm.",
     limit_parameters, times_answer},
    {"forecast",
     "what the open deals are worth: their value, and the value weighted by each deal's own "
     "probability or else that of its stage, by currency and by the month of the expected close. "
     "And by how much expected closes were put off.",
     limit_parameters, forecast_answer},
    {"losses",
     "why deals closed in a period were lost and what they were worth, why clients refused, what "
     "was won after an obstacle was removed, and what won deals. An obstacle counts as removable "
     "to a lost deal if a refusal of that deal says so and it is not removed.",
     flow_parameters, losses_answer},
    {"by",
     "won, lost and open by owner, territory, product, client, quarter, pipeline or source. A deal "
     "of several products counts whole in each; a quarter is that of the closing day; a source is "
     "what brought the deal, such as a campaign.",
     by_parameters, by_answer},
    {"abc",
     "clients by won value, in classes A, B and C. The clients that make the first 80% of it are "
     "A, those up to 95% B, the rest C. A period is of the closing day.",
     abc_parameters, abc_answer},
    {"abc-potential",
     "clients by class and potential: the class of the won value in a period, the potential as it "
     "was set on its last day; also clients that have a potential with which nothing was won.",
     abc_parameters, abc_potential_answer},
    {"migration",
     "how clients moved between the classes A, B and C from one period to another, by the won "
     "value in each",
     migration_parameters, migration_answer},
    {"unassigned", "open deals that have no client, by the stage they stand in",
     pipeline_parameters, unassigned_answer},
    {"idle",
     "open deals that have no open task or, if days are given, of which nothing was recorded as "
     "done for so long: neither a fact of the deal nor of one of its tasks.",
     idle_parameters, idle_answer},
    {"skipped", "stages that deals passed and never entered, deal by deal", limit_parameters,
     skipped_answer},
    {"contradictions",
     "what does not fit: facts that contradict what came before them, and moves that the pipeline "
     "did not allow at the time. They are kept; what each means is said once, by its code.",
     limit_parameters, contradictions_answer},
    {"enquiries",
     "enquiries with and without a deal, how long the first deal took, and which still wait for "
     "one. A day is counted at its end.",
     enquiry_parameters, enquiries_answer},
    {"deal",
     "one deal: its facts and what they make of it, where it stood and for how long, who owned it, "
     "its tasks and refusals. A fact contradicts if it does not fit what came before it, such as a "
     "move after the close; it is kept and counted.",
     deal_parameters, deal_answer},
};
