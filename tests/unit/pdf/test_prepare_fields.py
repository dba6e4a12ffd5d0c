"""The empty fields: what is added, and that nothing else is touched."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pytest

from signer.errors import Kind, SignerError
from signer.model import Content, Place, Rect, Revision
from signer.pdf.fields import FieldWriter
from signer.pdf.plan import decode
from signer.pdf.update import Base, IndirectObject, compose
from tests.support.paper import some_places


def variant(draft: bytes, **options: object) -> bytes:
    """The draft as another program would have saved it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(draft)) as pdf:
        pdf.save(out, **options)  # type: ignore[arg-type] -- options of pikepdf
    return out.getvalue()


def edited(draft: bytes, edit: str) -> bytes:
    """The draft with something on its first page or in its catalogue."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(draft)) as pdf:
        page = pdf.pages[0].obj
        link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
        if edit == "direct annotations":
            page.Annots = pikepdf.Array([pdf.make_indirect(link)])
        elif edit == "indirect annotations":
            page.Annots = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(link)]))
        elif edit == "shared annotations":
            shared = pdf.make_indirect(pikepdf.Array([]))
            for each in pdf.pages:
                each.obj.Annots = shared
        elif edit == "empty form":
            pdf.Root.AcroForm = pikepdf.Dictionary(Fields=[])
        elif edit == "inherited rotation":
            pdf.Root.Pages.Rotate = 90
        pdf.save(out)
    return out.getvalue()


def test_the_draft_is_a_prefix_and_one_eof_is_added(draft: bytes, prepared: Revision) -> None:
    assert prepared.content.read().startswith(draft)
    assert prepared.content.read().count(b"%%EOF") == draft.count(b"%%EOF") + 1


def test_fields_have_their_names_types_pages_and_rectangles(prepared: Revision) -> None:
    places = some_places()
    with pikepdf.open(io.BytesIO(prepared.content.read())) as pdf:
        fields = {str(field.T): field for field in pdf.Root.AcroForm.Fields}
        assert list(fields) == ["Number", "Day", "Month", "Leader", "Agency"]
        assert {name: str(field.FT) for name, field in fields.items()} == {
            "Number": "/Tx",
            "Day": "/Tx",
            "Month": "/Tx",
            "Leader": "/Sig",
            "Agency": "/Sig",
        }
        assert [float(v) for v in fields["Leader"].Rect] == list(places.leaders[0].rect)
        assert fields["Leader"].P.objgen == pdf.pages[3].obj.objgen
        assert fields["Number"].P.objgen == pdf.pages[0].obj.objgen
        on_page = {annot.objgen for annot in pdf.pages[0].obj.Annots}
        assert {fields[name].objgen for name in ("Number", "Day", "Month")} == on_page
        assert "/V" not in fields["Number"]
        assert int(pdf.Root.AcroForm.SigFlags) == 3
        assert "/NeedAppearances" not in pdf.Root.AcroForm


def test_the_agency_field_promises_to_lock_every_field(prepared: Revision) -> None:
    with pikepdf.open(io.BytesIO(prepared.content.read())) as pdf:
        agency = next(field for field in pdf.Root.AcroForm.Fields if field.T == "Agency")
        assert agency.Lock.Action == pikepdf.Name.Include
        assert [str(name) for name in agency.Lock.Fields] == ["Number", "Day", "Month", "Leader", "Agency"]


def test_year_and_clerk_fields_exist_only_where_wanted(draft: bytes) -> None:
    revision = FieldWriter().prepare(Content(draft), some_places(year=True, clerk=True))
    layout = decode(revision.plan).layout
    assert list(layout.texts) == ["Number", "Day", "Month", "Year"]
    assert list(layout.signatures) == ["Leader", "Clerk", "Agency"]
    assert layout.signatures["Clerk"].width == 0


@pytest.mark.parametrize(
    "options",
    [
        {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
        {"linearize": True},
        {"linearize": True, "object_stream_mode": pikepdf.ObjectStreamMode.generate},
        {"force_version": "1.4", "object_stream_mode": pikepdf.ObjectStreamMode.disable},
    ],
    ids=["xref stream", "linearized", "linearized xref stream", "table"],
)
def test_the_update_uses_the_files_own_kind_of_cross_references(draft: bytes, options: dict[str, object]) -> None:
    source = variant(draft, **options)
    revision = FieldWriter().prepare(Content(source), some_places())
    plan = decode(revision.plan)
    assert plan.layout.xref_stream is (options.get("object_stream_mode") == pikepdf.ObjectStreamMode.generate)
    with pikepdf.open(io.BytesIO(revision.content.read()), attempt_recovery=False) as pdf:
        assert len(pdf.Root.AcroForm.Fields) == 5
        assert pdf.check_pdf_syntax() == []


@pytest.mark.parametrize("edit", ["direct annotations", "indirect annotations"])
def test_annotations_of_the_draft_stay(draft: bytes, edit: str) -> None:
    revision = FieldWriter().prepare(Content(edited(draft, edit)), some_places())
    with pikepdf.open(io.BytesIO(revision.content.read())) as pdf:
        kinds = [str(annot.Subtype) for annot in pdf.pages[0].obj.Annots]
    assert kinds == ["/Link", "/Widget", "/Widget", "/Widget"]


def test_an_empty_form_is_replaced_by_ours(draft: bytes) -> None:
    revision = FieldWriter().prepare(Content(edited(draft, "empty form")), some_places())
    with pikepdf.open(io.BytesIO(revision.content.read())) as pdf:
        assert len(pdf.Root.AcroForm.Fields) == 5


def test_a_rotation_inherited_from_the_page_tree_is_seen(draft: bytes) -> None:
    layout = decode(FieldWriter().prepare(Content(edited(draft, "inherited rotation")), some_places()).plan).layout
    assert layout.texts["Number"].rotate == 90
    assert (layout.texts["Number"].width, layout.texts["Number"].height) == (16, 27)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-200],
        lambda data: data.replace(b"startxref", b"startxxxx"),
        lambda data: b"x" + data,
        lambda data: b"",
        lambda data: data.replace(b"startxref\n76383", b"startxref\n11111"),
    ],
    ids=["truncated", "no startxref", "header not first", "empty", "startxref elsewhere"],
)
def test_a_damaged_file_is_refused_and_not_repaired_in_silence(draft: bytes, damage: object) -> None:
    with pytest.raises(SignerError) as refused:
        FieldWriter().prepare(Content(damage(draft)), some_places())  # type: ignore[operator] -- a lambda of the list above
    assert (refused.value.kind, refused.value.code) == (Kind.UNSUITABLE, "pdf-damaged")


def test_a_place_on_a_page_that_is_not_there_is_refused(draft: bytes) -> None:
    places = replace(some_places(), agency=Place(9, Rect(1, 1, 9, 9)))
    with pytest.raises(SignerError) as refused:
        FieldWriter().prepare(Content(draft), places)
    assert refused.value.code == "page-missing"
    assert "9" in refused.value.text.vi


def test_the_plan_survives_being_stored(prepared: Revision, issued: Revision) -> None:
    for revision in (prepared, issued):
        assert decode(revision.plan).encode() == revision.plan
    assert decode(issued.plan).filled == ("Leader", "Number", "Day", "Month", "Agency")
    with pytest.raises(ValueError, match="another format"):
        decode(prepared.plan.replace(b'"format":1', b'"format":9'))


def test_pages_that_share_an_array_of_annotations_each_get_their_own(draft: bytes) -> None:
    """Otherwise the last page written wins, and number, seal and signature stand on every page or on none."""
    revision = FieldWriter().prepare(Content(edited(draft, "shared annotations")), some_places())
    with pikepdf.open(io.BytesIO(revision.content.read())) as pdf:
        names = [[str(annot.T) for annot in page.obj.Annots] for page in pdf.pages]
    assert names == [["Number", "Day", "Month"], [], [], ["Leader", "Agency"]]


def test_an_update_that_writes_an_object_twice_is_a_fault() -> None:
    base = Base(10, True, 5, False, 8, (1, 0), None, "00")
    with pytest.raises(ValueError, match="twice"):
        compose(base, [IndirectObject(8, 0, b"<<>>"), IndirectObject(8, 0, b"<<>>")])


def test_a_huge_catalogue_is_refused(draft: bytes) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(draft)) as pdf:
        pdf.Root.PieceInfo = pikepdf.String("x" * 70_000)
        pdf.save(out)
    with pytest.raises(SignerError, match="catalogue"):
        FieldWriter().prepare(Content(out.getvalue()), some_places())
