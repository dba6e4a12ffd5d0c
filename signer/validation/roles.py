"""Who did what: roles by effect and certificate, not by the name of a field alone.

Names are free for anyone to choose. In our files the agency is whose signature locks number and date; who signed
before and filled nothing is a leader or an initial; who signed after is a receiver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from asn1crypto import x509

from policies.text import fold
from signer.model import AGENCY_FIELD, CLERK_FIELD, TEXT_FIELDS, SignatureRole
from signer.validation.changes import FormState
from signer.validation.signatures import Judged

RECEIVER, TIMESTAMP = "other", "timestamp"

_BODIES = tuple(
    fold(word)
    for word in (
        "Bộ",
        "Cục",
        "Tổng cục",
        "Chi cục",
        "Vụ",
        "Ủy ban",
        "Hội đồng",
        "Văn phòng",
        "Sở",
        "Ban",
        "Viện",
        "Thanh tra",
        "Kho bạc",
        "Bảo hiểm",
        "Ngân hàng",
        "Học viện",
        "Trường",
        "Trung tâm",
        "Tòa án",
        "Quốc hội",
        "Chính phủ",
        "Kiểm toán",
        "Công ty",
        "Tổng công ty",
        "Thông tấn",
        "Đài",
        "Phòng",
        "Hội",
        "Liên đoàn",
        "Đảng",
        "UBND",
        "HĐND",
        "Cơ quan",
        "Đại học",
        "Bệnh viện",
        "Công an",
        "Quân",
    )
)


@dataclass(frozen=True, slots=True)
class Cast:
    """The roles of a file's signatures, by position. ``texts`` are our text fields in it.

    ``filled`` says at which signature's revision a text field first had a value: -1 before the first
    signature, None never.
    """

    roles: tuple[str, ...]
    agency: int | None
    texts: tuple[str, ...]
    filled: Mapping[str, int | None]

    def positions(self, role: str) -> tuple[int, ...]:
        """Which signatures have a role."""
        return tuple(index for index, own in enumerate(self.roles) if own == role)


def cast(signatures: Sequence[Judged], base: FormState, states: Sequence[FormState], *, alone: bool = False) -> Cast:
    """Give every signature its role. ``base`` is the form before the first signature, ``states`` after each.

    ``alone``: a file that the agency alone signs, first; who comes after it is a receiver.
    """
    texts = tuple(name for name in TEXT_FIELDS if name in states[0].names)
    filled = {name: _first_filled(name, base, states) for name in texts}
    agency = 0 if alone else _agency(signatures, states[0], texts, filled)
    ours = alone or bool(texts)
    roles = tuple(_role(index, signatures[index], agency, ours, filled) for index in range(len(signatures)))
    return Cast(roles, agency, texts, filled)


def locks_all(signature: Judged, names: Sequence[str]) -> bool:
    """Whether a signature's FieldMDP closes all of ``names`` (INCLUDE naming them, ALL, or EXCLUDE others)."""
    return signature.locks is not None and all(signature.locks.is_locked(name) for name in names)


def is_organisation(certificate: x509.Certificate | None) -> bool:
    """Whether a certificate's subject is a body rather than a person.

    The Government CA writes no type into it: the common name is then the organisation or a part of it, or
    begins as bodies are called, and there is no given name.
    """
    if certificate is None:
        return False
    subject = certificate.subject.native
    if subject.get("given_name") or subject.get("surname"):
        return False
    name, body = fold(str(subject.get("common_name", ""))), fold(str(subject.get("organization_name", "")))
    if not name:
        return bool(body)
    return (bool(body) and (name in body or body in name)) or name.startswith(_BODIES)


def _first_filled(name: str, base: FormState, states: Sequence[FormState]) -> int | None:
    if base.values.get(name):
        return -1
    return next((index for index, state in enumerate(states) if state.values.get(name)), None)


def _agency(
    signatures: Sequence[Judged], first: FormState, texts: Sequence[str], filled: Mapping[str, int | None]
) -> int | None:
    """Which signature is the agency's. In our files: the last prepared field that locks what is filled by then."""
    if not texts:
        return next(
            (
                index
                for index in reversed(range(len(signatures)))
                if not signatures[index].timestamp and is_organisation(signatures[index].certificate)
            ),
            None,
        )
    prepared = [index for index, own in enumerate(signatures) if own.name in first.names and not own.timestamp]
    locking = [
        index
        for index in prepared
        if locks_all(signatures[index], texts)
        and all((at := filled[name]) is not None and at <= index for name in texts)
    ]
    named = [index for index in locking if signatures[index].name == AGENCY_FIELD]
    if named or locking:
        return (named or locking)[-1]
    by_name = [index for index in prepared if signatures[index].name == AGENCY_FIELD]
    return by_name[-1] if by_name else None


def _role(index: int, signature: Judged, agency: int | None, ours: bool, filled: Mapping[str, int | None]) -> str:
    if signature.timestamp:
        return TIMESTAMP
    if not ours:
        if is_organisation(signature.certificate):
            return SignatureRole.AGENCY.value
        return _person(signature.name)
    if index == agency:
        return SignatureRole.AGENCY.value
    if agency is not None and index > agency:
        return RECEIVER
    if signature.name == CLERK_FIELD or index in filled.values():
        return SignatureRole.CLERK.value
    return _person(signature.name)


def _person(name: str) -> str:
    initial = name.lower().startswith("initial")
    return SignatureRole.INITIAL.value if initial else SignatureRole.LEADER.value
