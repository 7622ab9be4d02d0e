"""Events as a writer states them, small and valid, for tests to send or to spoil."""

from fieldledger import new_id


def event(type_, stream, payload, *, occurred="2026-03-02", actor="rep-1", subjects=(), **more):
    """`subjects` are (kind, id) or (kind, id, role); `more` are other fields of the envelope."""
    names = ("kind", "id", "role")
    return {
        "eventId": new_id(),
        "type": type_,
        "stream": stream,
        "occurred": occurred,
        "actor": actor,
        "subjects": [dict(zip(names, subject)) for subject in subjects],
        "payload": payload,
        **more,
    }


def client(client_id, name="A pharmacy", **more):
    payload = {"clientId": client_id, "kind": "PHARMACY", "name": name}
    return event(
        "ClientRegistered", f"client/{client_id}", payload, subjects=[("client", client_id)], **more
    )


def visit(visit_id, client_id, *, payload=None, **more):
    return event(
        "VisitReported",
        f"visit/{visit_id}",
        {"visitId": visit_id, "clientId": client_id, **(payload or {})},
        subjects=[("visit", visit_id), ("client", client_id)],
        **more,
    )


def employee(employee_id, **more):
    payload = {"employeeId": employee_id, "kind": "PERSON"}
    return event(
        "EmployeeHired",
        f"employee/{employee_id}",
        payload,
        subjects=[("employee", employee_id)],
        **more,
    )


def merge(survivor, merged, **more):
    payload = {"survivor": survivor, "merged": merged}
    subjects = [("client", survivor, "survivor"), ("client", merged, "merged")]
    return event("ClientsMerged", f"client/{survivor}", payload, subjects=subjects, **more)


def merge_reversed(of, **more):
    names = {key: of["payload"][key] for key in ("survivor", "merged")}
    subjects = [("client", names["survivor"]), ("client", names["merged"])]
    payload = {"mergeEventId": of["eventId"], **names}
    return event("MergeReversed", of["stream"], payload, subjects=subjects, **more)


def amend(root, type_, payload, *, reason="entered wrongly", **more):
    """A correction or retraction, in the stream of the fact it amends, naming the same subjects."""
    subjects = [(one["kind"], one["id"]) for one in root["subjects"]]
    return event(
        type_,
        root["stream"],
        payload,
        subjects=subjects,
        correctsEventId=root["eventId"],
        reason=reason,
        **more,
    )


def correction(root, payload=None, *, new_occurred=None, **more):
    """The whole payload anew, another time, or both."""
    new = {"type": root["type"]}
    if payload is not None:
        new["payload"] = payload
    if new_occurred is not None:
        new["occurred"] = new_occurred
    return amend(root, "FactCorrected", new, **more)


def retraction(root, **more):
    return amend(root, "FactRetracted", {}, **more)
