// The questions that can be asked, and the projection itself.
#include "outreach.h"

#define CLIENT_PARAMETER                                                                           \
    { "client", "ID", "only this client, with those merged into it" }
static const struct projection_parameter answers_parameters[] = {
    {"client", "ID", "which client", true},
    {"question", "CODE", "only this question"},
    {"earlier", "yes", "also the answers before the last"},
    {0},
};
static const struct projection_parameter asked_again_parameters[] = {
    {"days", "N", "asked again within so many days; 90 if it is not given"},
    CLIENT_PARAMETER,
    PROJECTION_PERIOD_PARAMETERS,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter survey_parameters[] = {
    {"survey", "ID", "which survey", true},
    {0},
};
static const struct projection_parameter mailings_parameters[] = {
    {"mailing", "ID", "only this mailing"},
    {"campaign", "ID", "only this campaign"},
    PROJECTION_PERIOD_PARAMETERS,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter interactions_parameters[] = {
    {"by", "GROUP", "channel, direction, actor or month; channel if it is not given"},
    {"rep", "ID", "only those of this employee"},
    CLIENT_PARAMETER,
    PROJECTION_PERIOD_PARAMETERS,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter against_parameters[] = {
    {"rep", "ID", "only those of this employee"},
    CLIENT_PARAMETER,
    PROJECTION_PERIOD_PARAMETERS,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter consent_parameters[] = {
    {"person", "ID", "which person", true},
    {0},
};
static const struct projection_parameter needs_parameters[] = {
    {"by", "GROUP", "code or product; code if it is not given"},
    {"code", "CODE", "only needs of this code, and the clients that have them"},
    {"product", "ID", "only needs that this product would meet"},
    CLIENT_PARAMETER,
    {"from", "DATE", "of the needs that are met, only those met on this local day or later"},
    {"to", "DATE", "of the needs that are met, only those met on this local day or earlier"},
    PROJECTION_LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter feedback_parameters[] = {
    CLIENT_PARAMETER,
    {"topic", "TOPIC", "only this topic"},
    {"list", "yes", "also each one, latest first"},
    PROJECTION_PERIOD_PARAMETERS,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter decisions_parameters[] = {
    CLIENT_PARAMETER,
    PROJECTION_PERIOD_PARAMETERS,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};

static const struct projection_parameter documents_parameters[] = {
    CLIENT_PARAMETER,
    {"status", "STATUS", "only issued, sent, signed, superseded or voided"},
    {"template", "TEMPLATE", "only documents made from this template"},
    {"deal", "ID", "only documents of this deal"},
    {"from", "DATE", "only documents issued on this local day or later"},
    {"to", "DATE", "only documents issued on this local day or earlier"},
    PROJECTION_LIMIT_PARAMETER,
    {0},
};

static const struct projection_query queries[] = {
    {"answers",
     "what a client has answered: each question with its last answer, when and to whom it was "
     "given, and in which survey. Ask this before asking the client.",
     answers_parameters, answers_answer},
    {"asked-again",
     "questions that a client was asked again within some days of answering them, in any survey "
     "and by anyone. An answer of another person at the client counts too, and is marked.",
     asked_again_parameters, asked_again_answer},
    {"survey",
     "one survey: its questions, how often each answer was given, who asked, and the part of the "
     "people it was sent to that answered. A mailing carried the survey if it names it, or if the "
     "survey's id is that of the mailing or of its campaign.",
     survey_parameters, survey_answer},
    {"mailings",
     "what became of each mailing and campaign: sent, delivered, opened, clicked, bounced, "
     "unsubscribed, each person once a kind; cost; and the deals that name the campaign as their "
     "source. Leads are the distinct clients of these deals; a deal without a client is a lead of "
     "its own. Dates are those of the sending; deals count whenever they came.",
     mailings_parameters, mailings_answer},
    {"interactions",
     "calls, messages and meetings that were logged: how many, how long and with what outcome. "
     "Those that a machine sent are counted apart. Reported visits are not among them.",
     interactions_parameters, interactions_answer},
    {"against-preference",
     "interactions that we began, and visits, in a channel or at an hour that the person had asked "
     "us not to use, "
     "or after consent had been refused or withdrawn. Judged by what was in force when the "
     "contact began, hours by the clock of that place.",
     against_parameters, against_preference_answer},
    {"consent",
     "what a person has consented to, by channel, and how that changed. A change for all channels "
     "counts for each.",
     consent_parameters, consent_answer},
    {"needs",
     "needs of clients that we do not meet, or only partly, with their estimated value; and the "
     "needs that have been met since. The last that was said of a need counts.",
     needs_parameters, needs_answer},
    {"feedback", "what clients told us, by topic and month, and whether it was praise or complaint",
     feedback_parameters, feedback_answer},
    {"decisions",
     "decisions recorded, latest first, with the position of the ledger that each was based on "
     "and how many facts had been written after it. Ask any question as of that position to see "
     "what was known.",
     decisions_parameters, decisions_answer},
    {"documents",
     "documents made from the ledger's data, latest first, each with its status: issued, then as "
     "was recorded last; what is voided stays so. Ask any question as of the position whose data "
     "went into a document to see them again.",
     documents_parameters, documents_answer},
};

const struct projection outreach = {
    .name = "outreach",
    .summary = "What was said, asked, sent and answered.",
    .fold_version = 3,
    .rows_since = 2,
    .types = outreach_types,
    .type_count = OUTREACH_TYPES,
    .map = outreach_map,
    .queries = queries,
    .query_count = sizeof queries / sizeof queries[0],
};
