"""What other people's tools say of every issued sample, and what they say when a byte is flipped."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pikepdf
import pytest

from signer import app
from signer.model import Content
from signer.report import Verdict
from softhsm.provision import Provisioned
from tests.interop.conftest import DECLARED, Issued, Office
from tests.support.tools import PdfsigVerdict, flipped, lines, mutool, openssl_cms, pdfsig, qpdf, ranges, run


def test_pdfsig_calls_every_signature_valid_and_the_last_to_cover_all(sample: Issued) -> None:
    verdicts = pdfsig(sample.file)
    assert len(verdicts) == len(DECLARED[sample.name]["signers"]) + 1
    assert verdicts[-1] == PdfsigVerdict(valid=True, whole_file=True)
    assert all(verdict == PdfsigVerdict(valid=True, whole_file=False) for verdict in verdicts[:-1])


def test_mutool_sees_form_fill_after_the_leaders_and_nothing_after_the_agency(sample: Issued) -> None:
    assert mutool(sample.file) == ["edited"] * len(DECLARED[sample.name]["signers"]) + ["unchanged"]


def test_qpdf_finds_nothing_to_complain_of(sample: Issued) -> None:
    qpdf(sample.file)


def test_our_own_verification_with_pyhanko_passes(sample: Issued, provisioned: Provisioned) -> None:
    verifier = app.open_verifier([provisioned.folder / "certs/root.pem"], provisioned.folder / "certs/revocation")
    report = verifier.verify(sample.issued.content)
    assert report.verdict is Verdict.PASSED, report.as_dict()
    assert report.chain.number == f"05/{DECLARED[sample.name]['notation']}" or report.chain.number == "05"
    assert list(report.chain.leaders) == [each["name"] for each in DECLARED[sample.name]["signers"]]


@pytest.mark.parametrize("which", ["first leader", "agency"])
def test_a_flipped_byte_is_seen_by_pdfsig_mutool_and_us(
    samples: dict[str, Issued], provisioned: Provisioned, tmp_path: Path, which: str
) -> None:
    """The twin of the tests above: in the draft (under both signatures), and in the agency's revision only."""
    issued = samples["quyet-dinh"]
    at = 40 if which == "first leader" else issued.signed.content.size + 60
    file = tmp_path / "flipped.pdf"
    file.write_bytes(flipped(issued.issued.content.read(), at))
    verdicts = [verdict.valid for verdict in pdfsig(file)]
    assert verdicts == ([False, False] if which == "first leader" else [True, False])
    assert mutool(file)[-1] not in ("unchanged", "edited")
    verifier = app.open_verifier([provisioned.folder / "certs/root.pem"], provisioned.folder / "certs/revocation")
    assert verifier.verify(Content(file.read_bytes())).verdict is Verdict.FAILED


def test_openssl_verifies_each_cms_with_its_path(sample: Issued, provisioned: Provisioned, tmp_path: Path) -> None:
    """RFC 5652 by another implementation: digest, attributes, signature, certificate path to the root."""
    data = sample.issued.content.read()
    for gap, resume, rest in ranges(data):
        signature = bytes.fromhex(data[gap + 1 : resume - 1].decode())
        content = data[:gap] + data[resume : resume + rest]
        root = provisioned.folder / "certs/root.pem"
        assert openssl_cms(signature, content, root, tmp_path)
        assert not openssl_cms(signature, flipped(content, 100), root, tmp_path)


def test_one_eof_a_signature_and_the_draft_is_a_prefix(sample: Issued) -> None:
    """Desktop verifiers count %%EOF: more than one new between two signatures and all are called changed."""
    data = sample.issued.content.read()
    assert data.startswith(sample.draft)
    signed = [resume + rest for _, resume, rest in ranges(data)]
    assert signed[-1] == len(data)
    before = sample.prepared.content.size
    for end in signed:
        assert data.count(b"%%EOF", before, end) == 1
        before = end


def test_read_by_position_the_first_page_says_number_and_date(sample: Issued) -> None:
    said = DECLARED[sample.name]
    first = lines(sample.file, 1)
    wrapped = sample.name == "quyet-dinh-xa"
    date = f"{said['place'].replace(' ', '')},ngày21tháng11năm" + ("" if wrapped else "2026")
    assert f"Số:05/{said['notation']}{date}" in first
    if wrapped:
        assert first[first.index(f"Số:05/{said['notation']}{date}") + 1] == "2026"


def test_the_annex_in_the_same_file_stays_as_it_was(samples: dict[str, Issued]) -> None:
    """NĐ 30/2020 Phụ lục I III.1.c: the blanks of "(Kèm theo … số … ngày …)" stay empty when electronic."""
    issued = samples["quyet-dinh-co-phu-luc"]
    with pikepdf.open(io.BytesIO(issued.issued.content.read())) as pdf:
        assert all("/Annots" not in page.obj for page in list(pdf.pages)[1:])
    assert any("Kèmtheo" in line and "số/QĐ-BTCngàythángnăm" in line for line in lines(issued.file, 2))


@pytest.mark.parametrize(
    "options",
    [{"object_stream_mode": pikepdf.ObjectStreamMode.generate}, {"linearize": True}],
    ids=["xref stream", "linearized"],
)
def test_other_file_structures_are_accepted_too(
    office: Office, tmp_path: Path, samples: dict[str, Issued], options: dict[str, object]
) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(samples["cong-van"].draft)) as pdf:
        pdf.save(out, **options)  # type: ignore[arg-type] -- options of pikepdf
    issued = office.issue("cong-van", tmp_path, out.getvalue())
    assert [verdict.valid for verdict in pdfsig(issued.file)] == [True, True]
    assert mutool(issued.file) == ["edited", "unchanged"]
    qpdf(issued.file)


def test_a_missing_tool_fails_loudly() -> None:
    with pytest.raises(FileNotFoundError):
        run("no-such-judge")
    assert subprocess.run(["pdfsig", "-v"], capture_output=True, check=False, timeout=10).returncode in (0, 99)
