"""The pieces of work that are measured; each sets up in its own process."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

import pkcs11

from hsm.pin import Pin
from signer.keys import TokenKeyring
from signer.model import (
    AttachmentStyle,
    Content,
    KeyInfo,
    Revision,
    SignatureRole,
    Signer,
    SigningStep,
    StampWanted,
    Wanted,
)
from signer.model.time import GRANTED, Moment
from signer.pdf.draft import Reader
from signer.pdf.fields import FieldWriter
from signer.pdf.sign import PlanSigner
from signer.pdf.stamps import StampFileReader
from signer.settings import load_settings
from signer.tsa.asking import Asked
from signer.tsa.authority import Authority
from softhsm.declared import load
from softhsm.provision import Provisioned
from softhsm.tokens import module_path
from tests.bench.workers import Work

MESSAGE = b"\x31" * 250
SIGNER = Signer("Nguyễn Văn An", ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"))
MARK = ("01/BTC-THTK", "2026-11-27T10:00:00+07:00")
ALL = ("Number", "Day", "Month", "Leader", "Agency")


class Now:
    """This computer's clock, taken at its word."""

    def now(self) -> Moment:
        return Moment(datetime.now(UTC), timedelta(seconds=1))


class Desk:
    """What a worker process needs: keys, the draft, and its states."""

    def __init__(self, folder: Path) -> None:
        self.tokens = Provisioned(folder, load())
        self.tokens.activate()
        settings = load_settings(self.tokens.service)
        self.keyring = TokenKeyring(settings.modules, settings.tokens, settings.keys)
        self.seal = settings.office.organisations["btc"].seal_image
        self.draft = resources.files("softhsm").joinpath("samples", "quyet-dinh.pdf").read_bytes()
        self.reader, self.fields, self.signer = Reader(), FieldWriter(), PlanSigner()

    def prepare(self) -> Revision:
        wanted = Wanted((SIGNER,), (), (2.0,), "QĐ-BTC", "9999", 36.0)
        return self.fields.prepare(Content(self.draft), self.reader.read(Content(self.draft), wanted).places)

    def lead(self, prepared: Revision, key: KeyInfo, image: bytes | None, pin: Pin | None) -> Revision:
        step = SigningStep(
            SignatureRole.LEADER,
            "Leader",
            SIGNER.name,
            "Ký ban hành",
            datetime.now(UTC),
            ("Leader",),
            certify=True,
            image=image,
        )
        return self.signer.sign(prepared, step, key, lambda data: self.keyring.sign(key.name, data, pin))

    def annex(self) -> Revision:
        wanted = StampWanted(AttachmentStyle.MARK, MARK)
        data = resources.files("softhsm").joinpath("samples", "cong-van-kem-phu-luc-phu-luc-1.pdf").read_bytes()
        return self.fields.prepare(Content(data), StampFileReader().attachment(Content(data), wanted).places)

    def stamp(self, annex: Revision, key: KeyInfo) -> Revision:
        step = SigningStep(
            SignatureRole.AGENCY,
            "Agency",
            "Bộ Tài chính",
            "Ban hành tệp kèm theo",
            datetime.fromisoformat(MARK[1]),
            ("Agency",),
            certify=True,
            mark=MARK,
        )
        return self.signer.sign(annex, step, key, lambda data: self.keyring.sign(key.name, data))

    def time_stamp(self) -> Work:
        authority = Authority(self.keyring, "tsa", "1.3.6.1.4.1.99999.1", Now())
        query = Asked(bytes(32), "sha256").der()
        if authority.reply(query).outcome != GRANTED:  # a refusal would be measured as a very fast answer
            raise RuntimeError("no time-stamp was given")
        return lambda: authority.reply(query)

    def issue(self, signed: Revision, key: KeyInfo) -> Revision:
        step = SigningStep(
            SignatureRole.AGENCY,
            "Agency",
            "Bộ Tài chính",
            "Ban hành văn bản",
            datetime.now(UTC),
            ALL,
            values={"Number": "05", "Day": "21", "Month": "11"},
            image=self.seal,
        )
        return self.signer.sign(signed, step, key, lambda data: self.keyring.sign(key.name, data))


def opened(revision: Revision) -> Revision:
    """As it comes from the store: its bytes must be hashed once."""
    return replace(revision, content=revision.content.prefix(revision.content.size))


def pieces(folder: Path) -> dict[str, Work]:
    """All pieces of one process, the raw token first: it is the base of every ratio."""
    desk = Desk(folder)
    agency, an, pin = desk.keyring.info("agency-btc"), desk.keyring.info("an.nv"), desk.tokens.pin("an.nv")
    desk.keyring.sign(agency.name, MESSAGE)  # loads the module and logs the token in, once a process
    prepared = desk.prepare()
    signed, annex = desk.lead(prepared, an, an.image, pin), desk.annex()
    return {
        # C_Sign of the agency's RSA-2048 key through python-pkcs11 and nothing else.
        "raw": raw(),
        # The same through our sessions, pool and checks.
        "keyring": lambda: desk.keyring.sign(agency.name, MESSAGE),
        # A leader's signed revision, check included, on a token that stays logged in.
        "leader": lambda: desk.lead(opened(prepared), agency, an.image, None),
        # The clerk's revision: number, date, seal, agency's signature, check included; no database.
        "clerk": lambda: desk.issue(opened(signed), agency),
        # The agency's mark on an attachment in a file of its own, check included.
        "attachment": lambda: desk.stamp(opened(annex), agency),
        # A stranger's request judged and answered by our time-stamp authority, RSA-2048, verified; no HTTP.
        "time-stamp": desk.time_stamp(),
        # A person's token, as the service uses it: C_Login with the PIN that came along, sign, C_Logout.
        "keyring, PIN": lambda: desk.keyring.sign(an.name, MESSAGE, pin),
        "leader, PIN": lambda: desk.lead(opened(prepared), an, an.image, pin),
        # Read the draft, find the places, make the fields.
        "preparing": desk.prepare,
    }


def token_alone(folder: Path) -> dict[str, Work]:
    """The base of every ratio by itself, for those who measure something else beside it."""
    desk = Desk(folder)
    desk.keyring.sign("agency-btc", MESSAGE)
    return {"raw": raw()}


def raw() -> Work:
    """The agency's key in a session of its own; the token is logged in already, for this whole process."""
    session = pkcs11.lib(str(module_path())).get_token(token_label="server-btc").open()
    attributes = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.Attribute.LABEL: "agency-btc"}
    key: Any = next(iter(session.get_objects(attributes)))
    return lambda: key.sign(MESSAGE, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
