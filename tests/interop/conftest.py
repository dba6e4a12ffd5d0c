"""Every sample issued on SoftHSM tokens as number 5 of 21 November 2026, for other people's tools to judge."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from signer.keys import TokenKeyring
from signer.model import (
    Content,
    DraftReading,
    KeyInfo,
    Revision,
    SignatureRole,
    Signer,
    SigningStep,
    Wanted,
    signature_field,
)
from signer.pdf.draft import Reader
from signer.pdf.fields import FieldWriter
from signer.pdf.sign import PlanSigner
from signer.settings import Settings, load_settings
from signer.validation import DocumentVerifier, open_verifier
from softhsm.provision import Provisioned
from tests.fixtures.attacks_pki import FixedClock, pki
from tests.support.packages import SOURCES, Plan, stamp
from tests.support.paper import SAMPLES

DECLARED: dict[str, dict[str, Any]] = {
    each["name"]: each for each in json.loads((SAMPLES / "expected.json").read_text("utf-8"))
}
VALUES = {"Number": "05", "Day": "21", "Month": "11", "Year": "2026"}


@dataclass(frozen=True)
class Issued:
    """A sample on its way: the draft, what was found on it, and its revisions."""

    name: str
    draft: bytes
    reading: DraftReading
    prepared: Revision
    signed: Revision
    issued: Revision
    file: Path


class Office:
    """Issues samples with the provisioned keys."""

    def __init__(self, provisioned: Provisioned) -> None:
        self.provisioned = provisioned
        self.settings: Settings = load_settings(provisioned.service)
        self.keys = TokenKeyring(self.settings.modules, self.settings.tokens, self.settings.keys)
        self.signer = PlanSigner()

    def issue(self, name: str, folder: Path, draft: bytes | None = None) -> Issued:
        said = DECLARED[name]
        issuer = self.settings.office.issuers[said["agency"]]
        organisation = self.settings.office.organisations[issuer.organisation]
        draft = draft or (SAMPLES / f"{name}.pdf").read_bytes()
        signers = tuple(Signer(each["name"], tuple(each["capacity"])) for each in said["signers"])
        reading = Reader().read(
            Content(draft),
            Wanted(signers, (), (2.0,) * len(signers), said["notation"], "9999", organisation.seal_diameter_mm),
        )
        prepared = signed = FieldWriter().prepare(Content(draft), reading.places)
        done: tuple[str, ...] = ()
        for index, each in enumerate(said["signers"]):
            key = self.keys.info(each["key"])
            done = (*done, signature_field(SignatureRole.LEADER, index))
            signed = self.sign(
                signed,
                SigningStep(
                    SignatureRole.LEADER,
                    done[-1],
                    each["name"],
                    "Ký ban hành",
                    datetime.now(UTC),
                    done,
                    certify=index == 0,
                    image=key.image,
                ),
                key,
            )
        values = {name: VALUES[name] for name in reading.places.texts()}
        issued = self.sign(
            signed,
            SigningStep(
                SignatureRole.AGENCY,
                "Agency",
                issuer.name,
                "Ban hành văn bản",
                datetime.now(UTC),
                (*values, *done, "Agency"),
                values=values,
                image=organisation.seal_image,
            ),
            self.keys.info(issuer.agency_key),
        )
        file = folder / f"{name}.pdf"
        file.write_bytes(issued.content.read())
        return Issued(name, draft, reading, prepared, signed, issued, file)

    def sign(self, previous: Revision, step: SigningStep, key: KeyInfo) -> Revision:
        person = key.holder.value == "person"
        pin = self.provisioned.pin(key.name) if person else None
        return self.signer.sign(previous, step, key, lambda data: self.keys.sign(key.name, data, pin))


@pytest.fixture(scope="session")
def office(provisioned: Provisioned) -> Office:
    return Office(provisioned)


@pytest.fixture(scope="session")
def samples(office: Office, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Issued]:
    folder = tmp_path_factory.mktemp("issued")
    return {name: office.issue(name, folder) for name in DECLARED}


@pytest.fixture(params=list(DECLARED))
def sample(request: pytest.FixtureRequest, samples: dict[str, Issued]) -> Issued:
    return samples[request.param]


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> DocumentVerifier:
    root, revocation = pki().write(tmp_path_factory.mktemp("pki"))
    return open_verifier([root], revocation, FixedClock())


@pytest.fixture(scope="module")
def marked() -> bytes:
    return stamp(SOURCES[0], Plan())
