"""What the check before a signature leaves would catch of marks and packages, made by a faulty composer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from signer.errors import Kind, SignerError
from signer.model import PackagePart, Revision
from signer.pdf import cms, fonts
from signer.pdf.plan import decode
from tests.support.paper import SoftKey, agency_step, png, recheck
from tests.support.stamped import MARK, PACKAGE, stamp_step


def _once(old: bytes, new: bytes) -> Callable[[bytes, int], bytes]:
    assert len(old) == len(new), "offsets must stay, so that only the guard in question sees it"

    def change(data: bytes, start: int) -> bytes:
        at = data.index(old, start)
        return data[:at] + new + data[at + len(old) :]

    return change


def _pattern(old: bytes, new: Callable[[bytes], bytes]) -> Callable[[bytes, int], bytes]:
    def change(data: bytes, start: int) -> bytes:
        found = re.search(old, data[start:])
        assert found
        return _once(found[0], new(found[0]))(data, start)

    return change


def _resigned(data: bytes, start: int, key: SoftKey) -> bytes:
    """Sign the faulty bytes anew, as the faulty composer would have: the digest is right, the content is not."""
    ranges = re.search(rb"/ByteRange\[0 (\d+) (\d+) ", data[start:])
    assert ranges
    gap, resume = int(ranges[1]), int(ranges[2])
    value = cms.sign(key.info, hashlib.sha256(data[:gap] + data[resume:]).digest(), key.sign).hex().encode()
    return data[:gap] + b"<" + value.ljust(resume - gap - 2, b"0") + b">" + data[resume:]


def _code(character: str) -> bytes:
    return b"%04X" % fonts.face(fonts.MARK).codes[character]


MARK_FAULTS: dict[str, tuple[Callable[[bytes, int], bytes], str]] = {
    "another digit": (_once(_code("0") + _code("5"), _code("0") + _code("6")), "says something else"),
    "no glyph": (_once(_code("0") + _code("5"), _code("0") + b"FFFF"), "character that the face has not"),
    "size": (_once(b"/AntinMark 10 Tf", b"/AntinMark 12 Tf"), "another size"),
    "colour": (_once(b"q BT 0 g", b"q BT 1 g"), "not as we write it"),
    "a name of another font": (_once(b"BT 0 g /AntinMark", b"BT 0 g /AntinItal"), "another font"),
    "another font object": (
        _pattern(rb"/AntinMark \d\d 0 R", lambda found: found[:-6] + bytes([found[-6] ^ 1]) + found[-5:]),
        "another font",
    ),
    "length": (
        _pattern(rb"/Length 2\d\d>>stream\nq BT", lambda found: found.replace(b"/Length 2", b"/Length 3")),
        "mark is not",
    ),
    "a line outside": (
        _pattern(rb"1 0 0 1 \d+\.\d\d ", lambda found: found[:-5] + b"9" + found[-4:]),
        "leaves its box",
    ),
    "a line below": (_pattern(rb" 3\.\d+ Tm", lambda found: b" -" + found[2:]), "over one another, or below"),
    "lines on one height": (_pattern(rb" 3\.\d+ Tm", lambda found: b" 9" + found[2:]), "over one another, or below"),
    "box": (_once(b"/BBox[0 0 119 25]", b"/BBox[0 0 117 25]"), "box is not"),
    "a picture besides": (_once(b" ET Q\nendstream", b"/I Do\nendstream"), "not as we write it"),
    "appearance elsewhere": (
        _pattern(rb"/AP<</N \d\d 0 R>>>>", lambda found: found.replace(b"/N ", b"/D ")),
        "not filled",
    ),
}


@pytest.mark.parametrize("fault", MARK_FAULTS)
def test_the_check_sees_a_faulty_mark(stamp: Revision, marked: Revision, agency_key: SoftKey, fault: str) -> None:
    change, words = MARK_FAULTS[fault]
    step = stamp_step()
    recheck(marked.content.read(), stamp, step, agency_key.info)  # the twin without the fault
    faulty = _resigned(change(marked.content.read(), stamp.content.size), stamp.content.size, agency_key)
    with pytest.raises(SignerError, match=words) as refused:
        recheck(faulty, stamp, step, agency_key.info)
    assert refused.value.kind is Kind.INTERNAL


@pytest.mark.parametrize(
    "mark_lines",
    [MARK[:1], MARK[::-1], (*MARK, "x"), (" ".join(MARK),), ("05/BTC-THTK", ""), ("05/BTC-THTK", *MARK)],
)
def test_the_check_compares_the_mark_with_what_was_asked_for(
    stamp: Revision, marked: Revision, agency_key: SoftKey, mark_lines: tuple[str, ...]
) -> None:
    if mark_lines == (" ".join(MARK),):  # one line that wraps between words is drawn just so, and may be
        recheck(marked.content.read(), stamp, stamp_step(mark=mark_lines), agency_key.info)
        return
    with pytest.raises(SignerError, match="says something else"):
        recheck(marked.content.read(), stamp, stamp_step(mark=mark_lines), agency_key.info)


def test_the_check_sees_a_mark_where_none_was_asked_for(stamp: Revision, marked: Revision, agency_key: SoftKey) -> None:
    with pytest.raises(SignerError, match="draws something"):
        recheck(marked.content.read(), stamp, stamp_step(mark=()), agency_key.info)
    with pytest.raises(SignerError, match="picture is not"):
        recheck(marked.content.read(), stamp, stamp_step(mark=(), image=b"png"), agency_key.info)


def test_the_check_sees_a_picture_of_another_make(signed: Revision, issued: Revision, agency_key: SoftKey) -> None:
    start = signed.content.size
    for old, new in (
        (b"cm /Im Do Q", b"cm /Im Do q"),
        (b"/ColorSpace/DeviceRGB/SMask", b"/ColorSpace/DeviceCMY/SMask"),
    ):
        faulty = _resigned(_once(old, new)(issued.content.read(), start), start, agency_key)
        with pytest.raises(SignerError, match="picture is not"):
            recheck(faulty, signed, agency_step(), agency_key.info)


def test_the_check_sees_another_picture(signed: Revision, issued: Revision, agency_key: SoftKey) -> None:
    other = agency_step(image=png((220, 0, 0, 255), 600, 599))
    with pytest.raises(SignerError, match="another picture"):
        recheck(issued.content.read(), signed, other, agency_key.info)


def test_the_check_sees_an_appearance_that_nobody_should_see(
    stamp: Revision, marked: Revision, agency_key: SoftKey
) -> None:
    plan = decode(stamp.plan)
    invisible = {"Agency": replace(plan.layout.signatures["Agency"], width=0.0, height=0.0)}
    layout = replace(plan.layout, signatures=invisible)
    plan = replace(plan, layout=layout, layout_line=layout.encode())
    with pytest.raises(SignerError, match="where none is seen"):
        recheck(
            marked.content.read(),
            replace(stamp, plan=replace(plan, layout_line=plan.layout.encode()).encode()),
            stamp_step(),
            agency_key.info,
        )


PACKAGE_FAULTS: dict[str, tuple[Callable[[bytes, int], bytes], str]] = {
    "digest": (_once(b"/SHA256<abab", b"/SHA256<abac"), "other attachments"),
    "length": (_once(b"/Length 42107", b"/Length 42108"), "other attachments"),
    "name": (_once(b"/Name(b.pdf)", b"/Name(c.pdf)"), "other attachments"),
    "a part less": (
        _pattern(rb"<</Name\(b\.pdf\)[^>]*>>>", lambda found: b" " * len(found)),
        "more than we write",
    ),
    "key": (_once(b"/ANTN_Package[", b"/ANTM_Package["), "more than we write"),
    "another key": (_once(b"/ANTN_Package[<<", b"/X 1/ANTNPack[<<"), "more than we write"),
    "reason": (_pattern(rb"/Reason<FEFF[0-9A-F]+>", lambda found: found[:-2] + b"0>"), "signer, reason or place"),
}


@pytest.mark.parametrize("fault", PACKAGE_FAULTS)
def test_the_check_sees_a_faulty_package(signed: Revision, packaged: Revision, agency_key: SoftKey, fault: str) -> None:
    change, words = PACKAGE_FAULTS[fault]
    step, start = agency_step(package=PACKAGE), signed.content.size
    recheck(packaged.content.read(), signed, step, agency_key.info)  # the twin without the fault
    faulty = _resigned(change(packaged.content.read(), start), start, agency_key)
    with pytest.raises(SignerError, match=words):
        recheck(faulty, signed, step, agency_key.info)


@pytest.mark.parametrize(
    "package",
    [(), PACKAGE[:1], PACKAGE[::-1], (*PACKAGE, PACKAGE[0])],
    ids=["none", "one less", "another order", "one more"],
)
def test_the_check_compares_the_package_with_what_was_asked_for(
    signed: Revision, packaged: Revision, agency_key: SoftKey, package: tuple[PackagePart, ...]
) -> None:
    with pytest.raises(SignerError, match="other attachments"):
        recheck(packaged.content.read(), signed, agency_step(package=package), agency_key.info)


@pytest.mark.parametrize("changes", [{"signer": "Bộ Y tế"}, {"reason": "06/QĐ-BTC"}, {"location": "Huế"}])
def test_the_check_reads_signer_reason_and_place_back(
    signed: Revision, issued: Revision, agency_key: SoftKey, changes: dict[str, object]
) -> None:
    with pytest.raises(SignerError, match="signer, reason or place"):
        recheck(issued.content.read(), signed, agency_step(**changes), agency_key.info)


@pytest.mark.parametrize("which", ["marked", "packaged"])
def test_every_byte_is_guarded(
    stamp: Revision, marked: Revision, signed: Revision, packaged: Revision, agency_key: SoftKey, which: str
) -> None:
    """Flip bytes all over the update: none may pass, but for the zeros that fill /Contents."""
    before, after, step = (
        (stamp, marked, stamp_step()) if which == "marked" else (signed, packaged, agency_step(package=PACKAGE))
    )
    data, start = after.content.read(), before.content.size
    room_end = data.index(b">", data.index(b"/Contents<", start))
    for at in range(start, len(data), 31):
        if data[at:room_end].strip(b"0") == b"" and at < room_end:
            continue
        flipped = data[:at] + bytes((data[at] ^ 1,)) + data[at + 1 :]
        with pytest.raises(SignerError, match="self-check"):
            recheck(flipped, before, step, agency_key.info)
