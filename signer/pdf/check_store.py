"""Reading back what a new revision adds for later verifiers: the catalogue, the security store, its streams."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from signer.model import NO_DATA, ValidationData
from signer.pdf.check_read import Update, hold
from signer.pdf.plan import SigningPlan

_REFERENCES = rb"\[((?:\d+ 0 R ?)+)\]"
_STORE = re.compile(
    rb"<</Type/DSS(?:/Certs" + _REFERENCES + rb")?(?:/CRLs" + _REFERENCES + rb")?(?:/OCSPs" + _REFERENCES + rb")?>>\Z"
)
_STREAM = re.compile(rb"<</Length (\d+)>>stream\n(.*)\nendstream\Z", re.DOTALL)
_NAMED = re.compile(rb"(?:/Perms<</DocMDP (\d+) 0 R>>)?(?:/DSS (\d+) 0 R)?>>\Z")


@dataclass(frozen=True, slots=True)
class Added:
    """What an update has of the store: its object number (0: there is none), old objects rewritten, new ones."""

    number: int
    rewritten: frozenset[int] = frozenset()
    new: frozenset[int] = frozenset()


def store(update: Update, plan: SigningPlan, data: ValidationData) -> Added:
    """The store holds what it held, in its order, and behind that exactly what ``data`` has more, byte for byte."""
    known = plan.store
    if data is NO_DATA:
        return Added(known.number)
    kinds = ((known.certificates, data.certificates), (known.crls, data.crls), (known.ocsps, data.ocsps))
    wanted = [{_name(der) for der in pieces} - held.keys() for held, pieces in kinds]
    if not any(wanted):
        return Added(known.number)
    number = known.number or _named(update, plan)[1]
    found = _STORE.match(update.objects.get(number, (0, b""))[1])
    hold(found is not None, "the security store is not as we write it")
    assert found is not None  # noqa: S101 -- for the type checker
    new: set[int] = set()
    for position, ((held, _), missing) in enumerate(zip(kinds, wanted, strict=True), start=1):
        listed = [int(part) for part in (found[position] or b"").split()[::3]]
        hold(listed[: len(held)] == list(held.values()), "the security store lost something")
        added = listed[len(held) :]
        names = [_held(update, each) for each in added]
        hold(set(names) == missing and len(names) == len(missing), "the security store holds other data than was given")
        new |= set(added)
    if known.number:
        return Added(number, frozenset({number}), frozenset(new))
    return Added(number, new=frozenset(new | {number}))


def catalogue(update: Update, plan: SigningPlan, certified: int | None, number: int) -> set[int]:
    """The catalogue names what certifies and the store, and is else as it was; its number where it was rewritten."""
    if certified == plan.certified and number == plan.store.number:
        return set()
    hold(_named(update, plan) == (certified, number), "the catalogue is not as it was")
    return {plan.layout.root[0]}


def _named(update: Update, plan: SigningPlan) -> tuple[int, int]:
    """What the rewritten catalogue says: which signature certifies, where the store is; 0 for neither."""
    generation, source = update.objects.get(plan.layout.root[0], (-1, b""))
    before = plan.layout.root_source
    found = _NAMED.match(source[len(before) :]) if source.startswith(before) else None
    hold(generation == plan.layout.root[1] and found is not None, "the catalogue is not as it was")
    assert found is not None  # noqa: S101 -- for the type checker
    return int(found[1] or 0), int(found[2] or 0)


def _held(update: Update, number: int) -> str:
    """The SHA-256 of what a stream holds."""
    found = _STREAM.match(update.objects.get(number, (0, b""))[1])
    hold(found is not None and int(found[1]) == len(found[2]), "a stream of the security store is not as we write it")
    assert found is not None  # noqa: S101 -- for the type checker
    return _name(found[2])


def _name(der: bytes) -> str:
    return hashlib.sha256(der).hexdigest()
