// Ids asked for of which nothing is known: told, so that a slip of the pen is no empty answer.
#include "outreach.h"

enum { TABLES_MAX = 8 };

static const struct {
    const char *parameter, *kind;
    uint8_t tables[TABLES_MAX]; // 0 ends them
} known[] = {
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
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const char *id = projection_argument(arguments, known[i].parameter);
        const char *const *ids;
        size_t count = 0;
        while (count < TABLES_MAX && known[i].tables[count])
            count++;
        if (id && projection_view_client_ids(view, id, &ids) < 2 &&
            !projection_knows(view, known[i].tables, count, id))
            projection_answer_nothing_known(answer, known[i].kind, id);
    }
}
