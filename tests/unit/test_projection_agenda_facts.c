#include "test_projection_agenda_facts.h"

#include <stdio.h>
#include <string.h>

uint64_t say_more(struct world *world, const char *type, const char *occurred, const char *actor,
                  const char *payload, const char *extra) {
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "{'type':'%s','stream':'x/x','occurred':'%s','actor':'%s','payload':{%s}%s}",
                   type, occurred, actor, payload, extra);
    for (char *at = text; (at = strchr(at, '\''));)
        *at = '"';
    return world_write(world, "%s", text);
}

uint64_t say(struct world *world, const char *type, const char *occurred, const char *actor,
             const char *payload) {
    return say_more(world, type, occurred, actor, payload, "");
}

void base(struct world *world) {
    say(world, "EmployeeHired", "unknown", "unknown", "'employeeId':'r1','teamName':'North'");
    say(world, "EmployeeHired", "unknown", "unknown", "'employeeId':'r2','teamName':'South'");
    say(world, "ClientRegistered", "2025-01-01", "r1", "'clientId':'a','name':'Apteka A'");
    say(world, "ClientRegistered", "2025-01-01", "r1", "'clientId':'b','name':'Apteka B'");
    say(world, "ClientRegistered", "2025-01-01", "r1", "'clientId':'c','name':'Apteka C'");
}

void five_tasks(struct world *world) {
    say(world, "TaskCreated", "2025-05-01T08:00:00Z", "r1",
        "'taskId':'t1','kind':'CALL','subject':'call back','due':'2025-05-03T08:00:00Z',"
        "'assignee':'r1','clientId':'a'");
    say(world, "TaskCompleted", "2025-05-02T20:00:00Z", "r1", "'taskId':'t1','resultCode':'ok'");
    say(world, "TaskCreated", "2025-05-01", "r1",
        "'taskId':'t2','kind':'OFFER','dueOn':'2025-05-05','assignee':'r1','clientId':'b'");
    say(world, "TaskRescheduled", "2025-05-04", "r1",
        "'taskId':'t2','oldDueOn':'2025-05-05','newDueOn':'2025-05-08','oldFrom':'LEDGER'");
    say(world, "TaskCompleted", "2025-05-07", "r1", "'taskId':'t2'");
    say(world, "TaskCreated", "2025-05-01T09:00:00Z", "r1",
        "'taskId':'t3','kind':'MEETING','due':'2025-05-10T12:00:00Z','assignee':'r1',"
        "'clientId':'a','dealId':'d1'");
    say(world, "TaskReassigned", "2025-05-02T09:00:00Z", "r1",
        "'taskId':'t3','fromEmployee':'r1','toEmployee':'r2'");
    say(world, "TaskProgressed", "2025-05-03T09:00:00Z", "r2",
        "'taskId':'t3','pct':40,'status':'agreed','checklistItem':'room booked'");
    say(world, "TaskCreated", "2025-05-02T00:00:00Z", "r2",
        "'taskId':'t4','kind':'SERVICE','assignee':'r2','clientId':'b'");
    say(world, "TaskCompleted", "2025-05-02T09:00:00Z", "r2",
        "'taskId':'t4','completedAt':'2025-05-02T06:00:00Z'");
    say(world, "TaskCreated", "2025-05-02T01:00:00Z", "r2",
        "'taskId':'t5','kind':'SUPPORT','dueOn':'2025-05-03','assignee':'r2'");
    say(world, "TaskCancelled", "2025-05-02T02:00:00Z", "r2", "'taskId':'t5','reason':'moot'");
}

void born(struct world *world, const char *person, const char *client, const char *day) {
    char payload[160], personal[160];
    (void)snprintf(payload, sizeof payload, "'personId':'%s','topic':'BIRTHDAY'%s%s%s", person,
                   client ? ",'clientId':'" : "", client ? client : "", client ? "'" : "");
    (void)snprintf(personal, sizeof personal,
                   ",'personal':[{'personId':'%s','plain':{'birthday':'%s'}}]", person, day);
    say_more(world, "PersonalFactRecorded", "2025-02-01", "r1", payload, personal);
}
