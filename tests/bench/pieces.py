"""The pieces of work that are measured; each sets up in its own process."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pkcs11

from hsm.pin import Pin
from signer.keys import TokenKeyring
from signer.model import KeyInfo, Revision, SignatureRole, Signer, SigningStep, Wanted
from signer.pdf.draft import Reader
from signer.pdf.fields import FieldWriter
from signer.pdf.sign import PlanSigner
from signer.settings import load_settings
from softhsm.declared import load
from softhsm.provision import Provisioned
from softhsm.tokens import module_path
from tests.bench.workers import Work

MESSAGE = b"\x31" * 250
SIGNER = Signer("Nguyễn Văn An", ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"))
ALL = ("Number", "Day", "Month", "Leader", "Agency")


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
        return self.fields.prepare(self.draft, self.reader.read(self.draft, wanted).places)

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


def raw(folder: Path) -> Work:
    """C_Sign of the agency's RSA-2048 key and nothing else."""
    desk = Desk(folder)
    token = pkcs11.lib(str(module_path())).get_token(token_label="server-btc")
    session = token.open(user_pin=desk.tokens.pin("agency-btc").reveal())
    key = next(
        iter(
            session.get_objects(
                {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.Attribute.LABEL: "agency-btc"}
            )
        )
    )
    return lambda: key.sign(MESSAGE, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)


def keyring(folder: Path) -> Work:
    """The same through our sessions, pool and checks."""
    desk = Desk(folder)
    return lambda: desk.keyring.sign("agency-btc", MESSAGE)


def keyring_pin(folder: Path) -> Work:
    """A person's key: C_Login with the PIN, sign, C_Logout, each time."""
    desk = Desk(folder)
    pin = desk.tokens.pin("an.nv")
    return lambda: desk.keyring.sign("an.nv", MESSAGE, pin)


def leader(folder: Path) -> Work:
    """A leader's signed revision on a token that stays logged in, check included."""
    desk = Desk(folder)
    prepared, image = desk.prepare(), desk.keyring.info("an.nv").image
    return lambda: desk.lead(prepared, desk.keyring.info("agency-btc"), image, None)


def leader_pin(folder: Path) -> Work:
    """A leader's signed revision with the PIN sent to the leader's own token each time, check included."""
    desk = Desk(folder)
    prepared, key, pin = desk.prepare(), desk.keyring.info("an.nv"), desk.tokens.pin("an.nv")
    return lambda: desk.lead(prepared, key, key.image, pin)


def clerk(folder: Path) -> Work:
    """The clerk's revision: number, date, seal, agency's signature, check included; no database."""
    desk = Desk(folder)
    key = desk.keyring.info("an.nv")
    signed = desk.lead(desk.prepare(), key, key.image, desk.tokens.pin("an.nv"))
    return lambda: desk.issue(signed, desk.keyring.info("agency-btc"))


def preparing(folder: Path) -> Work:
    """Read the draft, find the places, make the fields."""
    return Desk(folder).prepare
