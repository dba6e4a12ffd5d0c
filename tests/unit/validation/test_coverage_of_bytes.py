"""Byte ranges, and bytes that nothing explains."""

from __future__ import annotations

import io

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from signer.validation import coverage
from signer.validation.coverage import BytesUnexplained, Span
from tests.fixtures import attacks

CONTENTS = bytes.fromhex("3003020101")
DATA = b"A" * 10 + b"<3003020101>" + b"B" * 8


def test_a_proper_range_is_read() -> None:
    assert coverage.span(DATA, [0, 10, 22, 8], CONTENTS) == Span(10, 22, 30)


@pytest.mark.parametrize(
    "byte_range",
    [
        [],
        [0, 10, 22],
        [0, 10, 22, 8, 0],
        [1, 9, 22, 8],
        [0, 22, 10, 8],
        [0, 10, 22, 9],
        [0, -1, 22, 8],
        [0, 10, 22, -8],
        [0, 10, 22, "8"],
        [0, 10.0, 22, 8],
        [False, 10, 22, 8],
        [0, 10, 10**12, 8],
    ],
    ids=str,
)
def test_a_range_of_another_form_is_refused(byte_range: list[object]) -> None:
    with pytest.raises(BytesUnexplained) as refused:
        coverage.span(DATA, byte_range, CONTENTS)
    assert refused.value.code == "byte-range-malformed"


@pytest.mark.parametrize("byte_range", [[0, 9, 22, 8], [0, 10, 23, 7], [0, 11, 22, 8]], ids=str)
def test_a_gap_that_is_not_the_contents_is_refused(byte_range: list[int]) -> None:
    with pytest.raises(BytesUnexplained) as refused:
        coverage.span(DATA, byte_range, CONTENTS)
    assert refused.value.code == "byte-range-gap"


def test_contents_of_somewhere_else_are_refused() -> None:
    with pytest.raises(BytesUnexplained):
        coverage.span(DATA, [0, 10, 22, 8], CONTENTS[:-1] + b"\x02")


@pytest.mark.parametrize("name", [b"/ByteRange", b"/#42yteRange", b"/Byte#52ange", b"/B#79teRang#65"])
def test_a_byte_range_in_any_spelling_is_noticed(name: bytes) -> None:
    assert coverage.unreached(b"...." + name + b"[0 1 2 3]", []) == 4


@pytest.mark.parametrize("name", [b"/ByteRanges", b"/ByteRang", b"/XByteRange"])
def test_other_names_are_not(name: bytes) -> None:
    assert coverage.unreached(name + b" 1", []) is None


def test_a_byte_range_in_another_object_than_a_signatures_is_noticed() -> None:
    known = Span(40, 50, 100)
    assert coverage.unreached(b"/ByteRange[0 40 50 50]".ljust(120), [known]) is None
    assert coverage.unreached(b"/ByteRange[0 1 2 3] endobj".ljust(120), [known]) == 0
    assert coverage.unreached(b"x" * 105 + b"/ByteRange ", [known]) == 105


def explained(data: bytes) -> tuple[int, ...]:
    return coverage.explain(data, PdfFileReader(io.BytesIO(data), strict=False), attacks.led().content.size)


def test_signed_revisions_explain_all_their_bytes() -> None:
    assert len(explained(attacks.led().content.read())) == 0
    assert len(explained(attacks.issued().content.read())) == 1
    assert len(explained(attacks.append(attacks.issued().content.read(), {5000: b"null"}))) == 2


@pytest.mark.parametrize("between", [b"7 0 obj null endobj\n", b"%harmless 7 0 obj\n", b"trailer<<>>\n", b"x"])
def test_bytes_in_front_of_a_revision_are_noticed(between: bytes) -> None:
    led = attacks.led().content.read()
    appended = attacks.append(led + between, {5000: b"null"})
    with pytest.raises(BytesUnexplained) as refused:
        explained(appended)
    assert refused.value.offset >= len(led)


def test_a_comment_between_revisions_is_what_some_tools_write() -> None:
    assert len(explained(attacks.append(attacks.led().content.read() + b"%iText-5.5.9\n", {5000: b"null"}))) == 1


def test_a_later_section_may_not_point_into_older_bytes() -> None:
    """The switch of a shadow attack: the other content lies in the signed part already."""
    led = attacks.led().content.read()
    data = attacks.append(led, {5000: b"null"})
    offset = data.index(b"5000 0 obj", len(led))
    switched = data.replace(b"%010d 00000 n" % offset, b"%010d 00000 n" % 100)
    if switched == data:  # a cross-reference stream
        switched = data.replace(b"\x01" + offset.to_bytes(8, "big"), b"\x01" + (100).to_bytes(8, "big"))
    assert switched != data
    with pytest.raises(BytesUnexplained) as refused:
        explained(switched)
    assert refused.value.code == "object-before-section"


def test_a_hybrid_section_behind_a_signature_is_refused() -> None:
    led = attacks.led().content.read()
    data = attacks.append(led, {5000: b"null"})
    at = data.index(b"startxref", len(led))
    first = led.rindex(b"startxref")
    pointer = int(led[first + 9 :].split()[0])
    body = data[len(led) : at]
    assert body.count(b"trailer") == 1, "the sample has a table"
    stream = b"<</Type/XRef/W[1 2 1]/Index[0 1]/Size 5001/Length 4>>stream\n\x00\x00\x00\x00\nendstream"
    extra = b"5001 0 obj\n" + stream + b"\nendobj\n"
    table = len(led) + len(extra) + body.index(b"xref")
    hybrid = led + extra + body.replace(b"/Prev", b"/XRefStm %d/Prev" % len(led))
    hybrid = hybrid.replace(b"%010d 00000 n" % (len(led)), b"%010d 00000 n" % (len(led) + len(extra)))
    hybrid += b"startxref\n%d\n%%%%EOF\n" % table
    assert pointer < len(led)
    with pytest.raises(BytesUnexplained) as refused:
        explained(hybrid)
    assert refused.value.code == "hybrid-after-signature"
