"""A signature that shows lines of text, and one that names attachments."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest

from signer.errors import Kind, SignerError
from signer.model import Align, Content, PackagePart, Place, Rect, Revision, SigningStep, Slant, StampPlaces, TextPlace
from signer.pdf import fonts, mark
from signer.pdf.fields import FieldWriter
from signer.pdf.plan import decode
from signer.pdf.sign import PlanSigner
from tests.support.paper import SoftKey, agency_step, leader_step, make_key, png
from tests.support.stamped import ANNEX, COPY_MARK, MARK, PACKAGE, stamp_places, stamp_step


@contextlib.contextmanager
def fields(data: bytes) -> Iterator[dict[str, pikepdf.Object]]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        yield {str(field.T): field for field in pdf.Root.AcroForm.Fields}


# --- the fields -----------------------------------------------------------------------------------------------


def test_a_marked_file_has_one_field_and_one_face(stamp: Revision) -> None:
    with fields(stamp.content.read()) as made:
        assert list(made) == ["Agency"]
        assert [str(name) for name in made["Agency"].Lock.Fields] == ["Agency"]
    with pikepdf.open(io.BytesIO(stamp.content.read())) as pdf:
        assert list(pdf.Root.AcroForm.DR.Font) == ["/AntinMark"]
        assert "NeedAppearances" not in pdf.Root.AcroForm


def test_a_filled_file_has_the_fields_of_its_line_and_no_face_of_marks() -> None:
    text = TextPlace(Place(1, Rect(252, 730, 287, 744)), 733, 13, Slant.ITALIC, Align.RIGHT)
    places = StampPlaces(Place(1, Rect(38, 725, 140, 827)), marked=False, blanks={"Number": text, "Day": text})
    revision = FieldWriter().prepare(Content(ANNEX), places)
    with fields(revision.content.read()) as made:
        assert list(made) == ["Number", "Day", "Agency"]
        assert [str(name) for name in made["Agency"].Lock.Fields] == ["Number", "Day", "Agency"]
    with pikepdf.open(io.BytesIO(revision.content.read())) as pdf:
        assert set(pdf.Root.AcroForm.DR.Font) == {"/AntinUpright", "/AntinItalic"}
    assert decode(revision.plan).layout.signatures["Agency"].mark_size == 0


def test_a_file_without_any_text_of_ours_embeds_no_face(agency_key: SoftKey) -> None:
    revision = FieldWriter().prepare(Content(ANNEX), replace(stamp_places(), marked=False))
    with pikepdf.open(io.BytesIO(revision.content.read())) as pdf:
        assert "/DR" not in pdf.Root.AcroForm
    step = stamp_step(mark=(), image=png((220, 0, 0, 255), 60, 60))
    assert (
        PlanSigner().sign(revision, step, agency_key.info, agency_key.sign).content.read().count(b"/Subtype/Image") >= 2
    )


def test_drafts_do_not_carry_the_face_of_marks(prepared: Revision) -> None:
    assert b"AntinMark" not in prepared.content.read()
    assert set(decode(prepared.plan).layout.fonts) == set(Slant)


def test_a_plan_of_before_marks_is_still_read_and_signed(
    prepared: Revision, leader_key: SoftKey, agency_key: SoftKey
) -> None:
    older = replace(prepared, plan=prepared.plan.replace(b',"mark_size":0.0', b""))
    assert len(older.plan) < len(prepared.plan)
    assert decode(older.plan).layout == decode(prepared.plan).layout
    signed = PlanSigner().sign(older, leader_step(), leader_key.info, leader_key.sign)
    assert PlanSigner().sign(signed, agency_step(), agency_key.info, agency_key.sign).plan.count(b"mark_size") == 0


# --- the mark -------------------------------------------------------------------------------------------------


def test_the_mark_is_drawn_right_aligned_at_ten_points_in_black(marked: Revision, tmp_path: Path) -> None:
    """By another's eyes: mutool's structured text."""
    file = tmp_path / "marked.pdf"
    file.write_bytes(marked.content.read())
    done = subprocess.run(
        ["mutool", "draw", "-q", "-F", "stext", str(file), "1"], capture_output=True, check=True, timeout=60
    )
    text = done.stdout.decode()
    rows = [row for row in re.split(r"(?=<line )", text) if "Tinos" in row and 'size="10"' in row]
    assert ["".join(re.findall(r' c="(.)"', row)) for row in rows] == list(MARK)
    boxes = [[float(value) for value in row.split('bbox="')[1].split('"')[0].split()] for row in rows]
    assert all(abs(box[2] - 574) < 0.5 for box in boxes)
    assert boxes[1][1] - boxes[0][1] == pytest.approx(11.5, abs=0.1)
    assert 'color="#000000"' in rows[0]


def test_a_marked_file_certifies_and_locks_its_fields(marked: Revision) -> None:
    with pikepdf.open(io.BytesIO(marked.content.read())) as pdf:
        value = pdf.Root.AcroForm.Fields[0].V
        assert pdf.Root.Perms.DocMDP.objgen == value.objgen
        assert int(value.Reference[0].TransformParams.P) == 2
        assert [str(name) for name in value.Reference[1].TransformParams.Fields] == ["Agency"]
        assert "/ANTN_Package" not in value


def test_every_vietnamese_letter_can_be_written(agency_key: SoftKey) -> None:
    letters = fonts.MARK_CHARACTERS.replace(" ", "")
    lines = [letters[at : at + 30] for at in range(0, len(letters), 30)]
    size = mark.extent(lines, 10)
    stamp = FieldWriter().prepare(Content(ANNEX), stamp_places(Rect(100, 100, 100 + size[0], 100 + size[1])))
    signed = PlanSigner().sign(stamp, stamp_step(mark=tuple(lines)), agency_key.info, agency_key.sign)
    assert signed.content.read().count(b" Tj ") == len(lines)
    assert len(letters) == 94 + 2 * 67
    assert len(fonts.face(fonts.MARK).program) < 12_000


def test_decomposed_letters_and_wide_spaces_are_written_composed() -> None:
    decomposed = "Bo\u0323\u0302  Ta\u0300i chi\u0301nh\u00a0"
    assert mark.clean(decomposed) == "Bộ Tài chính"


@pytest.mark.parametrize(
    ("line", "shown"), [("Số 5 – A", "U+2013"), ("СAO Y", "U+0421"), ("", "trống"), (" \t", "trống")]
)
def test_what_the_face_cannot_write_is_refused_by_name(
    stamp: Revision, agency_key: SoftKey, line: str, shown: str
) -> None:
    with pytest.raises(SignerError) as refused:
        PlanSigner().sign(stamp, stamp_step(mark=(line,)), agency_key.info, agency_key.sign)
    assert (refused.value.kind, refused.value.code) == (Kind.UNSUITABLE, "mark-unwritable")
    assert shown in refused.value.text.vi
    assert "II.8.b" in refused.value.clause


def test_a_line_wider_than_its_box_goes_on_in_the_next(agency_key: SoftKey) -> None:
    lines = ("SAO Y", "Ủy ban nhân dân phường Hoàn Kiếm", COPY_MARK[2])
    assert mark.broken(lines, 10, 120) == ("SAO Y", "Ủy ban nhân dân phường", "Hoàn Kiếm", COPY_MARK[2])
    stamp = FieldWriter().prepare(Content(ANNEX), stamp_places(Rect(456, 779, 576, 828)))
    signed = PlanSigner().sign(stamp, stamp_step(mark=lines), agency_key.info, agency_key.sign)
    assert signed.content.read().count(b" Tm ") - stamp.content.read().count(b" Tm ") == 4


@pytest.mark.parametrize("lines", [COPY_MARK, ("A" * 60, MARK[1])], ids=["too many lines", "a word too wide"])
def test_lines_that_do_not_fit_are_refused_and_not_cut(
    stamp: Revision, agency_key: SoftKey, lines: tuple[str, ...]
) -> None:
    with pytest.raises(SignerError) as refused:
        PlanSigner().sign(stamp, stamp_step(mark=lines), agency_key.info, agency_key.sign)
    assert (refused.value.kind, refused.value.code) == (Kind.UNSUITABLE, "no-room-for-mark")


@pytest.mark.parametrize(
    "step",
    [
        stamp_step(mark=()),
        stamp_step(image=png((220, 0, 0, 255), 60, 60)),
        stamp_step(mark=(), image=png((9, 9, 9, 9), 9, 9)),
    ],
    ids=["nothing", "mark and image", "image"],
)
def test_a_field_for_a_mark_shows_a_mark_and_nothing_else(
    stamp: Revision, agency_key: SoftKey, step: SigningStep
) -> None:
    with pytest.raises(SignerError) as refused:
        PlanSigner().sign(stamp, step, agency_key.info, agency_key.sign)
    assert (refused.value.kind, refused.value.code) == (Kind.INTERNAL, "mark-misplaced")


def test_a_field_for_an_image_shows_no_mark(signed: Revision, agency_key: SoftKey) -> None:
    with pytest.raises(SignerError) as refused:
        PlanSigner().sign(signed, agency_step(image=None, mark=MARK), agency_key.info, agency_key.sign)
    assert refused.value.code == "mark-misplaced"


def test_the_mark_stands_upright_on_a_rotated_page(agency_key: SoftKey) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(ANNEX)) as pdf:
        pdf.pages[0].obj.Rotate = 90
        pdf.save(out)
    stamp = FieldWriter().prepare(Content(out.getvalue()), stamp_places(Rect(10, 600, 35, 719)))
    signed = PlanSigner().sign(stamp, stamp_step(), agency_key.info, agency_key.sign)
    assert b"/BBox[0 0 119 25]/Matrix[0 1 -1 0 0 0]" in signed.content.read()


def test_another_algorithm_signs_a_mark_too(stamp: Revision) -> None:
    key = make_key("BỘ TÀI CHÍNH", "ecdsa-sha256")
    assert PlanSigner().sign(stamp, stamp_step(), key.info, key.sign).content.read().startswith(stamp.content.read())


# --- the package ----------------------------------------------------------------------------------------------


def test_the_package_stands_in_the_signature_in_the_order_given(packaged: Revision) -> None:
    with fields(packaged.content.read()) as made:
        parts = [
            PackagePart(str(part.Name), int(part.Length), bytes(part.SHA256).hex())
            for part in made["Agency"].V.ANTN_Package
        ]
    assert parts == list(PACKAGE)
    assert packaged.content.read().count(b"%%EOF", packaged.content.size - 9000) == 1


def test_the_package_is_under_the_signature(packaged: Revision) -> None:
    gap, resume, rest = map(int, re.findall(rb"/ByteRange\[0 (\d+) (\d+) (\d+)\]", packaged.content.read())[-1])
    at = packaged.content.read().rindex(b"/ANTN_Package")
    assert resume < at < resume + rest
    assert gap < resume


def test_a_leaders_signature_can_name_the_attachments_too(prepared: Revision, leader_key: SoftKey) -> None:
    signed = PlanSigner().sign(prepared, leader_step(package=PACKAGE[:1]), leader_key.info, leader_key.sign)
    with fields(signed.content.read()) as made:
        assert len(made["Leader"].V.ANTN_Package) == 1


def test_without_attachments_there_is_no_package(issued: Revision) -> None:
    assert b"ANTN_" not in issued.content.read()


@pytest.mark.parametrize("digest", ["", "AB" * 32, "ab" * 31, "zz" * 32, "00>>>/Reason(x)"])
def test_a_digest_that_is_none_does_not_leave(signed: Revision, agency_key: SoftKey, digest: str) -> None:
    step = agency_step(package=(PackagePart("a.pdf", 1, digest),))
    with pytest.raises(SignerError) as refused:
        PlanSigner().sign(signed, step, agency_key.info, agency_key.sign)
    assert refused.value.code == "self-check-failed"


@pytest.mark.parametrize("text", ["(a) \\ b", "a\nb", "50%%EOF", ")/ANTN_Package[", ")/Reference[]>>", "Ủy ban", "\\"])
def test_words_of_any_kind_are_read_back(prepared: Revision, leader_key: SoftKey, text: str) -> None:
    step = leader_step(signer=text, reason=text, location=text, package=(PackagePart(text, 1, "0f" * 32),))
    signed = PlanSigner().sign(prepared, step, leader_key.info, leader_key.sign)
    with fields(signed.content.read()) as made:
        value = made["Leader"].V
        assert [str(value[key]) for key in ("/Name", "/Reason", "/Location")] == [text] * 3
        assert str(value.ANTN_Package[0].Name) == text
