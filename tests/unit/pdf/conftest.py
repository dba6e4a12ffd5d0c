"""A draft, and what becomes of it, for the tests of the pdf room."""

from __future__ import annotations

import pytest

from signer.model import Content, Revision
from signer.pdf.fields import FieldWriter
from signer.pdf.sign import PlanSigner
from tests.support.paper import SAMPLES, SoftKey, agency_step, leader_step, make_key, some_places
from tests.support.stamped import ANNEX, PACKAGE, stamp_places, stamp_step


@pytest.fixture(scope="session")
def leader_key() -> SoftKey:
    return make_key("Nguyễn Văn An")


@pytest.fixture(scope="session")
def agency_key() -> SoftKey:
    return make_key("BỘ TÀI CHÍNH")


@pytest.fixture(scope="session")
def draft() -> bytes:
    return (SAMPLES / "quyet-dinh.pdf").read_bytes()


@pytest.fixture(scope="session")
def prepared(draft: bytes) -> Revision:
    return FieldWriter().prepare(Content(draft), some_places())


@pytest.fixture(scope="session")
def signed(prepared: Revision, leader_key: SoftKey) -> Revision:
    return PlanSigner().sign(prepared, leader_step(), leader_key.info, leader_key.sign)


@pytest.fixture(scope="session")
def issued(signed: Revision, agency_key: SoftKey) -> Revision:
    return PlanSigner().sign(signed, agency_step(), agency_key.info, agency_key.sign)


@pytest.fixture(scope="session")
def stamp() -> Revision:
    return FieldWriter().prepare(Content(ANNEX), stamp_places())


@pytest.fixture(scope="session")
def marked(stamp: Revision, agency_key: SoftKey) -> Revision:
    return PlanSigner().sign(stamp, stamp_step(), agency_key.info, agency_key.sign)


@pytest.fixture(scope="session")
def packaged(signed: Revision, agency_key: SoftKey) -> Revision:
    return PlanSigner().sign(signed, agency_step(package=PACKAGE), agency_key.info, agency_key.sign)
