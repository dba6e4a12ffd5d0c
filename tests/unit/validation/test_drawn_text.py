"""Reading a field's drawing back: only dark, visible text over a white ground says something."""

from __future__ import annotations

import io
import zlib

import pikepdf
import pytest

from signer.validation import drawn
from signer.validation.drawn import DrawsOtherwise

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
        assert drawn.fields(field(F=flags), frozenset({"Number"}))["Number"].hidden
    assert not drawn.fields(field(F=4), frozenset({"Number"}))["Number"].hidden


def test_a_field_without_a_drawing_has_a_problem() -> None:
    seen = drawn.fields(field(), frozenset({"Number"}))["Number"]
    assert (seen.value, seen.text) == ("05", "")
    assert seen.problem
