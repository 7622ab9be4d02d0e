-- The questions of figures-postgres, as `ledger-bench replay` asks them of the projections.
PREPARE timeline(text) AS
SELECT t.position, t.occurred, t.recorded_at, t.type, t.actor, n.name, t.client, t.status, t.reason,
       t.payload, t.payload_now, t.event_id
FROM client_timeline t
LEFT JOIN employee_names n ON n.employee = t.actor
WHERE t.client = ANY (ARRAY(SELECT merged FROM client_merges WHERE survivor = $1) || $1)
ORDER BY t.position DESC
LIMIT 50;

PREPARE rep_register(text, date) AS
SELECT visit, client, status, day, planned_on, result, channel, seconds, products
FROM rep_visits
WHERE rep = $1 AND day = $2
ORDER BY started, visit;

PREPARE rep_month(text, date) AS
WITH bounds AS (
    SELECT date_trunc('month', $2)::date AS first,
           (date_trunc('month', $2) + interval '1 month')::date AS next
), held AS (
    SELECT v.client, v.day, v.seconds FROM rep_visits v, bounds b
    WHERE v.rep = $1 AND v.day >= b.first AND v.day < b.next AND v.status = 'held'
), target AS (
    SELECT DISTINCT g.client, g.planned_calls FROM rep_targets g, bounds b
    WHERE g.rep = $1 AND g.starts < b.next AND g.ends >= b.first
)
SELECT (SELECT count(*) FROM held), (SELECT count(DISTINCT (client, day)) FROM held),
       (SELECT count(DISTINCT client) FROM held), (SELECT count(DISTINCT day) FROM held),
       (SELECT sum(seconds) FROM held), (SELECT count(*) FROM target),
       (SELECT count(*) FROM target WHERE client IN (SELECT client FROM held)),
       (SELECT count(*) FROM rep_interactions i, bounds b
        WHERE i.rep = $1 AND i.day >= b.first AND i.day < b.next);

PREPARE deal_state(text) AS
SELECT d.*, c.name, o.name
FROM deals d
LEFT JOIN deal_names c ON c.kind = 'ClientRegistered' AND c.id = d.client
LEFT JOIN deal_names o ON o.kind = 'EmployeeHired' AND o.id = d.owner
WHERE d.deal = $1;

PREPARE deal_history(text) AS
SELECT position, occurred, kind, stage, owner, minor, currency, reason, actor
FROM deal_facts
WHERE deal = $1 AND NOT retracted
ORDER BY occurred, position;
