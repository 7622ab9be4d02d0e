-- The log, the read models and the folds of figures-postgres.

-- ---- the log
CREATE TABLE events (
    position bigint PRIMARY KEY,
    event_id uuid NOT NULL,
    type text NOT NULL,
    occurred timestamptz,
    day date, -- the fact's own
    recorded_at timestamptz,
    actor text,
    territory text,
    corrects uuid,
    reason text,
    clients text[] NOT NULL, -- those among its subjects
    payload jsonb NOT NULL,
    person_name text
);

-- After the facts are in it.
CREATE FUNCTION index_events() RETURNS void LANGUAGE sql AS $$
    CREATE UNIQUE INDEX events_id ON events (event_id);
    CREATE INDEX events_type ON events (type, position);
$$;

-- ---- client-history: each fact under each client that it names, and what became of it
CREATE TABLE client_timeline (
    client text,
    position bigint,
    event_id uuid,
    type text,
    occurred timestamptz,
    recorded_at timestamptz,
    actor text,
    reason text,
    payload jsonb,
    status text NOT NULL DEFAULT 'as recorded',
    payload_now jsonb, -- of the last correction
    amended_by bigint,
    PRIMARY KEY (client, position)
);
CREATE TABLE client_merges (merged text PRIMARY KEY, survivor text);
CREATE INDEX client_merges_survivor ON client_merges (survivor);
CREATE TABLE employee_names (employee text PRIMARY KEY, name text);

-- ---- rep-activity: each visit once, as it stands
CREATE TABLE rep_visits (
    visit text PRIMARY KEY,
    rep text,
    client text,
    day date, -- of the report, else of the plan
    planned_on date,
    status text,
    started timestamptz,
    seconds int,
    channel text,
    result text,
    products jsonb,
    territory text,
    recorded_at timestamptz
);
CREATE INDEX rep_visits_day ON rep_visits (rep, day);
CREATE TABLE rep_targets (
    plan text,
    client text,
    rep text,
    version int,
    starts date,
    ends date,
    planned_calls int,
    PRIMARY KEY (plan, client, rep)
);
CREATE INDEX rep_targets_rep ON rep_targets (rep, starts);
CREATE TABLE rep_interactions (
    position bigint PRIMARY KEY,
    rep text,
    day date,
    client text,
    channel text,
    seconds int
);
CREATE INDEX rep_interactions_rep ON rep_interactions (rep, day);

-- ---- sales-funnel: the facts of each deal, and how it stands
CREATE TABLE deal_facts (
    deal text,
    position bigint,
    occurred timestamptz,
    kind text,
    stage text,
    owner text,
    client text,
    pipeline text,
    minor bigint,
    currency text,
    reason text,
    actor text,
    retracted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (deal, position)
);
CREATE TABLE deals (
    deal text PRIMARY KEY,
    status text,
    stage text,
    owner text,
    client text,
    pipeline text,
    minor bigint,
    currency text,
    opened timestamptz,
    closed timestamptz
);
CREATE TABLE deal_names (kind text, id text, name text, PRIMARY KEY (kind, id));
CREATE TABLE deal_potentials (client text PRIMARY KEY, segment text);
CREATE TABLE deal_tasks (
    task text PRIMARY KEY,
    deal text,
    subject text,
    assignee text,
    due date
);
CREATE INDEX deal_tasks_deal ON deal_tasks (deal);

-- ---- the folds, of the events after `low` up to `high`

-- The facts that amendments in that range are of, each with the last of them.
CREATE FUNCTION amended(low bigint, high bigint)
RETURNS TABLE (root bigint, root_type text, root_clients text[], root_payload jsonb,
               amendment bigint, retracted boolean, payload jsonb)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (r.position) r.position, r.type, r.clients, r.payload,
           a.position, a.type = 'FactRetracted', a.payload->'payload'
    FROM events a
    JOIN events r ON r.event_id = a.corrects AND r.position < a.position
    WHERE a.position > low AND a.position <= high AND a.type IN ('FactCorrected', 'FactRetracted')
    ORDER BY r.position, a.position DESC
$$;

CREATE PROCEDURE fold_client_history(low bigint, high bigint) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO client_timeline (client, position, event_id, type, occurred, recorded_at, actor,
                                 reason, payload)
    SELECT c, position, event_id, type, occurred, recorded_at, actor, reason, payload
    FROM events, unnest(clients) c
    WHERE position > low AND position <= high
    ON CONFLICT DO NOTHING;

    UPDATE client_timeline t
    SET status = CASE WHEN a.retracted THEN 'retracted' ELSE 'corrected' END,
        payload_now = a.payload,
        amended_by = a.amendment
    FROM amended(low, high) a, unnest(a.root_clients) c
    WHERE t.client = c AND t.position = a.root;

    INSERT INTO client_merges (merged, survivor)
    SELECT DISTINCT ON (payload->>'merged') payload->>'merged',
           CASE WHEN type = 'ClientsMerged' THEN payload->>'survivor' END
    FROM events
    WHERE position > low AND position <= high AND type IN ('ClientsMerged', 'MergeReversed')
    ORDER BY payload->>'merged', position DESC
    ON CONFLICT (merged) DO UPDATE SET survivor = EXCLUDED.survivor;

    INSERT INTO employee_names (employee, name)
    SELECT DISTINCT ON (payload->>'employeeId') payload->>'employeeId',
           COALESCE(payload->>'teamName', person_name)
    FROM events
    WHERE position > low AND position <= high AND type = 'EmployeeHired'
    ORDER BY payload->>'employeeId', position DESC
    ON CONFLICT (employee) DO UPDATE SET name = EXCLUDED.name;
END $$;

CREATE PROCEDURE fold_rep_activity(low bigint, high bigint) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rep_visits (visit, rep, client, day, planned_on, status, channel, territory)
    SELECT DISTINCT ON (payload->>'visitId') payload->>'visitId',
           COALESCE(payload->>'employeeId', actor), payload->>'clientId',
           (payload->>'date')::date, (payload->>'date')::date, 'planned', payload->>'channel',
           territory
    FROM events
    WHERE position > low AND position <= high AND type = 'VisitPlanned'
    ORDER BY payload->>'visitId', position DESC
    ON CONFLICT (visit) DO UPDATE SET planned_on = EXCLUDED.planned_on;

    INSERT INTO rep_visits (visit, rep, client, day, status, started, seconds, channel, result,
                            products, territory, recorded_at)
    SELECT DISTINCT ON (payload->>'visitId') payload->>'visitId', actor, payload->>'clientId', day,
           'held', (payload->>'started')::timestamptz,
           extract(epoch FROM (payload->>'ended')::timestamptz -
                              (payload->>'started')::timestamptz)::int,
           payload->>'channel', payload->>'resultCode', payload->'details', territory, recorded_at
    FROM events
    WHERE position > low AND position <= high AND type = 'VisitReported'
    ORDER BY payload->>'visitId', position DESC
    ON CONFLICT (visit) DO UPDATE
    SET rep = EXCLUDED.rep, client = EXCLUDED.client, day = EXCLUDED.day, status = 'held',
        started = EXCLUDED.started, seconds = EXCLUDED.seconds, channel = EXCLUDED.channel,
        result = EXCLUDED.result, products = EXCLUDED.products, territory = EXCLUDED.territory,
        recorded_at = EXCLUDED.recorded_at;

    INSERT INTO rep_visits (visit, rep, day, status)
    SELECT DISTINCT ON (payload->>'visitId') payload->>'visitId', actor, day,
           CASE WHEN payload->>'kind' = 'NOT_HELD' THEN 'not held' ELSE 'cancelled' END
    FROM events
    WHERE position > low AND position <= high AND type = 'VisitCancelled'
    ORDER BY payload->>'visitId', position DESC
    ON CONFLICT (visit) DO UPDATE SET status = EXCLUDED.status;

    UPDATE rep_visits v
    SET status = CASE WHEN v.planned_on IS NULL THEN NULL ELSE 'planned' END, day = v.planned_on,
        started = NULL, seconds = NULL, result = NULL, products = NULL
    FROM amended(low, high) a
    WHERE a.root_type = 'VisitReported' AND a.retracted AND v.visit = a.root_payload->>'visitId';

    UPDATE rep_visits v
    SET client = a.payload->>'clientId', started = (a.payload->>'started')::timestamptz,
        seconds = extract(epoch FROM (a.payload->>'ended')::timestamptz -
                                     (a.payload->>'started')::timestamptz)::int,
        channel = a.payload->>'channel', result = a.payload->>'resultCode',
        products = a.payload->'details'
    FROM amended(low, high) a
    WHERE a.root_type = 'VisitReported' AND NOT a.retracted AND v.visit = a.payload->>'visitId';

    INSERT INTO rep_targets (plan, client, rep, version, starts, ends, planned_calls)
    SELECT DISTINCT ON (1, 2, 3) payload->>'planId', payload->>'clientId', payload->>'employeeId',
           (payload->>'version')::int, (payload->>'from')::date, (payload->>'to')::date,
           (payload->>'plannedCalls')::int
    FROM events
    WHERE position > low AND position <= high AND type = 'CyclePlanTargetSet'
    ORDER BY 1, 2, 3, 4 DESC, position DESC
    ON CONFLICT (plan, client, rep) DO UPDATE
    SET version = EXCLUDED.version, starts = EXCLUDED.starts, ends = EXCLUDED.ends,
        planned_calls = EXCLUDED.planned_calls
    WHERE EXCLUDED.version >= rep_targets.version;

    INSERT INTO rep_interactions (position, rep, day, client, channel, seconds)
    SELECT position, actor, day, payload->>'clientId', payload->>'channel',
           (payload->>'seconds')::int
    FROM events
    WHERE position > low AND position <= high AND type = 'InteractionLogged'
    ON CONFLICT DO NOTHING;
END $$;

-- How deals stand, from their facts: of all that the range touches.
CREATE PROCEDURE fold_sales_funnel(low bigint, high bigint) LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO deal_facts (deal, position, occurred, kind, stage, owner, client, pipeline, minor,
                            currency, reason, actor)
    SELECT payload->>'dealId', position, occurred, type,
           CASE type WHEN 'DealOpened' THEN payload->>'stage'
                     WHEN 'DealStageChanged' THEN payload->>'to'
                     WHEN 'DealReopened' THEN payload->>'toStage' END,
           COALESCE(payload->>'ownerId', payload->>'toEmployee'), payload->>'clientId',
           payload->>'pipelineId',
           (COALESCE(payload->'amount', payload#>'{new,amount}')->>'minor')::bigint,
           COALESCE(payload->'amount', payload#>'{new,amount}')->>'currency',
           COALESCE(payload->>'reasonCode', payload->>'reason'), actor
    FROM events
    WHERE position > low AND position <= high AND type = ANY (types_of('deals'))
    ON CONFLICT DO NOTHING;

    UPDATE deal_facts f
    SET retracted = a.retracted,
        stage = COALESCE(a.payload->>'stage', a.payload->>'to', a.payload->>'toStage', f.stage),
        minor = COALESCE((a.payload#>>'{amount,minor}')::bigint, f.minor)
    FROM amended(low, high) a
    WHERE a.root_type LIKE 'Deal%' AND f.deal = a.root_payload->>'dealId' AND f.position = a.root;

    INSERT INTO deals (deal, status, stage, owner, client, pipeline, minor, currency, opened, closed)
    SELECT deal,
           COALESCE((array_agg(CASE kind WHEN 'DealWon' THEN 'won' WHEN 'DealLost' THEN 'lost'
                                         ELSE 'open' END ORDER BY occurred DESC, position DESC)
                     FILTER (WHERE kind IN ('DealOpened', 'DealWon', 'DealLost', 'DealReopened')))[1],
                    'open'),
           (array_agg(stage ORDER BY occurred DESC, position DESC)
            FILTER (WHERE stage IS NOT NULL))[1],
           (array_agg(owner ORDER BY occurred DESC, position DESC)
            FILTER (WHERE owner IS NOT NULL))[1],
           max(client), max(pipeline),
           (array_agg(minor ORDER BY occurred DESC, position DESC)
            FILTER (WHERE minor IS NOT NULL))[1],
           max(currency), min(occurred) FILTER (WHERE kind = 'DealOpened'),
           max(occurred) FILTER (WHERE kind IN ('DealWon', 'DealLost'))
    FROM deal_facts
    WHERE NOT retracted AND deal IN (
        SELECT payload->>'dealId' FROM events
        WHERE position > low AND position <= high AND type = ANY (types_of('deals'))
        UNION
        SELECT a.root_payload->>'dealId' FROM amended(low, high) a WHERE a.root_type LIKE 'Deal%')
    GROUP BY deal
    ON CONFLICT (deal) DO UPDATE
    SET status = EXCLUDED.status, stage = EXCLUDED.stage, owner = EXCLUDED.owner,
        client = EXCLUDED.client, pipeline = EXCLUDED.pipeline, minor = EXCLUDED.minor,
        currency = EXCLUDED.currency, opened = EXCLUDED.opened, closed = EXCLUDED.closed;

    INSERT INTO deal_names (kind, id, name)
    SELECT DISTINCT ON (1, 2) type,
           COALESCE(payload->>'employeeId', payload->>'clientId', payload->>'productId'),
           COALESCE(payload->>'teamName', payload->>'name', person_name)
    FROM events
    WHERE position > low AND position <= high
      AND type IN ('EmployeeHired', 'ClientRegistered', 'ProductRegistered')
    ORDER BY 1, 2, position DESC
    ON CONFLICT (kind, id) DO UPDATE SET name = EXCLUDED.name;

    INSERT INTO deal_potentials (client, segment)
    SELECT DISTINCT ON (1) payload->>'clientId', payload->>'segment'
    FROM events
    WHERE position > low AND position <= high AND type = 'ClientSegmented'
      AND payload->>'scheme' = 'POTENTIAL'
    ORDER BY 1, position DESC
    ON CONFLICT (client) DO UPDATE SET segment = EXCLUDED.segment;

    INSERT INTO deal_tasks (task, deal, subject, assignee, due)
    SELECT DISTINCT ON (1) payload->>'taskId', payload->>'dealId', payload->>'subject',
           payload->>'assignee', (payload->>'dueOn')::date
    FROM events
    WHERE position > low AND position <= high AND type = 'TaskCreated' AND payload ? 'dealId'
    ORDER BY 1, position DESC
    ON CONFLICT DO NOTHING;
END $$;

-- ---- all

-- What a fold reads; of client_history, all.
CREATE FUNCTION types_of(model text) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT CASE model
        WHEN 'client_history' THEN (SELECT array_agg(DISTINCT type) FROM events)
        WHEN 'rep_activity' THEN ARRAY['VisitPlanned', 'VisitReported', 'VisitCancelled',
            'CyclePlanTargetSet', 'InteractionLogged', 'FactCorrected', 'FactRetracted']
        WHEN 'deals' THEN ARRAY['DealOpened', 'DealStageChanged', 'DealTermsChanged',
            'DealReassigned', 'DealWon', 'DealLost', 'DealReopened']
        WHEN 'sales_funnel' THEN types_of('deals') || ARRAY['FactCorrected', 'FactRetracted',
            'EmployeeHired', 'ClientRegistered', 'ProductRegistered', 'ClientSegmented',
            'TaskCreated']
    END
$$;

-- Each batch is a transaction.
CREATE PROCEDURE fold(model text, batch bigint) LANGUAGE plpgsql AS $$
DECLARE
    head bigint := (SELECT max(position) FROM events);
    low bigint := 0;
BEGIN
    WHILE low < head LOOP
        EXECUTE format('CALL %I($1, $2)', 'fold_' || model) USING low, low + batch;
        COMMIT;
        low := low + batch;
    END LOOP;
END $$;
