"""From the JSON of requests to values; what values look like in answers is in ``usecases.answers``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hsm.pin import Pin
from signer.model import (
    Initial,
    InitialFor,
    Medium,
    Metadata,
    Place,
    Rect,
    Relation,
    RelationKind,
    SignatureRole,
    Signer,
    Urgency,
)
from signer.usecases.issue import Wish
from signer.web.strict import Members, malformed

MAX_PIN = 64
MAX_ACTOR = 100
MAX_PAGES = 100_000
FARTHEST = 20_000
"""Points from the origin: no corner of a page lies farther out (PDF 32000-1, Annex C.2)."""
SIGNING_ROLES = (SignatureRole.INITIAL, SignatureRole.LEADER)


@dataclass(frozen=True, slots=True)
class ActorSaid:
    """The person who commands, as the request names him; no ``name``: the one whom ``id`` means in the office."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """The ``metadata`` part of ``POST /v1/documents``: what is said of the document, and who commands."""

    metadata: Metadata
    actor: ActorSaid | None


@dataclass(frozen=True, slots=True)
class SignRequest:
    """The body of ``POST …/signatures``."""

    role: SignatureRole
    key: str
    pin: Pin | None
    level: str
    actor: ActorSaid | None


@dataclass(frozen=True, slots=True)
class IssueRequest:
    """The body of ``POST …/issue``; on paper the agency makes no signature."""

    medium: Medium
    wish: Wish
    pin: Pin | None
    actor: ActorSaid | None


@dataclass(frozen=True, slots=True)
class EndRequest:
    """The body of ``POST …/reject``, ``…/void`` and ``…/recall``."""

    reason: str
    actor: ActorSaid | None


def draft_request(value: object) -> DraftRequest:
    """The ``metadata`` part of a new document."""
    said = Members(value, "metadata")
    told = replace(
        described(said, said.text("agency")),
        attachments=said.maybe_texts("attachments"),
        places=_places(said.maybe_object("places")),
        fallback_places=said.flag("fallback_places"),
    )
    read = DraftRequest(told, actor(said))
    said.done()
    return read


def described(said: Members, agency: str) -> Metadata:
    """What is said of a document on whatever medium."""
    return Metadata(
        agency=agency,
        type=said.maybe_text("type"),
        subject=said.text("subject"),
        signers=tuple(_signer(each) for each in said.objects("signers")),
        place=said.text("place", ""),
        normative=said.flag("normative"),
        unit=said.maybe_text("unit"),
        initials=tuple(_initial(each) for each in said.objects("initials")),
        recipients=said.texts("recipients"),
        kept_by=said.text("kept_by", ""),
        copies=said.maybe_whole("copies"),
        urgency=said.choice("urgency", Urgency, [each.value for each in Urgency], Urgency.NORMAL.value),
        external_id=said.text("external_id", ""),
        relations=tuple(_relation(each) for each in said.objects("relations")),
    )


def places(value: object) -> dict[str, Place]:
    """``places`` by itself."""
    return _places(Members(value, "places"))


def sign_request(value: object) -> SignRequest:
    """Who signs, as what, with which key."""
    said = Members(value, "")
    read = SignRequest(
        role=said.choice("role", SignatureRole, [role.value for role in SIGNING_ROLES]),
        key=said.text("key"),
        pin=pin(said),
        level=said.text("level", "B-B"),
        actor=actor(said),
    )
    said.done()
    return read


def issue_request(value: object) -> IssueRequest:
    """On what it goes out; day and number, where they are asked for."""
    said = Members(value, "")
    medium = said.choice("medium", Medium, [each.value for each in Medium], Medium.ELECTRONIC.value)
    read = IssueRequest(medium, wish(said), pin(said), actor(said))
    said.done()
    return read


def wish(said: Members) -> Wish:
    """``date`` is a day or a moment; ``number`` may be 5, "5", "05" or "05/QĐ-BTC"."""
    number = said.take("number")
    if number is not None and (isinstance(number, bool) or not isinstance(number, int | str)):
        raise malformed(said.at("number"), "Phải là số nguyên hoặc chuỗi.", "must be a whole number or a string")
    return Wish(said.maybe_day("date"), None if number is None else str(number))


def end_request(value: object) -> EndRequest:
    """Why."""
    said = Members(value, "")
    read = EndRequest(said.text("reason"), actor(said))
    said.done()
    return read


def _signer(said: Members) -> Signer:
    read = Signer(said.text("name"), said.texts("capacity"))
    said.done()
    return read


def _initial(said: Members) -> Initial:
    read = Initial(
        said.text("name"),
        said.choice("for", InitialFor, [each.value for each in InitialFor], InitialFor.CONTENT.value),
    )
    said.done()
    return read


def _relation(said: Members) -> Relation:
    return other_document(said, said.choice("kind", RelationKind, [each.value for each in RelationKind]))


def other_document(said: Members, kind: RelationKind) -> Relation:
    """Another document, by its id here or in words; which of the two is checked with all else that is said."""
    read = Relation(kind, said.text("document", ""), said.text("reference", ""))
    said.done()
    return read


def _places(said: Members | None) -> dict[str, Place]:
    if said is None:
        return {}
    return {name: _place(Members(value, said.at(name))) for name, value in said.rest().items()}


def _place(said: Members) -> Place:
    page, numbers = said.maybe_whole("page"), said.items("rect")
    said.done()
    if page is None or not 1 <= page <= MAX_PAGES:
        raise malformed(said.at("page"), "Trang phải là số nguyên từ 1.", "must be a whole number from 1")
    if len(numbers) != 4:
        raise malformed(said.at("rect"), "Cần bốn số x0, y0, x1, y1.", "needs four numbers x0, y0, x1, y1")
    corners: list[float] = []
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > FARTHEST:
            raise malformed(said.at("rect"), "Cần bốn số x0, y0, x1, y1.", "needs four numbers x0, y0, x1, y1")
        corners.append(float(number))
    try:
        return Place(page, Rect(*corners))
    except ValueError:
        raise malformed(said.at("rect"), "Phải có x0 < x1 và y0 < y1.", "needs x0 < x1 and y0 < y1") from None


def pin(said: Members) -> Pin | None:
    """The PIN of the key that is to sign."""
    value = said.maybe_text("pin")
    if value is None:
        return None
    if not 1 <= len(value) <= MAX_PIN or not value.isprintable():
        raise malformed("pin", f"Mã PIN có từ 1 đến {MAX_PIN} ký tự.", f"a PIN has 1 to {MAX_PIN} characters")
    return Pin(value)


def actor(said: Members) -> ActorSaid | None:
    """The person who commands."""
    named = said.maybe_object("actor")
    if named is None:
        return None
    read = ActorSaid(named.text("id"), named.maybe_text("name") or "")
    named.done()
    for name, value in (("id", read.id), ("name", read.name or read.id)):
        if not 1 <= len(value) <= MAX_ACTOR or not value.isprintable():
            raise malformed(
                named.at(name),
                f"Phải có từ 1 đến {MAX_ACTOR} ký tự in được.",
                f"needs 1 to {MAX_ACTOR} printable characters",
            )
    return read
