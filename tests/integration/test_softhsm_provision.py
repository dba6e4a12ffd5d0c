"""Development tokens: declared, complete, idempotent, in their own folder, worth nothing."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from softhsm.declared import load
from softhsm.provision import Provisioned, provision

MARK = "THỬ NGHIỆM - KHÔNG CÓ GIÁ TRỊ PHÁP LÝ"
SAMPLES = json.loads(resources.files("softhsm").joinpath("samples/expected.json").read_text("utf-8"))


@pytest.fixture
def keys(provisioned: Provisioned) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = tomllib.loads(provisioned.keys.read_text("utf-8"))
    return found


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_second_run_changes_revocation_data_only(provisioned_copy: Callable[[], Provisioned]) -> None:
    copy = provisioned_copy()
    before = _tree(copy.folder)
    provision(copy.folder)
    after = _tree(copy.folder)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    # SoftHSM writes its own files at a login.
    assert {name.split("/")[0] for name in changed} <= {"certs", "tokens"}
    assert {name for name in changed if name.startswith("certs/")} <= {
        name for name in after if name.startswith("certs/revocation/")
    }


def test_what_is_missing_is_made_and_the_rest_kept(provisioned_copy: Callable[[], Provisioned]) -> None:
    copy = provisioned_copy()
    service = copy.service.read_text().replace("8080", "9090")
    copy.service.write_text(service)
    (copy.folder / "certs/an.nv.pem").unlink()
    (copy.folder / "images/seal-btc.png").unlink()
    kept = copy.certificate("duc.pm").serial_number
    old = copy.certificate("agency-btc").public_key()
    provision(copy.folder)
    names = copy.certificate("an.nv").subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert [name.value for name in names] == ["Nguyễn Văn An"]
    assert (copy.folder / "images/seal-btc.png").exists()
    assert copy.certificate("duc.pm").serial_number == kept
    assert copy.certificate("agency-btc").public_key() == old
    assert copy.service.read_text() == service


def test_nothing_outside_the_folder_is_touched(provisioned_copy: Callable[[], Provisioned], tmp_path: Path) -> None:
    """The command line, in a home of its own and without SOFTHSM2_CONF, leaves that home empty."""
    copy, home = provisioned_copy(), tmp_path / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if key != "SOFTHSM2_CONF"} | {"HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-m", "softhsm", "provision", str(copy.folder)],
        env=environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert list(home.iterdir()) == []
    assert f"SOFTHSM2_CONF={copy.softhsm_conf}" in done.stdout
    for place in (copy.folder / "pins").iterdir():
        assert place.read_text().strip() not in done.stdout + done.stderr


def test_secrets_are_their_owners_alone(provisioned: Provisioned) -> None:
    for pattern in ("pins/*", "ca/*.der"):
        found = list(provisioned.folder.glob(pattern))
        assert found
        assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    pins = [path.read_text() for path in (provisioned.folder / "pins").iterdir()]
    assert len(set(pins)) == len(pins)
    assert set(provisioned.person_pins()) == {
        "an.nv",
        "duc.pm",
        "binh.tt",
        "cuong.lh",
        "dung.ht",
        "khanh.nd",
        "lan.pt",
        "mai.nt",
        "son.tv",
        "thu.lm",
    }


def test_file_names_say_roots_and_no_keys(provisioned: Provisioned) -> None:
    pem = [path.name for path in provisioned.folder.rglob("*.pem")]
    assert "root.pem" in pem
    assert not [name for name in pem if "key" in name]
    for path in provisioned.folder.rglob("*.pem"):
        assert b"PRIVATE" not in path.read_bytes()


def test_every_certificate_says_that_it_is_worth_nothing_and_openssl_builds_its_path(
    provisioned: Provisioned,
) -> None:
    certs = provisioned.folder / "certs"
    names = [key.name for key in provisioned.declared.all_keys()]
    for name in ["root", "sub", *names]:
        units = provisioned.certificate(name).subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        assert [unit.value for unit in units] == [MARK]
    subprocess.run(
        [
            "openssl",
            "verify",
            "-x509_strict",
            "-CAfile",
            "root.pem",
            "-untrusted",
            "sub.pem",
            *(f"{name}.pem" for name in names),
        ],
        cwd=certs,
        check=True,
        capture_output=True,
    )


def test_the_profile_follows_the_government_cas(provisioned: Provisioned) -> None:
    leaf = provisioned.certificate("an.nv")
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    assert 4.9 < (leaf.not_valid_after_utc - leaf.not_valid_before_utc) / timedelta(days=365.25) < 5.1
    points = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert points[0].full_name is not None
    assert points[0].full_name[0].value.startswith("http://crl.antin.example/")
    tsa = provisioned.certificate("tsa").extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert tsa.critical
    assert list(tsa.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def test_all_kinds_of_keys_are_there(provisioned: Provisioned) -> None:
    kinds = set()
    for key in provisioned.declared.all_keys():
        public = provisioned.certificate(key.name).public_key()
        if isinstance(public, rsa.RSAPublicKey):
            kinds.add(f"rsa-{public.key_size}")
        elif isinstance(public, ec.EllipticCurvePublicKey):
            kinds.add(public.curve.name)
        elif isinstance(public, ed25519.Ed25519PublicKey):
            kinds.add("ed25519")
    assert kinds == {"rsa-2048", "rsa-3072", "secp256r1", "ed25519"}
    assert all(token.keys[-1].name == f"health-{token.name}" for token in provisioned.declared.tokens)


def test_the_samples_signers_may_sign_with_their_capacity_and_key(
    keys: dict[str, list[dict[str, object]]],
) -> None:
    by_name = {key["name"]: key for key in keys["key"]}
    persons = {person["id"]: person["name"] for person in keys["person"]}
    for sample in SAMPLES:
        issuer = next(entry for entry in keys["issuer"] if entry["code"] == sample["agency"])
        assert by_name[issuer["agency_key"]]["issuers"] == [sample["agency"]]
        series = [
            entry
            for entry in keys["series"]
            if sample["agency"] in entry["issuers"]
            and (not entry["types"] or (sample["type"] or "-") in entry["types"])
        ]
        assert len(series) == 1, sample["name"]
        for signer in sample["signers"]:
            key = by_name[signer["key"]]
            assert sample["agency"] in key["issuers"]
            assert persons[key["owner"]] == signer["name"]
            assert [
                entry
                for entry in keys["delegation"]
                if entry["person"] == key["owner"]
                and entry["issuer"] == sample["agency"]
                and entry["capacity"] == signer["capacity"]
                and (not entry["types"] or (sample["type"] or "-") in entry["types"])
                and entry.get("until", date.max) >= date(2026, 11, 21)
            ]


def test_names_in_the_settings_refer_to_what_is_there(
    provisioned: Provisioned, keys: dict[str, list[dict[str, object]]]
) -> None:
    names = {
        kind: {
            str(entry.get("name" if kind in ("key", "token", "module") else "id", entry.get("code")))
            for entry in entries
        }
        for kind, entries in keys.items()
    }
    for key in keys["key"]:
        assert key["token"] in names["token"]
        assert key["owner"] in names["person" if key["holder"] == "person" else "organisation"]
        for place in [key["certificate"], *key["chain"], *([key["image"]] if "image" in key else [])]:
            assert (provisioned.folder / str(place)).is_file()
    for issuer in keys["issuer"]:
        assert issuer["organisation"] in names["organisation"]
        assert {issuer["agency_key"], *issuer["clerk_keys"]} <= names["key"]
    for custody in keys["custody"]:
        assert custody["key"] in names["key"]
        assert custody["person"] in names["person"]


@pytest.mark.parametrize(
    ("name", "colour", "aspect"),
    [("seal-btc", 0, 1.0), ("seal-ubnd-dp", 0, 1.0), ("an.nv", 2, 2.0), ("khanh.nd", 2, 2.0)],
)
def test_seals_are_red_signatures_blue_both_on_a_transparent_ground(
    provisioned: Provisioned, name: str, colour: int, aspect: float
) -> None:
    image = Image.open(io.BytesIO((provisioned.folder / f"images/{name}.png").read_bytes()))
    assert (image.format, image.mode, image.width / image.height) == ("PNG", "RGBA", aspect)
    assert image.getpixel((1, 1))[3] == 0
    solid = [pixel for pixel in image.get_flattened_data() if pixel[3] > 200]
    assert len(solid) > 2000
    assert all(max(pixel[:3]) == pixel[colour] for pixel in solid)


def test_a_seal_has_its_real_size(provisioned: Provisioned) -> None:
    with Image.open(provisioned.folder / "images/seal-vtltnn.png") as image:
        assert image.width / image.info["dpi"][0] * 25.4 == pytest.approx(34.0, abs=0.1)


def test_crls_and_ocsp_answers_are_fresh_and_signed_by_the_issuer(provisioned: Provisioned) -> None:
    folder = provisioned.folder / "certs/revocation"
    now = datetime.now(UTC)
    for issuer in ("root", "sub"):
        crl = x509.load_der_x509_crl((folder / f"{issuer}.crl").read_bytes())
        assert crl.is_signature_valid(provisioned.certificate(issuer).public_key())
        assert crl.last_update_utc < now < crl.next_update_utc
    answer = ocsp.load_der_ocsp_response((folder / "an.nv.ocsp").read_bytes())
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert answer.serial_number == provisioned.certificate("an.nv").serial_number
    certs = provisioned.folder / "certs"
    done = subprocess.run(
        [
            "openssl",
            "ocsp",
            "-respin",
            str(folder / "an.nv.ocsp"),
            "-issuer",
            "sub.pem",
            "-sha256",
            "-cert",
            "an.nv.pem",
            "-CAfile",
            "root.pem",
            "-verify_other",
            "sub.pem",
        ],
        cwd=certs,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "an.nv.pem: good" in done.stdout
    assert "Response verify OK" in done.stderr


def test_a_revoked_certificate_is_on_the_list_and_in_its_answer(
    provisioned_copy: Callable[[], Provisioned],
) -> None:
    copy = provisioned_copy()
    copy.revoke("an.nv", datetime(2026, 11, 1, tzinfo=UTC))
    folder = copy.folder / "certs/revocation"
    crl = x509.load_der_x509_crl((folder / "sub.crl").read_bytes())
    assert crl.get_revoked_certificate_by_serial_number(copy.certificate("an.nv").serial_number) is not None
    assert crl.get_revoked_certificate_by_serial_number(copy.certificate("duc.pm").serial_number) is None
    answer = ocsp.load_der_ocsp_response((folder / "an.nv.ocsp").read_bytes())
    assert answer.certificate_status is ocsp.OCSPCertStatus.REVOKED


def test_tests_can_have_certificates_that_must_be_refused(provisioned_copy: Callable[[], Provisioned]) -> None:
    copy = provisioned_copy()
    past = datetime(2020, 1, 1, tzinfo=UTC)
    copy.issue_leaf("expired", like="an.nv", not_before=past, not_after=past + timedelta(days=30))
    copy.issue_leaf("wrong-usage", like="an.nv", usage="encryption")
    copy.issue_leaf("mismatch", like="an.nv", public_key_of="duc.pm")
    copy.refresh_revocation()
    assert copy.certificate("expired").public_key() == copy.certificate("an.nv").public_key()
    assert copy.certificate("mismatch").public_key() == copy.certificate("duc.pm").public_key()
    usage = copy.certificate("wrong-usage").extensions.get_extension_for_class(x509.KeyUsage).value
    assert not usage.digital_signature
    assert (copy.folder / "certs/revocation/expired.ocsp").exists()


def test_a_token_that_is_not_there_cannot_be_pulled(provisioned: Provisioned) -> None:
    with pytest.raises(FileNotFoundError, match="no token nothing"):
        provisioned.pull_token("nothing")


def test_keys_never_leave_their_tokens(provisioned: Provisioned) -> None:
    """SoftHSM itself says so: sensitive, not extractable, made on the token."""
    code = """
import sys, pkcs11
from pkcs11 import Attribute, ObjectClass
token = pkcs11.lib(sys.argv[1]).get_token(token_label="server-btc")
with token.open(user_pin=open(sys.argv[2]).read().strip()) as session:
    keys = list(session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}))
    print(len(keys), all(k[Attribute.SENSITIVE] and not k[Attribute.EXTRACTABLE] and k[Attribute.LOCAL]
                         for k in keys))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(provisioned.module), str(provisioned.folder / "pins/server-btc")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["3", "True"]


def test_the_readme_says_what_the_keys_grant() -> None:
    text = resources.files("softhsm").joinpath("README.md").read_text("utf-8")
    assert "These keys grant no power." in text
    assert load().mark == MARK
