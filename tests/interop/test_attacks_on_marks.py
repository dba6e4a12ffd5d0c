"""Marks on attachments and copies: what honest ones say, and what liars make of them before and after signing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pikepdf
import pytest
from fontTools.ttLib import TTFont

from policies.copies import iso
from signer.model import AttachmentStyle, Content, Place, Places, Rect, Revision, SignatureRole, StampPlaces
from signer.pdf import appearance, fonts
from signer.pdf.fields import FieldWriter
from signer.pdf.plan import decode
from signer.report import Verdict
from signer.validation import DocumentVerifier
from tests.fixtures import attacks, attacks_fonts
from tests.fixtures.attacks_pki import NOW, Leaf, pki
from tests.fixtures.drawn import A4
from tests.fixtures.scanned import Placed, paper, scan
from tests.support.judged import codes, judged
from tests.support.packages import SOURCES, SYMBOL, Plan, prepared, stamp

TIME = iso(NOW)
MARK = (SYMBOL, TIME)
COPY = ("SAO Y", "Bộ Tài chính", TIME)
LOCK = (
    b"/Reference[<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/V/1.2/P 2>>>>"
    b"<</Type/SigRef/TransformMethod/FieldMDP/TransformParams<</Type/TransformParams/V/1.2%b>>>>]"
    % attacks.include("Agency")
)


def signed(before: Revision, lines: tuple[str, ...], leaf: Leaf | None = None) -> bytes:
    """Signed by the product itself."""
    step = attacks.step(SignatureRole.AGENCY, "Agency", "Bộ Tài chính", ("Agency",), certify=True)
    return attacks.make(before, replace(step, mark=lines), leaf or pki().agency).content.read()


# --- changed after the signature ----------------------------------------------------------------------------------


def widget_changed(data: bytes, old: bytes, new: bytes) -> bytes:
    known = attacks.know(data)
    number, source = known.fields["Agency"]
    changed = re.sub(old, new, source, count=1)
    assert changed != source
    return attacks.append(data, {number: changed + b">>"})


def drawing(data: bytes) -> int:
    """The object number of what the mark shows."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        [field] = [each for each in pdf.Root.AcroForm.Fields if each["/T"] == "Agency"]
        return int(field.AP.N.objgen[0])


def other_drawing(lines: tuple[str, ...] = ("06/BTC-THTK", TIME)) -> bytes:
    layout = decode(prepared(SOURCES[0], AttachmentStyle.MARK, ()).plan).layout
    return appearance.marked(layout.signatures["Agency"], lines, layout.fonts[fonts.MARK])


def rewritten(data: bytes) -> bytes:
    return attacks.append(data, {drawing(data): other_drawing()})


def pointed_elsewhere(data: bytes) -> bytes:
    number, source = attacks.know(data).fields["Agency"]
    new = attacks.know(data).base.size
    return attacks.append(
        data, {new: other_drawing(), number: attacks.without(source, b"/AP") + b"/AP<</N %d 0 R>>>>" % new}
    )


def image_for_mark(data: bytes) -> bytes:
    return attacks.append(data, {drawing(data): attacks.stream(b"/Subtype/Form/BBox[0 0 9 9]", b"0 0 9 9 re f")})


def same_words_in_a_smaller_box(data: bytes) -> bytes:
    body = other_drawing(MARK)
    return attacks.append(data, {drawing(data): re.sub(rb"/BBox\[0 0 [\d.]+", b"/BBox[0 0 30", body)})


def font_program_exchanged(data: bytes) -> bytes:
    first = attacks.know(data).resources["/AntinMark"]
    return attacks.append(data, lying_font(data, first, attacks_fonts.digits_exchanged))


def note_over_mark(data: bytes) -> bytes:
    known = attacks.know(data)
    page, source = known.pages[0]
    first, rect = known.base.size, place(data)
    note = b"<</Type/Annot/Subtype/FreeText/F 4/Rect[%g %g %g %g]/Contents(98)/AP<</N %d 0 R>>>>"
    return attacks.append(
        data,
        {
            first: note % (*rect, first + 1),
            first + 1: attacks.stream(b"/Subtype/Form/BBox[0 0 38 20]", b"1 g 0 0 38 20 re f"),
            page: re.sub(rb"/Annots\s*\[", b"/Annots[%d 0 R " % first, source) + b">>",
        },
    )


def receiver_over_mark(data: bytes) -> bytes:
    return attacks.signed_field_added(data, pki().receiver, place(data))


def signed_anew(data: bytes) -> bytes:
    number, source = attacks.know(data).fields["Agency"]
    return attacks.append_signed(
        data, pki().agency, lambda value: {number: attacks.without(source, b"/V") + b"/V %d 0 R>>" % value}
    )


def place(data: bytes) -> Rect:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        [field] = [each for each in pdf.Root.AcroForm.Fields if each["/T"] == "Agency"]
        return Rect(*(float(each) for each in field.Rect))


LATER: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "drawn anew": (rewritten, "mark-changed"),
    "another drawing": (pointed_elsewhere, "mark-changed"),
    "an image": (image_for_mark, "mark-changed"),
    "a smaller box": (same_words_in_a_smaller_box, "mark-changed"),
    "another font": (font_program_exchanged, "form-resources-changed"),
    "NeedAppearances": (attacks.need_appearances, "form-resources-changed"),
    "hidden": (lambda data: widget_changed(data, rb"/F \d+", b"/F 2"), "mark-changed"),
    "moved": (lambda data: widget_changed(data, rb"/Rect\s*\[\s*\d+", b"/Rect [ 10"), "mark-changed"),
    "a note over it": (note_over_mark, "widget-over-field"),
    "a receiver over it": (receiver_over_mark, "widget-over-field"),
    "signed anew": (signed_anew, "unreached-byte-range"),
    "the page": (attacks.page_content_changed, "page-differs"),
}


@pytest.mark.parametrize("what", LATER)
def test_a_mark_that_was_changed_after_it_was_signed_fails(
    what: str, verifier: DocumentVerifier, marked: bytes
) -> None:
    change, expected = LATER[what]
    report = judged(verifier, change(marked))
    assert report.verdict is Verdict.FAILED, report.as_dict()
    assert expected in codes(report)


@pytest.mark.parametrize("part", ["source", "font", "mark", "signature"])
def test_one_flipped_byte_fails(part: str, verifier: DocumentVerifier, marked: bytes) -> None:
    before = len(prepared(SOURCES[0], AttachmentStyle.MARK, ()).content.read())
    at = {
        "source": 1000,
        "font": marked.index(b"/FontFile2"),
        "mark": marked.index(b" Tj", before) - 3,
        "signature": marked.index(b"/Contents<", before) + 300,
    }[part]
    assert verifier.verify(Content(attacks.flipped(marked, at))).verdict is Verdict.FAILED


# --- a lie from the start, signed by the agency's own key ----------------------------------------------------------


def by_hand(
    lines: tuple[str, ...] = MARK,
    *,
    content: Callable[[bytes], bytes] = lambda content: content,
    entries: Callable[[bytes], bytes] = lambda entries: entries,
    widget: Callable[[bytes], bytes] = lambda widget: widget,
    objects: Callable[[bytes], Mapping[int, bytes]] = lambda data: {},
    leaf: Leaf | None = None,
) -> bytes:
    """An attachment signed with a tool that draws, places or prepares the mark otherwise."""
    before = prepared(SOURCES[0], AttachmentStyle.MARK, lines if len(lines) > 2 else ())
    changed = objects(before.content.read())
    data = attacks.append(before.content.read(), changed) if changed else before.content.read()
    layout = decode(before.plan).layout
    honest = appearance.marked(layout.signatures["Agency"], lines, layout.fonts[fonts.MARK])
    head, _, drawn = honest.partition(b">>stream\n")
    drawn = content(drawn.removesuffix(b"\nendstream"))
    head = entries(re.sub(rb"/Length \d+", b"", head.removeprefix(b"<<")))
    known = attacks.know(data)
    number, source = known.fields["Agency"]

    def written(value: int) -> dict[int, bytes]:
        root, catalogue = known.root
        return {
            value + 1: attacks.stream(head, drawn),
            number: widget(source) + b"/V %d 0 R/AP<</N %d 0 R>>>>" % (value, value + 1),
            root: catalogue + b"/Perms<</DocMDP %d 0 R>>>>" % value,
        }

    return attacks.append_signed(data, leaf or pki().agency, written, references=LOCK)


def lying_font(data: bytes, first: int, change: Callable[[TTFont], None], name: str = "") -> dict[int, bytes]:
    """The program of the marks' face changed; ``name`` gives the font another name."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        outer, inner, descriptor, _, _ = (pdf.get_object(first + step, 0) for step in range(fonts.OBJECTS))
        font = TTFont(io.BytesIO(descriptor.FontFile2.read_bytes()))
        change(font)
        out = io.BytesIO()
        font.save(out)
        objects = {first + 3: attacks.stream(b"/Length1 %d" % len(out.getvalue()), out.getvalue())}
        if name:
            outer.BaseFont = inner.BaseFont = descriptor.FontName = pikepdf.Name(name)
            objects |= {
                first + step: each.unparse(resolved=True) for step, each in enumerate((outer, inner, descriptor))
            }
    return objects


def face(change: Callable[[TTFont], None], name: str = "") -> Callable[[bytes], Mapping[int, bytes]]:
    return lambda data: lying_font(data, attacks.know(data).resources["/AntinMark"], change, name)


def note(data: bytes) -> Mapping[int, bytes]:
    """A drawing over the mark's place that stood on the page before anybody signed."""
    known = attacks.know(data)
    page, source = known.pages[0]
    first = known.base.size
    return {
        first: b"<</Type/Annot/Subtype/Stamp/F 4/Rect[%g %g %g %g]/AP<</N %d 0 R>>>>" % (*place(data), first + 1),
        first + 1: attacks.stream(b"/Subtype/Form/BBox[0 0 38 20]", b"1 g 0 0 38 20 re f"),
        page: re.sub(rb"(/Annots\s*\[[^\]]*)", rb"\1 %d 0 R" % first, source) + b">>",
    }


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        changed = re.sub(old, new, data)
        assert changed != data
        return changed

    return change


LIES: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: by_hand(content=lambda _: b""), "mark-missing"),
    "an image": (lambda: by_hand(content=lambda _: b"q 9 0 0 9 0 0 cm /Im Do Q"), "mark-missing"),
    "text and an image": (lambda: by_hand(content=lambda text: text + b" /Im Do"), "mark-missing"),
    "white text": (lambda: by_hand(content=swap(rb"\b0 g", b"1 g")), "mark-missing"),
    "invisible text": (lambda: by_hand(content=swap(rb"BT", b"BT 3 Tr")), "mark-missing"),
    "another font brought back": (lambda: by_hand(content=swap(rb" ET", b" Q q ET")), "mark-missing"),
    "turned text": (lambda: by_hand(content=swap(rb"1 0 0 1 ", b"-1 0 0 -1 ")), "mark-missing"),
    "no time": (lambda: by_hand((SYMBOL,)), "mark-missing"),
    "no number": (lambda: by_hand(("QUYẾT ĐỊNH", TIME)), "mark-missing"),
    "no such day": (lambda: by_hand((SYMBOL, "2026-13-21T10:00:00+07:00")), "mark-missing"),
    "another time": (lambda: by_hand((SYMBOL, "2026-11-21T10:00:01+07:00")), "mark-time-differs"),
    "another day": (lambda: by_hand((SYMBOL, "2026-11-20T10:00:00+07:00")), "mark-time-differs"),
    "tiny text": (lambda: by_hand(content=swap(rb" 10 Tf", b" 1 Tf")), "mark-hidden"),
    "lines over one another": (lambda: by_hand(content=over_one_another), "mark-hidden"),
    "beside its box": (lambda: by_hand(content=swap(rb"1 0 0 1 ", b"1 0 0 1 9")), "mark-hidden"),
    "a narrow box": (lambda: by_hand(entries=swap(rb"/BBox\[0 0 [\d.]+", b"/BBox[0 0 30")), "mark-hidden"),
    "mirrored": (lambda: by_hand(entries=lambda head: head + b"/Matrix[-1 0 0 1 0 0]"), "mark-hidden"),
    "upside down": (lambda: by_hand(entries=lambda head: head + b"/Matrix[-1 0 0 -1 0 0]"), "mark-hidden"),
    "a layer": (lambda: by_hand(entries=lambda head: head + b"/OC<</Type/OCG/Name(a)>>"), "mark-hidden"),
    "a hidden field": (lambda: by_hand(widget=swap(rb"/F \d+", b"/F 2")), "mark-hidden"),
    "a field without size": (
        lambda: by_hand(widget=swap(rb"/Rect\s*\[[^\]]*\]", b"/Rect[500 800 501 801]")),
        "mark-hidden",
    ),
    "a field beyond the page": (
        lambda: by_hand(widget=swap(rb"/Rect\s*\[[^\]]*\]", b"/Rect[900 800 1000 825]")),
        "mark-hidden",
    ),
    "digits exchanged": (lambda: by_hand(objects=face(attacks_fonts.digits_exchanged)), "mark-hidden"),
    "digits exchanged under another name": (
        lambda: by_hand(objects=face(attacks_fonts.digits_exchanged, "/ABCDEF+Arial")),
        "mark-hidden",
    ),
    "a drawing over it": (lambda: by_hand(objects=note), "widget-over-field"),
    "another agency's copy": (lambda: by_hand(("SAO Y", "Bộ Y tế", TIME)), "copy-agency-differs"),
}


def over_one_another(content: bytes) -> bytes:
    """The second line a tenth of a point under the first."""
    first, second = re.findall(rb"1 0 0 1 [\d.]+ ([\d.]+) Tm", content)
    return content.replace(b" %b Tm" % second, b" %.1f Tm" % (float(first) - 0.1))


def test_what_is_made_by_hand_as_we_make_it_passes(verifier: DocumentVerifier) -> None:
    for data in (by_hand(), by_hand(objects=face(lambda font: None)), by_hand(COPY)):
        report = judged(verifier, data)
        assert report.verdict is Verdict.PASSED, report.as_dict()


@pytest.mark.parametrize("what", LIES)
def test_a_mark_that_lies_from_the_start_fails(what: str, verifier: DocumentVerifier) -> None:
    make, expected = LIES[what]
    report = judged(verifier, make())
    assert report.verdict is Verdict.FAILED, report.as_dict()
    assert expected in codes(report)


def test_shapes_that_nobody_knows_are_undecided(verifier: DocumentVerifier) -> None:
    report = judged(verifier, by_hand(objects=face(attacks_fonts.digit_bent, "/ABCDEF+Arial")))
    assert report.verdict is Verdict.INDETERMINATE
    assert "mark-unproven" in codes(report)


def test_a_mark_on_another_page_is_none(verifier: DocumentVerifier) -> None:
    source = scan([[Placed(paper(dpi=100))], [Placed(paper(dpi=100))]])
    reports = []
    for page in (1, 2):
        spot = Place(page, Rect(A4[2] - 140, A4[3] - 60, A4[2] - 20, A4[3] - 20))
        before = FieldWriter().prepare(Content(source), StampPlaces(spot, marked=True, mark_size=10.0))
        reports.append(judged(verifier, signed(before, COPY)))
    assert [report.verdict for report in reports] == [Verdict.PASSED, Verdict.FAILED]
    assert "mark-hidden" in codes(reports[1])


def test_a_person_issues_no_attachment(verifier: DocumentVerifier) -> None:
    report = judged(verifier, stamp(SOURCES[0], Plan(stamper=pki().second)))
    assert report.verdict is Verdict.INDETERMINATE
    assert "agency-certificate" in codes(report)


# --- a decision that nobody signed, dressed up --------------------------------------------------------------------


def alone(places: Places | StampPlaces, mark: tuple[str, ...] = ()) -> bytes:
    """The decision, signed by the agency alone."""
    before = FieldWriter().prepare(Content(attacks.DRAFT.read_bytes()), places)
    values = {name: attacks.VALUES[name] for name in places.texts()}
    step = attacks.step(
        SignatureRole.AGENCY, "Agency", "BỘ TÀI CHÍNH", (*values, "Agency"), certify=True, values=values
    )
    return attacks.make(before, replace(step, mark=mark), pki().agency).content.read()


def test_a_decision_without_its_leader_is_no_attachment(verifier: DocumentVerifier) -> None:
    """Number and date filled in the decision's own line, which says of no other document."""
    for leaders in (0, 1):
        report = judged(verifier, alone(attacks.places(leaders=leaders)))
        assert report.verdict is Verdict.INDETERMINATE, report.as_dict()
        assert "agency-before-leader" in codes(report)
        assert "attachment-file" not in codes(report)


def test_nor_is_one_that_shows_a_seal_where_a_mark_belongs(verifier: DocumentVerifier) -> None:
    report = judged(verifier, alone(StampPlaces(Place(1, attacks.FREE), marked=False)))
    assert report.verdict is Verdict.FAILED
    assert "mark-missing" in codes(report)


def test_one_that_bears_a_mark_is_called_what_it_says(verifier: DocumentVerifier) -> None:
    corner = Place(1, Rect(A4[2] - 140, A4[3] - 60, A4[2] - 20, A4[3] - 20))
    report = judged(verifier, alone(StampPlaces(corner, marked=True, mark_size=10.0), MARK))
    assert report.verdict is Verdict.PASSED
    assert codes(report) == ["attachment-file"]
    assert report.chain.leaders == ()
