"""Reading a field's drawing back: only dark, visible text over a white ground says something."""

from __future__ import annotations

import io
import zlib

import pikepdf
import pytest

from signer.model import Content, Slant
from signer.pdf import fonts
from signer.validation import drawn, faces
from signer.validation.drawn import DrawsOtherwise
from signer.validation.outlines import OUTLINES

CMAP = b"""1 begincodespacerange <0000> <FFFF> endcodespacerange
2 beginbfchar <0003> <0030> <0008> <0035> endbfchar
1 beginbfrange <0010> <0012> <0041> endbfrange"""
TEXT = b"q BT 0 g /F 13 Tf 1 0 0 1 2 3 Tm <00030008> Tj ET Q"


def appearance(content: bytes, cmap: bytes | None = CMAP, **extra: object) -> pikepdf.Object:
    pdf = pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type0)
    if cmap is not None:
        font.ToUnicode = pdf.make_stream(cmap)
    simple = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, Encoding=pikepdf.Name.WinAnsiEncoding
    )
    resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font, H=simple))
    stream = pdf.make_stream(content, Subtype=pikepdf.Name.Form, Resources=resources, **extra)
    stream.keep = pikepdf.Array()  # an own entry, so that nothing is shared
    _ALIVE.append(pdf)
    return stream


_ALIVE: list[pikepdf.Pdf] = []


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (TEXT, "05"),
        (b"q 1 g 0 0 20 10 re f Q " + TEXT, "05"),
        (b"/Tx BMC q BT 0.1 0.1 0.3 rg /F 13 Tf [<0003> -20 <0008>] TJ ET Q EMC", "05"),
        (b"BT /F 9 Tf <0010> Tj <0012> Tj ET", "AC"),
        (b"BT /H 9 Tf (98) Tj ET", "98"),
        (b"", ""),
    ],
)
def test_text_is_read_back(content: bytes, text: str) -> None:
    assert drawn.read_back(appearance(content)) == text


@pytest.mark.parametrize(
    "content",
    [
        TEXT + b" q 10 0 0 10 0 0 cm /Im Do Q",  # an image over the text
        TEXT + b" 1 g 0 0 20 10 re f",  # a white ground that comes after
        b"0 g 0 0 20 10 re f " + TEXT,  # a black one before
        b"BT 1 g /F 13 Tf <0003> Tj ET",  # white text
        b"BT 0 0 0 0 k /F 13 Tf <0003> Tj ET",  # no ink
        b"BT 3 Tr /F 13 Tf <0003> Tj ET",  # invisible text
        b"/OC /Layer BDC " + TEXT + b" EMC",  # text in a layer that can be switched off
        b"BT /F 13 Tf <00FF> Tj ET",  # a code without meaning
        b"BT /Missing 13 Tf <0003> Tj ET",
        b"0 0 m 10 10 l S " + TEXT,  # strokes
        b"/P sh",
        b"BT /F 13 Tf -1 0 0 -1 20 9 Tm <0008> Tj ET",  # a 6 that is turned is a 9
        b"q -1 0 0 1 20 0 cm " + TEXT + b" Q",  # mirrored
        b"BT /F -13 Tf <0003> Tj ET",
        b"BT /F 13 Tf -100 Tz <0003> Tj ET",
        b"BT <0003> Tj ET",  # no font at all
    ],
)
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(DrawsOtherwise):
        drawn.read_back(appearance(content))


def test_a_font_that_does_not_say_its_text_is_refused() -> None:
    with pytest.raises(DrawsOtherwise):
        drawn.read_back(appearance(TEXT, cmap=None))


def test_too_much_is_refused() -> None:
    with pytest.raises(DrawsOtherwise):
        drawn.read_back(appearance(b"q Q " * 2000))


def test_streams_that_unfold_too_far_are_refused() -> None:
    bomb = zlib.compress(zlib.compress(b" " * 10_000_000))
    with pytest.raises(DrawsOtherwise):
        drawn.read_back(appearance(bomb, Filter=pikepdf.Array([pikepdf.Name.FlateDecode] * 2)))
    with pytest.raises(DrawsOtherwise):
        drawn.read_back(appearance(b" " * 40_000))


def test_a_huge_map_is_refused() -> None:
    with pytest.raises(DrawsOtherwise):
        drawn.to_unicode(b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange", 4)


def field(**entries: object) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    own = pdf.make_indirect(pikepdf.Dictionary(T=pikepdf.String("Number"), FT=pikepdf.Name.Tx, V=pikepdf.String("05")))
    for key, value in entries.items():
        own[f"/{key}"] = pdf.make_stream(value) if isinstance(value, bytes) else value
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([own]))
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def test_a_hidden_field_is_seen_as_hidden() -> None:
    for flags in (1, 2, 32):
        assert drawn.fields(Content(field(F=flags)), frozenset({"Number"}))["Number"].hidden
    assert not drawn.fields(Content(field(F=4)), frozenset({"Number"}))["Number"].hidden


def test_a_field_without_a_drawing_has_a_problem() -> None:
    seen = drawn.fields(Content(field()), frozenset({"Number"}))["Number"]
    assert (seen.value, seen.text) == ("05", "")
    assert seen.problem


def drawn_as(content: bytes, **entries: object) -> drawn.Drawn:
    """A field 05 with this drawing in Helvetica."""
    pdf = pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    font.Encoding = pikepdf.Name.WinAnsiEncoding
    for key, value in entries.items():
        font[f"/{key}"] = value
    resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(H=font))
    own = pikepdf.Dictionary(T=pikepdf.String("Number"), FT=pikepdf.Name.Tx, V=pikepdf.String("05"))
    own.AP = pikepdf.Dictionary(N=pdf.make_stream(content, Subtype=pikepdf.Name.Form, Resources=resources))
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([pdf.make_indirect(own)]))
    pdf.add_blank_page()
    out = io.BytesIO()
    pdf.save(out)
    return drawn.fields(Content(out.getvalue()), frozenset({"Number"}))["Number"]


def test_characters_in_their_order_are_read() -> None:
    for content in (b"BT /H 9 Tf 2 3 Td (05) Tj ET", b"BT /H 9 Tf 2 3 Td [(0) 40 (5)] TJ ET"):
        seen = drawn_as(content)
        assert (seen.text, seen.problem, seen.unproven) == ("05", None, None)


@pytest.mark.parametrize(
    "content",
    [
        b"BT /H 9 Tf 20 3 Td (0) Tj -10 0 Td (5) Tj ET",
        b"BT /H 9 Tf 20 3 Td [(0) 1100 (5)] TJ ET",
        b"BT /H 9 Tf -10 Tc 20 3 Td (05) Tj ET",
        b"BT /H 9 Tf 20 3 Td (0) Tj ET BT /H 9 Tf 9 3 Td (5) Tj ET",
    ],
)
def test_characters_that_may_stand_in_another_order_are_unproven(content: bytes) -> None:
    """05 in the stream, 50 on the page."""
    seen = drawn_as(content)
    assert seen.text == "05"
    assert seen.unproven


@pytest.mark.parametrize(
    "entries",
    [
        {"BaseFont": pikepdf.Name("/Some")},
        {"FontDescriptor": pikepdf.Dictionary()},
        {"Subtype": pikepdf.Name.Type3},
    ],
)
def test_a_simple_font_that_is_not_the_viewers_own_is_unproven(entries: dict[str, object]) -> None:
    assert drawn_as(b"BT /H 9 Tf (05) Tj ET", **entries).unproven


def test_the_digests_are_those_of_the_shipped_faces() -> None:
    """Two ways to the same shapes: the table that is shipped, and the subset that the writing side embeds."""
    for slant in (*Slant, fonts.MARK):
        face = fonts.face(slant)
        program = zlib.decompressobj().decompress(face.program.partition(b"stream\n")[2])
        seen = faces.outlines(program)
        for char, code in face.codes.items():
            assert OUTLINES[char][seen[code]] == face.widths[char], (slant, char)
    assert set(OUTLINES) == {*fonts.CHARACTERS, *fonts.MARK_CHARACTERS}


def test_no_two_characters_share_an_outline_in_the_table() -> None:
    shapes = [shape for known in OUTLINES.values() for shape in known]
    assert len(shapes) == len(set(shapes))


def test_a_small_stream_that_unfolds_to_much_is_not_parsed() -> None:
    """A few kilobytes of Flate can hold millions of operators, each of them several objects in memory."""
    bomb = appearance(b"")
    bomb.write(zlib.compress(b"q Q " * 1_000_000, 9), filter=pikepdf.Name.FlateDecode)
    with pytest.raises(DrawsOtherwise, match="too long"):
        drawn.read_back(bomb)
    twin = appearance(b"")
    twin.write(zlib.compress(TEXT, 9), filter=pikepdf.Name.FlateDecode)
    assert drawn.read_back(twin) == "05"
