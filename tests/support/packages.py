"""Documents with their attachments, signed as the service signs them, or with one thing done otherwise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from policies.copies import iso
from signer.model import AttachmentStyle, Content, PackagePart, Revision, SignatureRole, Signer, SigningStep, Wanted
from signer.pdf.draft import Reader
from signer.pdf.fields import FieldWriter
from signer.pdf.sign import PlanSigner
from signer.pdf.stamps import StampFileReader
from tests.fixtures.attacks import picture
from tests.fixtures.attacks_pki import NOW, Leaf, pki
from tests.support.paper import SAMPLES
from tests.support.stamped import stamp_wanted

LETTER = "cong-van-kem-phu-luc"
SOURCES = tuple((SAMPLES / f"{LETTER}-phu-luc-{number}.pdf").read_bytes() for number in (1, 2))
NAMES = ("Phụ lục I – bản cuối.pdf", "phu-luc-2.pdf")
SYMBOL = "05/BTC-THTK"
VALUES = {"Number": "05", "Day": "21", "Month": "11", "Year": "2026"}

Files = tuple[tuple[str, bytes], ...]
Parts = tuple[PackagePart, ...]
Sign = Callable[[Revision, SigningStep, SignatureRole], Revision]


@dataclass(frozen=True)
class Package:
    """What a receiver gets: the document, and its attachments by name."""

    main: bytes
    files: Files


@dataclass(frozen=True)
class Plan:
    """How a package is made; the defaults make one that holds.

    ``approved`` and ``issued`` change what the leader's and the agency's signature name; ``stamper`` signs the
    attachments, ``mark`` and ``values`` are what they say, ``stamped_at`` is when.
    """

    style: AttachmentStyle = AttachmentStyle.MARK
    moment: datetime = NOW
    stamped_at: datetime | None = None
    symbol: str = SYMBOL
    mark: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=lambda: VALUES)
    approved: Callable[[Parts], Parts] = lambda parts: parts
    issued: Callable[[Parts], Parts] = lambda parts: parts
    stamper: Leaf | None = None
    stamped: bool = True


def parts(files: Iterable[tuple[str, bytes]]) -> Parts:
    """The files as a signature names them."""
    return tuple(PackagePart(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files)


def by_leaf(leaf: Leaf) -> Sign:
    """Whoever is to sign, this one does."""
    return lambda previous, step, _: PlanSigner().sign(previous, step, leaf.info, leaf.sign)


def in_memory(previous: Revision, step: SigningStep, role: SignatureRole) -> Revision:
    """Signed with the keys of the tests' own small PKI."""
    return by_leaf(pki().leader if role is SignatureRole.LEADER else pki().agency)(previous, step, role)


@cache
def prepared(source: bytes, style: AttachmentStyle, mark: tuple[str, ...]) -> Revision:
    """An attachment with its fields; ``mark`` where it is longer than usual."""
    wanted = stamp_wanted(style, mark=mark) if mark else stamp_wanted(style)
    return FieldWriter().prepare(Content(source), StampFileReader().attachment(Content(source), wanted).places)


@cache
def letter() -> Revision:
    """The document with its fields."""
    said = next(each for each in json.loads((SAMPLES / "expected.json").read_text("utf-8")) if each["name"] == LETTER)
    signers = tuple(Signer(each["name"], tuple(each["capacity"])) for each in said["signers"])
    draft = (SAMPLES / f"{LETTER}.pdf").read_bytes()
    reading = Reader().read(Content(draft), Wanted(signers, (), (2.0,) * len(signers), said["notation"], "9999", 36.0))
    return FieldWriter().prepare(Content(draft), reading.places)


def stamp(source: bytes, plan: Plan, sign: Sign = in_memory) -> bytes:
    """An attachment or a copy, signed by the agency."""
    moment = plan.stamped_at or plan.moment
    marked = plan.style is AttachmentStyle.MARK
    lines = (plan.mark or (plan.symbol, iso(moment))) if marked else ()
    before = prepared(source, plan.style, plan.mark)
    values = {} if marked else {name: plan.values[name] for name in _blanks(before)}
    step = SigningStep(
        SignatureRole.AGENCY,
        "Agency",
        "Bộ Tài chính",
        "Ban hành tệp kèm theo",
        moment,
        (*values, "Agency"),
        certify=True,
        values=values,
        mark=lines,
        image=None if marked else picture((200, 0, 20)),
    )
    return (by_leaf(plan.stamper) if plan.stamper else sign)(before, step, SignatureRole.AGENCY).content.read()


def package(plan: Plan | None = None, sign: Sign = in_memory) -> Package:
    """The letter with its two annexes."""
    plan = plan or Plan()
    drafts = tuple(
        (name, prepared(source, plan.style, plan.mark).content.read())
        for name, source in zip(NAMES, SOURCES, strict=True)
    )
    files = tuple((name, stamp(source, plan, sign)) for name, source in zip(NAMES, SOURCES, strict=True))
    files = files if plan.stamped else drafts
    step = SigningStep(
        SignatureRole.LEADER,
        "Leader",
        "Nguyễn Văn An",
        "Ký ban hành",
        plan.moment,
        ("Leader",),
        certify=True,
        image=picture((0, 0, 200)),
        package=plan.approved(parts(drafts)),
    )
    signed = sign(letter(), step, SignatureRole.LEADER)
    values = {name: VALUES[name] for name in _blanks(letter())}
    step = SigningStep(
        SignatureRole.AGENCY,
        "Agency",
        "Bộ Tài chính",
        "Ban hành văn bản",
        plan.moment,
        (*values, "Leader", "Agency"),
        values=values,
        image=picture((200, 0, 20)),
        package=plan.issued(parts(files)),
    )
    return Package(sign(signed, step, SignatureRole.AGENCY).content.read(), files)


def _blanks(revision: Revision) -> tuple[str, ...]:
    return tuple(json.loads(revision.plan.partition(b"\n")[2])["texts"])
