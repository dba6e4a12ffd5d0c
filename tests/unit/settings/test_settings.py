"""Settings: what is right becomes frozen values, what is wrong becomes one line each, all at once."""

from datetime import date
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from hsm.uri import KeyRef
from policies.load import among, rulesets
from signer.keys import TokenKind
from signer.model import AttachmentStyle, KeyHolder, NumberedBy, PeriodKind, SignatureRole
from signer.settings import Limits
from tests.support.settings_files import KEYS, SERVICE, faults, read


def test_defaults_and_paths_are_relative_to_the_settings(folder: Path) -> None:
    settings = read(folder)
    assert (settings.listen, settings.host, settings.port) == ("127.0.0.1:8080", "127.0.0.1", 8080)
    assert settings.store == f"sqlite:///{folder}/antin.db"
    assert settings.blobs == folder / "blobs"
    assert settings.trust == (folder / "root.pem",)
    assert settings.revocation == folder / "revocation"
    assert settings.limits == Limits(50, 2000, 30.0, 50, 50)
    assert settings.rules == rulesets()
    assert settings.days_back == 0
    assert settings.warnings == ()


def test_the_service_file_says_how_the_service_runs(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "k.toml").write_text("", encoding="utf-8")
    settings = read(
        folder,
        service="""
        listen = "[::1]:9000"
        workers = 3
        threads = 5
        store = "postgresql+psycopg://antin:hunter2@db/antin"
        blobs = "/var/lib/antin"
        trust = ["root.pem"]
        revocation = "rev"
        keys = "sub/k.toml"
        [limits]
        upload_mb = 10
        pages = 100
        seconds = 2.5
        attachments = 200
        exchange_mb = 20
        [issue]
        days_back = 3
        """,
    )
    assert (settings.host, settings.port, settings.workers, settings.threads) == ("::1", 9000, 3, 5)
    assert settings.blobs == Path("/var/lib/antin")
    assert settings.limits == Limits(10, 100, 2.5, 200, 20)
    assert settings.days_back == 3
    assert settings.keys == ()
    assert "hunter2" not in repr(settings)


CALENDAR = """
id = "lich-2027"
version = "1"
title = "Lịch nghỉ năm 2027"
since = 2027-01-01
until = 2027-12-31
amends = ["practice"]
[calendar]
holidays = { value = [2027-02-05] }
"""


def test_an_operators_own_instruments_are_rules_beside_those_of_the_package(folder: Path) -> None:
    (folder / "lich-2027.toml").write_text(CALENDAR, encoding="utf-8")
    rules = read(folder, service=SERVICE + 'rules = ["lich-2027.toml"]').rules
    assert among(rules, date(2027, 2, 5)).calendar.holidays.value == (date(2027, 2, 5),)
    assert among(rules, date(2026, 12, 31)).calendar == among(rulesets(), date(2026, 12, 31)).calendar


def test_all_faults_of_an_operators_instruments_are_told_at_once(folder: Path) -> None:
    (folder / "one.toml").write_text(CALENDAR.replace("[2027-02-05]", '["Tết"]'), encoding="utf-8")
    (folder / "two.toml").write_text(CALENDAR.replace("holidays", "feasts") + "[moon]\n", encoding="utf-8")
    lines = faults(folder, service=SERVICE + 'rules = ["one.toml", "two.toml"]\nworkers = 0')
    assert [line.partition(": ")[2] for line in lines if ": rules: " in line] == [
        "rules: one.toml: calendar.holidays: date wanted, not 'Tết'",
        "rules: two.toml: calendar.feasts: unknown key",
        "rules: two.toml: unknown key 'moon'",
    ]
    assert len(lines) == 4


def test_how_attachments_are_marked_is_said_for_each_organisation(folder: Path) -> None:
    assert read(folder).office.organisations["btc"].attachment_style is AttachmentStyle.MARK
    filled = KEYS.replace("seal_diameter_mm = 36", 'seal_diameter_mm = 36\nattachment_style = "filled"', 1)
    organisations = read(folder, filled).office.organisations
    assert organisations["btc"].attachment_style is AttachmentStyle.FILLED
    assert organisations["btc-old"].attachment_style is AttachmentStyle.MARK
    lines = faults(folder, filled.replace('"filled"', '"stapled"'))
    assert "attachment_style: không có “stapled” / unknown; known: mark, filled" in lines[0]


def test_a_persons_login_ends_with_the_signature_unless_the_settings_say_otherwise(folder: Path) -> None:
    assert [token.stay_logged_in for token in read(folder).tokens] == [0, 0]
    said = KEYS.replace('kind = "person"', 'kind = "person"\nstay_logged_in = 5')
    assert [token.stay_logged_in for token in read(folder, said).tokens] == [0, 5]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("sqlite:///var/antin.db", "sqlite:///{}/var/antin.db"),
        ("sqlite+pysqlite:///a.db?timeout=5", "sqlite+pysqlite:///{}/a.db?timeout=5"),
        ("sqlite:////srv/antin.db", "sqlite:////srv/antin.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("sqlite://", "sqlite://"),
    ],
)
def test_an_sqlite_file_lies_beside_the_settings(folder: Path, given: str, meant: str) -> None:
    assert read(folder, service=f'{SERVICE}\nstore = "{given}"').store == meant.format(folder)


def test_the_office_is_read_as_data(folder: Path) -> None:
    office = read(folder).office
    era = office.organisations["btc"].on(date(2026, 1, 1))
    assert era is not None
    assert (era.name, era.code, era.place, era.basis) == ("Bộ Tài chính", "G12", "Hà Nội", "NQ 176/2025/QH15")
    assert office.organisations["btc"].successor_of == ("btc-old",)
    assert office.organisations["btc"].seal_image is not None
    assert office.organisations["btc-old"].on(date(2025, 3, 1)) is None
    assert office.issuers["BTC"].agency_key == "btc.seal"
    assert office.series[0].types == ("QĐ", None)
    assert office.series[1].period is PeriodKind.TERM
    assert office.series[1].numbered_by is NumberedBy.CALLER
    assert office.delegations[0].types == ("QĐ", None)
    assert office.delegations[0].period.until == date(2026, 12, 31)
    assert office.custody[0].person == "an.nv"
    assert office.persons["an.nv"].name == "Nguyễn Văn An"


def test_keys_come_with_certificate_chain_and_image(folder: Path, pems: dict[str, bytes]) -> None:
    settings = read(folder)
    seal, an = settings.keys
    assert seal.info.holder is KeyHolder.ORGANISATION
    assert seal.info.certificate == x509.load_pem_x509_certificate(pems["rsa.pem"]).public_bytes(
        serialization.Encoding.DER
    )
    assert len(seal.info.chain) == 1, "the root is pinned elsewhere and left out"
    assert an.ref == KeyRef("Nguyen Van An", id=b"\x01")
    assert an.info.roles == (SignatureRole.LEADER, SignatureRole.INITIAL)
    assert an.info.algorithm == "ecdsa-sha256"
    assert an.info.image == (folder / "signature.png").read_bytes()
    assert [token.kind for token in settings.tokens] == [TokenKind.SERVER, TokenKind.PERSON]
    assert settings.tokens[0].pin is not None
    assert settings.modules[0].path == folder / "module.so"


def test_a_chain_may_be_one_file_or_several(folder: Path, pems: dict[str, bytes]) -> None:
    (folder / "sub.der").write_bytes(
        x509.load_pem_x509_certificate(pems["chain.pem"]).public_bytes(serialization.Encoding.DER)
    )
    for chain in ('["sub.der", "root.pem"]', '"chain.pem"'):
        other = read(folder, KEYS.replace('["chain.pem"]', chain, 1))
        assert other.keys[0].info.chain == read(folder).keys[0].info.chain


def test_no_secret_is_in_any_repr(folder: Path) -> None:
    settings = read(folder)
    shown = repr(settings) + repr(settings.tokens) + repr(settings.keys)
    assert "12345678" not in shown
    assert "BEGIN" not in shown
