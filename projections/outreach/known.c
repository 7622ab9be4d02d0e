// Ids asked for of which nothing is known: told, so that a slip of the pen is no empty answer.
#include "outreach.h"

static const struct projection_known known[] = {
    {"client",
     "client",
     {CLIENTS, ANSWERS, CLIENT_INTERACTIONS, CLIENT_VISITS, CLIENT_NEEDS, FEEDBACK, DECISIONS,
      CLIENT_DOCUMENTS}},
    {"rep", "employee", {EMPLOYEES, ACTOR_INTERACTIONS, ACTOR_VISITS}},
    {"person", "person", {CONSENTS, PREFERENCES}},
    {"survey", "survey", {SURVEY_ANSWERS, SURVEY_MAILINGS}},
    {"mailing", "mailing", {MAILINGS, RESPONSES}},
    {"campaign", "campaign", {CAMPAIGN_MAILINGS, CAMPAIGN_DEALS}},
};

void note_unknown_ids(struct projection_view *view, const struct projection_arguments *arguments,
                      struct projection_answer *answer) {
    projection_answer_note_unknown(answer, view, arguments, known, sizeof known / sizeof known[0]);
}
