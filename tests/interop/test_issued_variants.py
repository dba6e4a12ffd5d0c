"""Initials before the leader, the clerk's own certificate, other kinds of keys: judged by the same tools."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from signer import app
from signer.model import Content, Initial, InitialFor, KeyInfo, Revision, SignatureRole, Signer, SigningStep, Wanted
from signer.pdf.draft import Reader
from signer.pdf.fields import FieldWriter
from signer.report import Verdict
from tests.interop.conftest import DECLARED, VALUES, Office
from tests.support.paper import SAMPLES
from tests.support.tools import mutool, pdfsig, qpdf, render

SIGNER = Signer("Nguyễn Văn An", ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"))
INITIALS = (Initial("Nguyễn Duy Khánh", InitialFor.CONTENT), Initial("Phạm Minh Đức", InitialFor.FORM))


def step(role: SignatureRole, field: str, name: str, locks: tuple[str, ...], **more: object) -> SigningStep:
    return SigningStep(role, field, name, "Ký", datetime.now(UTC), locks, **more)  # type: ignore[arg-type] -- as the test says


@pytest.fixture(scope="module")
def full(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two initials, the leader, the clerk's own certificate with number and date, the agency: five signatures."""
    draft = (SAMPLES / "quyet-dinh.pdf").read_bytes()
    reading = Reader().read(Content(draft), Wanted((SIGNER,), INITIALS, (2.0,), "QĐ-BTC", "9999", 36.0, clerk=True))
    revision = FieldWriter().prepare(Content(draft), reading.places)
    done: tuple[str, ...] = ()

    def sign(role: SignatureRole, field: str, key: KeyInfo, **more: object) -> Revision:
        nonlocal done
        done = (*done, *more.get("values", {}), field)  # type: ignore[misc] -- a mapping's names
        return office.sign(revision, step(role, field, key.name, done, **more), key)

    khanh, duc, an = (office.keys.info(name) for name in ("khanh.nd", "duc.pm", "an.nv"))
    revision = sign(SignatureRole.INITIAL, "Initial1", khanh, certify=True, image=khanh.image)
    revision = sign(SignatureRole.INITIAL, "Initial2", duc, image=duc.image)
    revision = sign(SignatureRole.LEADER, "Leader", an, image=an.image)
    values = {name: VALUES[name] for name in reading.places.texts()}
    revision = sign(SignatureRole.CLERK, "Clerk", office.keys.info("lan.pt"), values=values)
    seal = office.settings.office.organisations["btc"].seal_image
    revision = sign(SignatureRole.AGENCY, "Agency", office.keys.info("agency-btc"), image=seal)
    file = tmp_path_factory.mktemp("full") / "full.pdf"
    file.write_bytes(revision.content.read())
    return file


def test_five_signatures_are_valid_to_everybody(full: Path, office: Office) -> None:
    assert [verdict.valid for verdict in pdfsig(full)] == [True] * 5
    assert mutool(full) == ["edited"] * 4 + ["unchanged"]
    qpdf(full)
    certs = office.provisioned.folder / "certs"
    report = app.open_verifier([certs / "root.pem"], certs / "revocation").verify(Content(full.read_bytes()))
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert list(report.chain.initials) == ["Nguyễn Duy Khánh", "Phạm Minh Đức"]
    assert list(report.chain.leaders) == ["Nguyễn Văn An"]
    assert report.chain.number == "05"


def test_the_initials_stand_where_the_law_wants_them(full: Path, tmp_path: Path) -> None:
    """For content at the end of the text, for form beside "Lưu: VT": rendered, there is blue ink there."""
    draft = (SAMPLES / "quyet-dinh.pdf").read_bytes()
    places = Reader().read(Content(draft), Wanted((SIGNER,), INITIALS, (2.0,), "QĐ-BTC", "9999", 36.0)).places
    for place in places.initials:
        page = render(full, place.page, tmp_path)
        scale = 150 / 72
        area = page.crop(
            (
                round(place.rect.x0 * scale),
                round(page.height - place.rect.y1 * scale),
                round(place.rect.x1 * scale),
                round(page.height - place.rect.y0 * scale),
            )
        )
        assert any(blue > red + 60 for red, _, blue in area.get_flattened_data())


@pytest.mark.parametrize("name", ["agency-bkhdt", "agency-btc"])
def test_keys_of_each_kind_make_accepted_signatures(office: Office, tmp_path: Path, name: str) -> None:
    """P-256 and RSA-2048 agencies; RSA-3072 leaders are among the samples."""
    assert DECLARED["cong-van"]["signers"][0]["key"] == "binh.tt"
    draft = (SAMPLES / "quyet-dinh.pdf").read_bytes()
    places = Reader().read(Content(draft), Wanted((SIGNER,), (), (2.0,), "QĐ-BTC", "9999", 36.0)).places
    revision = office.sign(
        FieldWriter().prepare(Content(draft), places),
        step(SignatureRole.LEADER, "Leader", SIGNER.name, ("Leader",), certify=True),
        office.keys.info("an.nv"),
    )
    fields = ("Number", "Day", "Month", "Leader", "Agency")
    values = {name: VALUES[name] for name in places.texts()}
    revision = office.sign(
        revision, step(SignatureRole.AGENCY, "Agency", "Bộ", fields, values=values), office.keys.info(name)
    )
    file = tmp_path / "issued.pdf"
    file.write_bytes(revision.content.read())
    assert [verdict.valid for verdict in pdfsig(file)] == [True, True]
    assert mutool(file) == ["edited", "unchanged"]
