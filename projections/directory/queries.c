// What can be asked, in the words that managers read.
#include "directory.h"

static const struct projection_parameter owner_parameters[] = {
    {"id", "ID", "which client, deal or task", true},
    {"kind", "KIND", "client, deal or task, if the id could be of several"},
    {0},
};
static const struct projection_parameter held_parameters[] = {
    {"employee", "ID", "which employee", true}, PROJECTION_LIMIT_PARAMETER, {0}};
static const struct projection_parameter limit_parameters[] = {PROJECTION_LIMIT_PARAMETER, {0}};

static const struct projection_parameter handover_parameters[] = {
    {"employee", "ID", "the leaver"},
    {"correlation", "UUID",
     "the handover, by the id that its facts share; then only its moves count"},
    PROJECTION_LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter territory_parameters[] = {
    {"territory", "ID", "which territory", true}, {0}};
static const struct projection_parameter employee_parameters[] = {
    {"employee", "ID", "which employee", true}, {0}};

static const struct projection_parameter clients_parameters[] = {PROJECTION_PERIOD_PARAMETERS, {0}};
static const struct projection_parameter duplicates_parameters[] = {
    {"verdicts", "yes|no", "yes: also those with a verdict"}, PROJECTION_LIMIT_PARAMETER, {0}};
static const struct projection_parameter client_parameters[] = {
    {"client", "ID", "which client; any of its ids", true}, {0}};

static const struct projection_query queries[] = {
    {"owner",
     "who owns a client, a deal or a task, and who owned it before: from when to when, by which "
     "fact, why. Facts that contradict each other are kept and flagged; the last one stands. Of "
     "merged clients the surviving one's owner stays, unless the merge chose another's.",
     owner_parameters, owner_answer},
    {"held",
     "what an employee holds: active clients, open deals, open tasks. A client is active from its "
     "registration until it is deactivated.",
     held_parameters, held_answer},
    {"orphans",
     "active clients, open deals and open tasks that nobody owns, or whose owner has left; and, "
     "apart, open deals without a client. An owner has left from the day after the last day.",
     limit_parameters, orphans_answer},
    {"handover",
     "what a leaver held on the last day, and what of it moved, to whom and when. Complete is 1: "
     "items moved / items held on the last day. Held are active clients, open deals and open tasks "
     "that were theirs when the day began or were given to them on it.",
     handover_parameters, handover_answer},
    {"territories",
     "the territories in force, as a tree, with who holds each and the active clients in it. A "
     "client is in the territory of its owner (if the owner holds several: the one that the "
     "client's latest fact names, else the first by id); if no owner holds one, in that which its "
     "latest fact names.",
     NULL, territories_answer},
    {"territory", "one territory: who held it, from when to when", territory_parameters,
     territory_answer},
    {"employees", "who works here: position, manager, absence and last day in force",
     limit_parameters, employees_answer},
    {"employee", "one employee over time, and the territories held", employee_parameters,
     employee_answer},
    {"clients",
     "the client base: registered clients by kind, segment in force, territory and owner, and what "
     "came new in the period. Merged ids count once, as new in the month of the earliest "
     "registration. A client is in the territory of its owner, or in that which its latest fact "
     "names if its owner holds none; the answer says of how many which is true.",
     clients_parameters, clients_answer},
    {"load",
     "how clients, their potential and planned calls are shared out among representatives, and how "
     "evenly. Planned calls are those of the targets in force on the day, each in its highest "
     "version; potential is the segment of that scheme. A "
     "representative is whoever has an active client or a planned call. Gini is 0 if all have the "
     "same, and near 1 if one has everything.",
     limit_parameters, load_answer},
    {"duplicates",
     "clients suspected to be the same that await a verdict, best score first. Those merged since "
     "are gone from it; of several suspicions of the same two clients the last counts.",
     duplicates_parameters, duplicates_answer},
    {"lookalikes",
     "active clients that look like one, and that nobody has suspected, judged or parted yet: they "
     "share an external id, or name and address but for case and punctuation. What more than 20 "
     "clients share is no sign.",
     limit_parameters, lookalikes_answer},
    {"lineage",
     "which ids are one client, by which merges, and which merges were reversed. The sum shows "
     "that merging loses and doubles nothing: the facts of its ids, each fact at the first id that "
     "it names, are the facts of the client.",
     client_parameters, lineage_answer},
    {"card",
     "one client's card as things stand: kind, name, parent, address, owner and support, segments, "
     "contact persons, consent by channel, preferences, and needs not fully met. Personal values "
     "that were to be erased are left out.",
     client_parameters, card_answer},
};

const struct projection directory = {
    .name = "directory",
    .summary = "Who owns whom and what, at any instant: clients, deals, tasks, territories.",
    .fold_version = 2,
    .map = directory_map, // of every type: a client's lineage counts all of its facts
    .queries = queries,
    .query_count = sizeof queries / sizeof queries[0],
};
