"""Files that cannot be prepared: each has its own code, in two languages, whatever is in it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Stream

from signer.errors import DraftRefused, Kind, SignerError
from signer.model import Content, Signer, Wanted
from signer.pdf.draft import Reader
from signer.pdf.reading import intake, pagetree, text
from signer.pdf.reading.intake import DraftLimits
from signer.pdfium import LOCK
from tests.fixtures.drawn import Run, build, letter

ROOT = Path(__file__).parents[3]
GOOD = (ROOT / "softhsm" / "samples" / "quyet-dinh.pdf").read_bytes()
WANTED = Wanted((Signer("Nguyễn Văn An", ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG")),), (), (2.0,), "QĐ-BTC", "9999", 36.0)


def refused(data: bytes, wanted: Wanted = WANTED, limits: DraftLimits | None = None) -> SignerError:
    with pytest.raises(SignerError) as caught:
        Reader(limits=limits).read(Content(data), wanted)
    error = caught.value
    assert error.text.vi
    assert error.text.en
    assert error.text.vi != error.text.en
    assert error.where
    return error


def changed(change: Callable[[pikepdf.Pdf], Any], **how: Any) -> bytes:
    """A good draft with one thing changed."""
    with pikepdf.open(io.BytesIO(GOOD)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out, **how)
    return out.getvalue()


def test_the_unchanged_draft_is_fine() -> None:
    """So that every refusal below is for its own reason."""
    assert Reader().read(Content(changed(lambda _: None)), WANTED).printed.notation == "QĐ-BTC"


def test_what_is_wrong_in_several_places_is_told_at_once_with_what_was_seen() -> None:
    strangers = (Signer("Trần Văn Bình", ("VỤ TRƯỞNG",)), Signer("Nguyễn Văn An", ("CỤC TRƯỞNG",)))
    error = refused(GOOD, replace(WANTED, signers=strangers))
    assert isinstance(error, DraftRefused)
    assert error.code == "signer-not-found"
    assert [each.code for each in error.findings] == ["signer-not-found", "capacity-line-not-found"]
    assert (error.facts.notation, error.facts.motto_found, error.facts.capacity_found) == ("QĐ-BTC", True, ())


def test_where_no_number_line_is_the_date_and_signers_are_looked_for_all_the_same() -> None:
    error = refused(build([[Run(85, 640, "Kính gửi các đơn vị")]]), WANTED)
    assert isinstance(error, DraftRefused)
    assert {each.code for each in error.findings} == {
        "number-line-not-found",
        "date-line-not-found",
        "signer-not-found",
    }
    assert error.facts.notation is None  # not looked for in vain: nobody could look


# --- no PDF, or not a whole one -------------------------------------------------------------------------------


def docx() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"", "draft-empty", "Hãy kiểm tra và gửi lại tệp PDF"),
        (b" \r\n\0", "draft-empty", "rỗng"),
        (docx(), "not-a-pdf", "DOCX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "not-a-pdf", "DOC"),
        (b"{\\rtf1 x}", "not-a-pdf", "RTF"),
        (b"\x89PNG\r\n\x1a\n", "not-a-pdf", "PNG"),
        (b"<html></html>", "not-a-pdf", "HTML"),
        (b"Kinh gui", "not-a-pdf", "PDF"),
    ],
    ids=["empty", "blank", "docx", "doc", "rtf", "png", "html", "text"],
)
def test_what_is_no_pdf(data: bytes, code: str, word: str) -> None:
    """A Word file is told to become a PDF."""
    error = refused(data)
    assert (error.kind, error.code) == (Kind.UNSUPPORTED, code)
    assert word in error.text.vi
    assert code != "not-a-pdf" or "chuyển sang PDF" in error.text.vi


def test_a_header_that_is_not_at_the_start() -> None:
    assert refused(b"\r\n" + GOOD).code == "header-not-at-start"


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.999])
def test_a_truncated_file(share: float) -> None:
    assert refused(GOOD[: int(len(GOOD) * share)]).code == "draft-truncated"


def test_a_file_that_is_too_large() -> None:
    error = refused(GOOD, limits=DraftLimits(bytes=len(GOOD) - 1))
    assert (error.kind, error.code) == (Kind.TOO_LARGE, "draft-too-large")


@pytest.mark.parametrize("owner", ["", "secret"])
def test_an_encrypted_file(owner: str) -> None:
    """Also one that opens without a password and only restricts what may be done."""
    data = changed(lambda _: None, encryption=pikepdf.Encryption(user=owner, owner="o" + owner))
    assert refused(data).code == "draft-encrypted"


# --- broken or hostile structure ------------------------------------------------------------------------------


def test_broken_cross_references() -> None:
    """Never repaired: each program would repair it differently."""
    start = int(GOOD.rsplit(b"startxref", 1)[1].split()[0])
    moved = GOOD.replace(b"startxref\n%d" % start, b"startxref\n%d" % (start - 7))
    assert refused(moved).code == "draft-damaged"
    table = GOOD.index(b"xref", start) if GOOD[start : start + 4] == b"xref" else start
    wrong = GOOD[:table] + GOOD[table:].replace(b"00 n", b"11 n").replace(b"0000000", b"0000009")
    assert refused(wrong).code == "draft-damaged"


def test_no_refusal_tells_what_lies_in_our_memory() -> None:
    """qpdf names the stream it reads from as Python shows it: "<_io.BytesIO object at 0x…>"."""
    start = int(GOOD.rsplit(b"startxref", 1)[1].split()[0])
    error = refused(GOOD.replace(b"startxref\n%d" % start, b"startxref\n%d" % (start - 7)))
    assert error.code == "draft-damaged"
    assert error.__cause__ is not None
    assert "BytesIO" in str(error.__cause__), "there is something to hide"
    for said in (error.text.en, error.text.vi):
        assert "BytesIO" not in said
        assert "0x" not in said
        assert "object at" not in said


def test_every_byte_flipped_is_read_or_refused() -> None:
    """Whatever qpdf or PDFium make of damaged bytes, the answer is a reading or a refusal."""
    data = build([letter()], change=lambda pdf: None)
    tail = data.rindex(b"xref\n")
    for at in range(tail, len(data), 7):
        broken = data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :]
        try:
            Reader().read(Content(broken), WANTED)
        except SignerError as error:
            assert error.kind is not Kind.INTERNAL


def written(*objects: str) -> bytes:
    """A PDF of these objects, the first its catalogue; by hand, as libraries repair what they save."""
    data = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    return (
        data
        + (
            f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
            f"<</Root 1 0 R/Size {len(objects) + 1}>>\nstartxref\n{len(data)}\n%%EOF\n"
        ).encode()
    )


KIDS = "<</Type/Pages/Count 1/Kids[3 0 R]>>"
PAGE = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"


def test_a_loop_in_the_page_tree() -> None:
    """The root among its own kids; a parent among its child's kids."""
    assert refused(written("<</Pages 2 0 R>>", "<</Type/Pages/Count 2/Kids[3 0 R 2 0 R]>>", PAGE)).code == (
        "page-tree-loop"
    )
    child = "<</Type/Pages/Count 1/Kids[2 0 R]>>"
    assert refused(written("<</Pages 2 0 R>>", KIDS, child)).code == "page-tree-loop"
    twice = written("<</Pages 2 0 R>>", "<</Type/Pages/Count 2/Kids[3 0 R 3 0 R]>>", PAGE)
    error = refused(twice)
    assert error.code == "page-tree-loop", "one page object shown twice would carry a field twice"
    assert "Hãy xuất lại PDF" in error.text.vi


def test_a_page_tree_without_end() -> None:
    def nest(pdf: pikepdf.Pdf) -> None:
        for _ in range(pagetree.MAX_DEPTH + 2):
            pdf.Root.Pages = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=4, Kids=[pdf.Root.Pages]))

    assert refused(changed(nest)).code == "page-tree-loop"


def test_no_pages_and_too_many() -> None:
    assert refused(written("<</Pages 2 0 R>>", "<</Type/Pages/Count 0/Kids[]>>")).code == "no-pages"
    error = refused(GOOD, limits=DraftLimits(pages=3))
    assert (error.kind, error.code) == (Kind.TOO_LARGE, "too-many-pages")


@pytest.mark.parametrize("box", [[0, 0, 20000, 842], [0, 0, 10, 10], [0, 0, 0, 842]])
def test_sizes_that_are_no_paper(box: list[int]) -> None:
    def resize(pdf: pikepdf.Pdf) -> None:
        pdf.pages[1].MediaBox = Array(box)

    error = refused(changed(resize))
    assert (error.code, error.where) == ("page-size-unsupported", "page 2")
    assert error.clause


def test_user_units_would_make_the_seal_another_size() -> None:
    def scale(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].UserUnit = 2

    assert refused(changed(scale)).code == "page-size-unsupported"


@pytest.mark.parametrize(
    "page",
    [
        "<</Type/Page/MediaBox/Huge>>",
        "<</Type/Page>>",
        "<</MediaBox[0 0 (a) 842]>>",
        "<</Type/Page/MediaBox[0 0 595 842]/Rotate/Left>>",
    ],
)
def test_a_page_that_makes_no_sense(page: str) -> None:
    """Without a size, or turned nowhere: qpdf would mend it in memory, and others in another way."""
    assert refused(written("<</Pages 2 0 R>>", KIDS, page)).code == "draft-damaged"


def test_no_catalogue_and_no_tree() -> None:
    assert refused(written("[]")).code == "draft-damaged"
    assert refused(written("<</Pages 7 0 R>>")).code == "draft-damaged"


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(size >> 20)]
    return b"".join([*parts, packer.flush()])


def test_a_decompression_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused on the bytes, before any parser decodes them: in a page, and in an object stream."""
    monkeypatch.setattr(intake, "MAX_STREAM", 8 << 20)

    def plant(pdf: pikepdf.Pdf) -> None:
        stream = Stream(pdf, bomb(16 << 20))
        stream.Filter = Name.FlateDecode
        pdf.pages[0].Contents = pdf.make_indirect(stream)

    data = changed(plant, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    assert len(data) < 200_000
    error = refused(data)
    assert (error.code, "Hãy xuất lại PDF" in error.text.vi) == ("decompression-bomb", True)
    hidden = GOOD.replace(
        b"startxref", b"99 0 obj <</Type/ObjStm>> stream\n" + bomb(16 << 20) + b"\nendstream endobj\nstartxref"
    )
    assert refused(hidden).code == "decompression-bomb"


def test_many_bombs_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_DECODED", 8 << 20)
    streams = b"".join(b"stream\n" + bomb(3 << 20) + b"\nendstream\n" for _ in range(4))
    assert refused(GOOD.replace(b"startxref", streams + b"startxref")).code == "decompression-bomb"


@pytest.mark.parametrize("filters", [["/FlateDecode", "/FlateDecode"], ["/LZWDecode"], ["/ASCII85Decode"] * 4])
def test_filters_that_hide_a_bomb(filters: list[str]) -> None:
    def wrap(pdf: pikepdf.Pdf) -> None:
        stream = Stream(pdf, b"data")
        stream.stream_dict.Filter = Array([Name(name) for name in filters])
        pdf.Root.Extra = pdf.make_indirect(stream)

    data = changed(wrap, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    assert refused(data).code == "filters-unsupported"


def test_forms_that_draw_forms_without_end() -> None:
    """Ten levels of ten: a billion drawings from a kilobyte; and a form that draws itself."""

    def laugh(pdf: pikepdf.Pdf) -> None:
        inner = pdf.make_indirect(Stream(pdf, b"BT ET " * 50))
        inner.stream_dict.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]))
        for _ in range(9):
            outer = Stream(pdf, b"/F Do " * 10)
            outer.stream_dict.update(
                Dictionary(
                    Type=Name.XObject,
                    Subtype=Name.Form,
                    BBox=[0, 0, 9, 9],
                    Resources=Dictionary(XObject=Dictionary(F=inner)),
                )
            )
            inner = pdf.make_indirect(outer)
        pdf.pages[0].Resources.XObject = Dictionary(F=inner)
        pdf.pages[0].contents_add(b"/F Do")

    def mirror(pdf: pikepdf.Pdf) -> None:
        form = pdf.make_indirect(Stream(pdf, b"/F Do"))
        form.stream_dict.update(
            Dictionary(
                Type=Name.XObject,
                Subtype=Name.Form,
                BBox=[0, 0, 9, 9],
                Resources=Dictionary(XObject=Dictionary(F=form)),
            )
        )
        pdf.pages[0].Resources.XObject = Dictionary(F=form)
        pdf.pages[0].contents_add(b"/#46 Do")

    for change in (laugh, mirror):
        error = refused(changed(change))
        assert (error.code, error.where) == ("draft-too-complex", "page 1")


def test_a_page_with_too_much_to_draw_or_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def scribble(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].contents_add(b"0 0 m 9 9 l S " * (pagetree.MAX_WORK // 14 + 1))

    assert refused(changed(scribble)).code == "draft-too-complex"
    monkeypatch.setattr(text, "MAX_GLYPHS", 100)
    assert refused(GOOD).code == "draft-too-complex"


def test_a_map_in_an_annex_is_passed_over() -> None:
    """Only pages that are read must be simple; the same drawing on every page is decoded once."""

    def draw(pdf: pikepdf.Pdf) -> None:
        heavy = pdf.make_indirect(Stream(pdf, b"0 0 m 9 9 l S " * (pagetree.MAX_WORK // 14 + 1)))
        for _ in range(3):
            pdf.add_blank_page(page_size=(595, 842))
            pdf.pages[-1].Contents = heavy

    assert Reader().read(Content(changed(draw)), WANTED).places.leaders[0].page == 4


def test_too_many_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_OBJECTS", 10)
    assert refused(GOOD).code == "draft-too-complex"


def test_time_runs_out_between_pages() -> None:
    with pytest.raises(SignerError) as caught, text.open_text(Content(GOOD), seconds=-1) as opened:
        opened.page(1)
    assert caught.value.code == "draft-too-complex"


def test_what_pdfium_cannot_open_is_a_refusal() -> None:
    with pytest.raises(SignerError) as caught, text.open_text(Content(GOOD[:400]), seconds=5):
        pass
    assert caught.value.code == "draft-unreadable"


def test_the_lock_of_pdfium_is_free_after_a_refusal() -> None:
    refused(build([letter(number="Quyết định")]))
    assert LOCK.acquire(timeout=1)
    LOCK.release()


# --- signed, locked, forms ------------------------------------------------------------------------------------


def signed(pdf: pikepdf.Pdf, *references: Dictionary, lock: bool = False) -> None:
    value = pdf.make_indirect(
        Dictionary(
            Type=Name.Sig,
            Filter=Name("/Adobe.PPKLite"),
            Contents=bytes(64),
            SubFilter=Name("/ETSI.CAdES.detached"),
            ByteRange=[0, 1, 2, 3],
        )
    )
    if references:
        value.Reference = Array(list(references))
    field = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=b"Sig1", V=value, Rect=[0, 0, 0, 0])
    if lock:
        field.Lock = Dictionary(Type=Name.SigFieldLock, Action=Name.All)
    pdf.Root.AcroForm = Dictionary(Fields=[pdf.make_indirect(field)], SigFlags=3)


def transform(method: str, **parameters: Any) -> Dictionary:
    return Dictionary(Type=Name.SigRef, TransformMethod=Name("/" + method), TransformParams=Dictionary(**parameters))


@pytest.mark.parametrize(
    ("references", "lock", "code"),
    [
        ((), False, "draft-signed"),
        ((("DocMDP", {"P": 2}),), False, "draft-signed"),
        ((("DocMDP", {"P": 1}),), False, "draft-certified"),
        ((("FieldMDP", {"Action": Name.All}),), False, "draft-locked"),
        ((), True, "draft-locked"),
    ],
    ids=["signed", "P=2", "P=1", "FieldMDP", "Lock"],
)
def test_a_file_that_is_signed_already(references: Any, lock: bool, code: str) -> None:
    """New fields after a signature break it; P=1 and locks make the number impossible. Each says so itself."""
    data = changed(lambda pdf: signed(pdf, *(transform(name, **kwargs) for name, kwargs in references), lock=lock))
    error = refused(data)
    assert error.code == code
    assert "Điều 14" in error.clause


def test_a_signature_behind_escaped_names_or_in_an_object_stream() -> None:
    hidden = "<</Type/#53ig/Byte#52ange[0 1 2 3]/Contents<00>>>"
    data = written("<</Pages 2 0 R>>", KIDS, PAGE, hidden)
    assert b"ByteRange" not in data
    assert refused(data).code == "draft-signed"
    data = changed(
        lambda pdf: pdf.Root.update({"/Extra": pdf.make_indirect(Dictionary(ByteRange=[0, 1, 2, 3]))}),
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    assert b"ByteRange" not in data
    assert refused(data).code == "draft-signed"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"Fields": [Dictionary(T=b"HoTen", FT=Name.Tx)]}, "draft-has-form"),
        ({"Fields": [Dictionary(T=b"Number", FT=Name.Tx)]}, "draft-field-names"),
        ({"Fields": [Dictionary(T=b"Leader2", FT=Name.Sig)]}, "draft-field-names"),
        ({"Fields": [], "NeedAppearances": True}, "draft-need-appearances"),
        ({"Fields": [], "XFA": b"<xdp/>"}, "draft-has-xfa"),
    ],
    ids=["form", "Number", "Leader2", "NeedAppearances", "XFA"],
)
def test_forms(form: dict[str, Any], code: str) -> None:
    """A form of its own; fields of our names; viewers told to redraw; XFA."""

    def plant(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm = Dictionary(**form)

    assert refused(changed(plant)).code == code


def test_an_empty_form_dictionary_is_harmless() -> None:
    def plant(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm = Dictionary(Fields=[])

    assert Reader().read(Content(changed(plant)), WANTED).places.number.size == 13


def test_a_widget_without_a_form() -> None:
    page = "<</Type/Page/MediaBox[0 0 595 842]/Annots[<</Subtype/Widget/Rect[0 0 9 9]>>]>>"
    error = refused(written("<</Pages 2 0 R>>", KIDS, page))
    assert error.code == "draft-has-form"
    assert "văn bản trình ký không được chứa biểu mẫu" in error.text.vi


# --- what acts, and what hides --------------------------------------------------------------------------------


def test_links_and_a_page_to_open_at_are_harmless() -> None:
    def plant(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])
        link = Dictionary(S=Name.URI, URI=b"https://example.vn/JS")
        pdf.pages[0].Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=link)])
        pdf.docinfo["/Title"] = "/JavaScript /Launch"

    assert Reader().read(Content(changed(plant)), WANTED).places.number.size == 13


@pytest.mark.parametrize("action", ["JavaScript", "Launch", "SubmitForm", "ImportData", "GoToR", "Rendition"])
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "object stream"])
def test_actions_that_do_something(action: str, packed: bool) -> None:
    """Scripts, launches, sending: on opening, on a page, in an annotation; also inside object streams."""

    def on_page(pdf: pikepdf.Pdf) -> None:
        does = Dictionary(Type=Name.Action, S=Name("/" + action), F=b"x")
        pdf.pages[0].AA = Dictionary(O=pdf.make_indirect(does))

    def on_opening(pdf: pikepdf.Pdf) -> None:
        pdf.Root.OpenAction = Dictionary(S=Name("/" + action), JS=b"app.alert(1)")

    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    for change in (on_page, on_opening):
        error = refused(changed(change, object_stream_mode=mode))
        assert error.code == "draft-active-content"
        assert action in error.text.en or "JavaScript" in error.text.en


@pytest.mark.parametrize("kind", ["RichMedia", "Movie", "Sound", "Screen"])
def test_media(kind: str) -> None:
    def plant(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name("/" + kind), Rect=[0, 0, 9, 9])])

    assert refused(changed(plant)).code == "draft-active-content"


def test_embedded_files() -> None:
    """LibreOffice's hybrid PDF carries the document's source: nobody sees it, and it would be signed."""

    def plant(pdf: pikepdf.Pdf) -> None:
        pdf.attachments["du-thao.odt"] = b"PK"

    error = refused(changed(plant))
    assert (error.code, "Phụ lục I" in error.clause) == ("draft-embedded-files", True)


# --- threads --------------------------------------------------------------------------------------------------


def test_drafts_read_by_several_threads_at_once() -> None:
    """PDFium crashes when two threads are in it: one lock for the process."""
    from concurrent.futures import ThreadPoolExecutor

    page = build([letter(), (Run(85, 700, "Trang sau"),)])
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda data: Reader().read(Content(data), WANTED).places.number.size, [page, GOOD] * 6))
    assert results == [13] * 12
