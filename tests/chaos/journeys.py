"""What people ask for, from a draft to an end, as requests that are made once and sent as often as needed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import requests

from tests.fixtures.scanned import Placed, scan
from tests.fixtures.scanned import paper as scanned_paper

SYSTEM, LEADER, CLERK = "document-system", "leader", "clerk"
LAN = {"id": "lan.pt", "name": "Phạm Thị Lan"}
MAI = {"id": "mai.nt", "name": "Nguyễn Thị Mai"}
SAMPLES = resources.files("softhsm").joinpath("samples")
DECLARED = {each["name"]: each for each in json.loads(SAMPLES.joinpath("expected.json").read_bytes())}
INITIALS = [{"name": "Nguyễn Duy Khánh", "for": "content"}, {"name": "Phạm Minh Đức", "for": "form"}]


@dataclass(frozen=True)
class Request:
    """One order. ``{id}`` in path and body is the document of the journey."""

    step: str
    role: str
    method: str
    path: str
    body: bytes = field(repr=False)
    kind: str = "application/json"
    status: int = 200


@dataclass(frozen=True)
class Journey:
    """``begins`` with a document of this shelf ("" begins without one) and must end as told, whoever dies meanwhile."""

    name: str
    begins: str
    steps: tuple[Request, ...]
    state: str
    fields: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    documents: int = 1


def sample(name: str) -> bytes:
    return SAMPLES.joinpath(f"{name}.pdf").read_bytes()


def metadata(name: str, **more: object) -> dict[str, Any]:
    said = DECLARED[name]
    chosen = {key: said[key] for key in ("agency", "type", "normative", "unit", "subject", "place")}
    chosen["signers"] = [{"name": each["name"], "capacity": each["capacity"]} for each in said["signers"]]
    return {key: value for key, value in (chosen | more).items() if value is not None}


def form(step: str, role: str, path: str, parts: Sequence[tuple[str, Any]]) -> Request:
    made = requests.Request("POST", "http://x/", files=list(parts)).prepare()
    body = made.body
    assert isinstance(body, bytes)
    return Request(step, role, "POST", path, body, made.headers["Content-Type"], 201)


def prepare(step: str, name: str, *, annexed: bool = False, **more: object) -> Request:
    parts = [
        ("file", ("draft.pdf", sample(name), "application/pdf")),
        ("metadata", (None, json.dumps(metadata(name, **more)), "application/json")),
    ]
    annexes = DECLARED["cong-van-kem-phu-luc"]["attachments"] if annexed else ()
    parts += [("attachment", (each, SAMPLES.joinpath(each).read_bytes(), "application/pdf")) for each in annexes]
    return form(step, SYSTEM, "/v1/documents", parts)


SHELVES: Mapping[str, Request] = {
    "plain": prepare("prepare", "quyet-dinh"),
    "package": prepare("prepare", "quyet-dinh", annexed=True),
    "initials": prepare("prepare", "quyet-dinh", initials=INITIALS),
    "clerk": prepare("prepare", "cong-van"),
}
"""Documents that wait, prepared once and multiplied; ``clerk``: of an agency that wants the clerk's own signature."""


def _json(step: str, caller: str, path: str, method: str = "POST", status: int = 200, **body: object) -> Request:
    return Request(step, caller, method, path, json.dumps(body).encode(), status=status)


def journeys(pins: Mapping[str, str]) -> tuple[Journey, ...]:
    """All of them; ``pins`` by the name of the key."""

    def sign(step: str, role: str, key: str) -> Request:
        return _json(step, SYSTEM, "/v1/documents/{id}/signatures", role=role, key=key, pin=pins[key])

    def end(how: str) -> Request:
        return _json(how, CLERK, f"/v1/documents/{{id}}/{how}", reason="gửi nhầm", actor=LAN)

    lead = sign("sign", "leader", "an.nv")
    issue = _json("issue", CLERK, "/v1/documents/{id}/issue", actor=LAN)
    recalls = {"relations": [{"kind": "recalls", "document": "{id}"}]}
    paper = metadata("quyet-dinh")
    del paper["agency"]
    rows = "/v1/registers/BTC/rows"
    enter = _json("enter", CLERK, rows, status=201, metadata=paper, actor=LAN)
    of = {"reference": "45/TB-VPCP ngày 12/3/2026 của Văn phòng Chính phủ"}
    copy = {"agency": "BTC", "form": "SY", "subject": "Thông báo", "of": of, "actor": LAN}
    scanned = scan([[Placed(scanned_paper("RGB", dpi=200, ground=255))]])
    given = ("signed", "numbered", "issued")
    return (
        Journey("issue", "plain", (lead, issue), "issued", ("Leader", "Agency"), given),
        Journey("void", "plain", (lead, issue, end("void")), "void", ("Leader", "Agency"), (*given, "voided")),
        Journey("package", "package", (lead, _named(issue, "issue-package")), "issued", ("Leader", "Agency"), given),
        Journey(
            "initials",
            "initials",
            (sign("initial", "initial", "khanh.nd"), sign("initial", "initial", "duc.pm"), lead, issue, end("recall")),
            "recalled",
            ("Initial1", "Initial2", "Leader", "Agency"),
            ("signed", "signed", *given, "recalled"),
        ),
        Journey(
            "clerk",
            "clerk",
            (
                sign("sign", "leader", "binh.tt"),
                _json("issue-clerk", CLERK, "/v1/documents/{id}/issue", actor=MAI, pin=pins["mai.nt"]),
            ),
            "issued",
            ("Leader", "Clerk", "Agency"),
            given,
        ),
        Journey("reject", "plain", (lead, end("reject")), "rejected", ("Leader",), ("signed", "rejected")),
        Journey(
            "printed",
            "plain",
            (lead, _json("issue-paper", CLERK, "/v1/documents/{id}/issue", medium="paper", actor=LAN)),
            "issued",
            ("Leader",),
            given,
        ),
        Journey("prepare", "", (SHELVES["plain"],), "prepared", (), ("prepared",)),
        Journey(
            "prepare-package",
            "",
            (_named(SHELVES["package"], "prepare-package"),),
            "prepared",
            (),
            ("prepared",),
        ),
        Journey(
            "row",
            "",
            (enter, _json("complete", CLERK, "/v1/documents/{id}/register", "PATCH", note="đã chuyển", actor=LAN)),
            "issued",
            (),
            ("numbered", "issued", "row-completed"),
        ),
        Journey(
            "recalls",
            "",
            (enter, _json("enter-recalls", CLERK, rows, status=201, metadata=paper | recalls, actor=LAN)),
            "recalled",
            (),
            ("numbered", "issued", "recalled"),
            documents=2,
        ),
        Journey(
            "copy",
            "",
            (
                form(
                    "copy",
                    CLERK,
                    "/v1/copies",
                    [
                        ("file", ("scan.pdf", scanned, "application/pdf")),
                        ("metadata", (None, json.dumps(copy), "application/json")),
                    ],
                ),
            ),
            "issued",
            ("Agency",),
            ("issued",),
        ),
    )


def _named(request: Request, step: str) -> Request:
    return Request(step, request.role, request.method, request.path, request.body, request.kind, request.status)
