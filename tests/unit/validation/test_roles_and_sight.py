"""Whose certificate is an organisation's, and what a reader sees under a later field."""

from __future__ import annotations

import io

import pikepdf
import pytest
from asn1crypto import x509

from signer.model import Content, Rect
from signer.validation import roles, visual
from signer.validation.visual import NotSeen
from tests.fixtures import attacks
from tests.fixtures.attacks_pki import leaf, pki
from tests.fixtures.drawn import Run, build


def subject(common: str, organisation: str) -> x509.Certificate:
    return x509.Certificate.load(leaf("any", common, organisation, pki().sub).info.certificate)


@pytest.mark.parametrize(
    ("common", "organisation"),
    [
        ("BỘ TÀI CHÍNH", "BỘ TÀI CHÍNH"),
        ("CỤC THUẾ", "BỘ TÀI CHÍNH"),
        ("Bộ Tài chính", "BỘ TÀI CHÍNH"),
        ("ỦY BAN NHÂN DÂN XÃ ĐỒNG PHÚ", "TỈNH ĐỒNG NAI"),
        ("Uỷ ban nhân dân", "Tỉnh"),
        ("Văn phòng", "Chính phủ"),
    ],
)
def test_a_body(common: str, organisation: str) -> None:
    assert roles.is_organisation(subject(common, organisation))


@pytest.mark.parametrize(
    ("common", "organisation"),
    [
        ("Nguyễn Văn An", "BỘ TÀI CHÍNH"),
        ("Vũ Thị Hoa", "CỤC THUẾ"),
        ("Trương Hội Bình", "BỘ TÀI CHÍNH"),
        ("Bùi Bộ", "SỞ NỘI VỤ"),
    ],
)
def test_a_person(common: str, organisation: str) -> None:
    assert not roles.is_organisation(subject(common, organisation))


def test_no_certificate_is_no_body() -> None:
    assert not roles.is_organisation(None)


TITLE = Rect(200, 640, 420, 680)


def over(rect: Rect, content: bytes) -> bytes:
    """The issued file with something drawn over a rectangle of page 1, as a stamp's appearance."""
    with pikepdf.open(io.BytesIO(attacks.issued().content.read())) as pdf:
        page = pdf.pages[0]
        drawn = pdf.make_stream(
            content, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=pikepdf.Array([0, 0, 100, 100])
        )
        page.obj.Annots.append(
            pdf.make_indirect(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Annot,
                    Subtype=pikepdf.Name.Stamp,
                    F=4,
                    Rect=pikepdf.Array([*rect]),
                    AP=pikepdf.Dictionary(N=drawn),
                )
            )
        )
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


@pytest.mark.parametrize("colour", [b"1 g", b"0 g", b"1 0 0 rg"], ids=["white", "black", "red"])
def test_a_box_hides_text(colour: bytes) -> None:
    content = colour + b" 0 0 100 100 re f"
    hidden = visual.hidden_text(attacks.issued().content, Content(over(TITLE, content)), 1, TITLE)
    assert len(hidden) > 10


@pytest.mark.parametrize(
    "content",
    [b"", b"1 0 0 RG 2 w 10 10 80 80 re S", b"0 0 1 RG 1 w 0 0 m 100 100 l S"],
    ids=["nothing", "a red ring", "a blue stroke"],
)
def test_thin_strokes_do_not(content: bytes) -> None:
    assert not visual.hidden_text(attacks.issued().content, Content(over(TITLE, content)), 1, TITLE)


def test_black_strokes_that_make_other_letters_count_as_hiding() -> None:
    strokes = b"".join(b"%d 0 m %d 100 l S " % (x, x) for x in range(0, 100, 1))
    assert visual.hidden_text(attacks.issued().content, Content(over(TITLE, b"0 G 0.4 w " + strokes)), 1, TITLE)


def test_where_nothing_is_printed_nothing_is_hidden() -> None:
    after = over(attacks.FREE, b"0 g 0 0 100 100 re f")
    assert not visual.hidden_text(attacks.issued().content, Content(after), 1, attacks.FREE)


def test_the_printed_line_is_read_at_a_height() -> None:
    line = visual.line(Content(attacks.DRAFT.read_bytes()), 1, Rect(404, 717, 424, 733))
    assert "2026" in line
    assert "tháng" in line


NUMBERS = {
    "Số:        /QĐ-BTC": "QĐ-BTC",
    "Số: 12/        /2026/TT-BTC": "2026/TT-BTC",
    "Số:        /BXD-KHCNMT&VLXD": "BXD-KHCNMT&VLXD",
    "Số:        /TB-ƯDCNTTÔÂĂÊƠ": "TB-ƯDCNTTÔÂĂÊƠ",
    "(Kèm theo Thông báo số        /TB-VP ngày      tháng      năm 2026)": "TB-VP",
    "Số:        /": "",
    "Số:        QĐ-BTC": "",
}


@pytest.mark.parametrize("printed", NUMBERS)
def test_the_notation_is_read_behind_the_numbers_blank(printed: str) -> None:
    """Letters with marks stay where they are printed; what follows after a gap is another word."""
    run = Run(60, 740, printed)
    before, _, _ = printed.partition("       ")
    blank = Rect(60 + Run(0, 0, before + " ").width, 736, 60 + Run(0, 0, before + "       ").width, 753)
    under = Run(60, 725, "V/v góp ý", 12)
    data = build([(run, under, Run(470, 740, "Hà Nội, ngày      tháng", 13, True))])
    assert visual.notation(Content(data), 1, blank) == NUMBERS[printed]
    assert visual.line(Content(data), 1, blank).endswith("HàNội,ngàytháng")


def test_what_is_no_pdf_is_not_seen() -> None:
    assert visual.line(Content(b"%PDF-nothing"), 1, TITLE) == ""
    assert visual.notation(Content(b"%PDF-nothing"), 1, TITLE) == ""
    with pytest.raises(NotSeen):
        visual.hidden_text(Content(b"%PDF-nothing"), Content(b"%PDF-nothing"), 1, TITLE)
