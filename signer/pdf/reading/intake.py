"""Whether a file is a PDF that may be prepared at all; nothing here looks at its text.

A draft is untrusted. It is refused, each time with its own code, when it is no PDF, damaged, encrypted, signed or
certified before, has a form, scripts or attachments of its own, or is built to exhaust memory or time. A signed
document of a state agency shows the same to everybody: what acts (scripts, launches, media) or hides (embedded
files) has no place in it, so these are refused and not just warned about.

qpdf (through pikepdf) reads without repairing: a file that needs repair is read differently by every program, and
its bytes stay a prefix of what will be signed.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf
from pikepdf.settings import set_qpdf_limits

from signer.errors import Kind, SignerError
from signer.model import Buffer, Content, Rect
from signer.pdf.reading import guards
from signer.pdf.reading.pagetree import Page, loop, no_pages, walk_pages
from signer.pdf.reading.refusal import short, unsuitable


@dataclass(frozen=True, slots=True)
class DraftLimits:
    """How much of a draft we are willing to read: the operator's settings. ``seconds`` is looked at page by page."""

    bytes: int = 50_000_000
    pages: int = 500
    seconds: float = 15.0


"""Of a draft."""

MAX_OBJECTS = 200_000
"""Of a draft; a decree of 100 pages has about 1,000."""

MAX_STREAM = 128 * 1024 * 1024
"""Decoded bytes of one stream. A page scanned in colour at 600 dpi has 104 million."""

MAX_DECODED = 512 * 1024 * 1024
"""Decoded bytes of all streams."""

MOST_GROWTH = 4
"""Times the size of a file, for those that are large already: what scanners compress without loss shrinks to a half."""

# For the whole process, and before any thread opens a file: what our own look at the streams cannot see (filters
# in chains, predictors) is bounded by qpdf itself.
set_qpdf_limits(
    flate_max_memory=MAX_STREAM,
    run_length_max_memory=MAX_STREAM,
    png_max_memory=MAX_STREAM,
    tiff_max_memory=MAX_STREAM,
    dct_max_memory=MAX_STREAM,
    parser_max_nesting=100,
    doc_max_warnings=100,
)


@dataclass(frozen=True)
class Intake:
    """What is known of an acceptable file: its pages, and fonts that matter to the rules."""

    pages: tuple[Page, ...]
    legacy_fonts: tuple[str, ...]
    fonts_not_embedded: tuple[str, ...]

    @property
    def papers(self) -> tuple[Rect, ...]:
        """The visible area of each page, user space."""
        return tuple(page.paper for page in self.pages)


def examine(file: Content, limits: DraftLimits) -> Intake:
    """Look the file over before anything reads its pages; each fault is refused with a code of its own."""
    data = file.buffer()
    check_envelope(data, limits.bytes)
    check_streams(data)
    with reading_pdf(file) as pdf:
        if pdf.is_encrypted:
            raise _encrypted()
        _refuse_repairs(pdf)
        if len(pdf.objects) > MAX_OBJECTS:
            raise too_complex(f"{len(pdf.objects)} đối tượng", f"{len(pdf.objects)} objects")
        sight = guards.look(pdf)
        guards.refuse_signed(pdf, sight)
        guards.refuse_forms(pdf, sight)
        guards.refuse_active(sight)
        pages = walk_pages(pdf, limits.pages)
    return Intake(pages, tuple(sorted(sight.legacy_fonts)), tuple(sorted(sight.loose_fonts)))


# --- before any parser ----------------------------------------------------------------------------------------

_OTHERS = (
    (b"PK\x03\x04", "Word/Excel (DOCX, XLSX) hoặc ZIP", "a Word/Excel file (DOCX, XLSX) or a ZIP"),
    (b"\xd0\xcf\x11\xe0", "Word/Excel đời cũ (DOC, XLS)", "an old Word/Excel file (DOC, XLS)"),
    (b"{\\rtf", "RTF", "an RTF file"),
    (b"\x89PNG", "ảnh PNG", "a PNG image"),
    (b"\xff\xd8\xff", "ảnh JPEG", "a JPEG image"),
    (b"<", "HTML/XML", "HTML or XML"),
)


def check_envelope(data: Buffer, most: int) -> None:
    """Beginning, end and size: ``draft-empty``, ``not-a-pdf``, ``header-not-at-start``, ``draft-truncated``."""
    if not _INK.search(data):
        raise SignerError(
            Kind.UNSUPPORTED,
            "draft-empty",
            "Tệp rỗng, không có nội dung. Hãy kiểm tra và gửi lại tệp PDF.",
            "The file is empty. Please check it and send the PDF again.",
            where="file",
        )
    if len(data) > most:
        raise SignerError(
            Kind.TOO_LARGE,
            "draft-too-large",
            f"Tệp lớn {len(data) / 1e6:.0f} MB, vượt giới hạn {most / 1e6:.0f} MB.",
            f"The file has {len(data) / 1e6:.0f} MB, more than the limit of {most / 1e6:.0f} MB.",
            where="file",
        )
    if data[:5] != b"%PDF-":
        raise _no_pdf(data[:1024])
    tail = data[-2048:]
    if not re.search(rb"startxref\s+\d+\s+%%EOF", tail):
        raise unsuitable(
            "draft-truncated",
            "Tệp PDF bị cắt cụt: thiếu phần kết thúc (startxref, %%EOF). Hãy gửi lại tệp đầy đủ.",
            "The PDF is cut off: its end (startxref, %%EOF) is missing. Please send the whole file.",
        )


def _no_pdf(start: bytes) -> SignerError:
    if b"%PDF-" in start:
        return unsuitable(
            "header-not-at-start",
            "Trước phần đầu “%PDF-” có dữ liệu lạ; các phần mềm sẽ đọc tệp này khác nhau. Hãy xuất lại PDF.",
            "There is something before the header “%PDF-”, so that programs read the file differently. Please "
            "export the PDF again.",
        )
    vi, en = next(
        ((vi, en) for magic, vi, en in _OTHERS if start.lstrip().startswith(magic)),
        ("loại khác", "of another kind"),
    )
    return SignerError(
        Kind.UNSUPPORTED,
        "not-a-pdf",
        f"Tệp không phải là PDF (tệp {vi}). Hãy chuyển sang PDF rồi gửi lại.",
        f"The file is not a PDF (it is {en}). Please convert it to PDF and send it again.",
        where="file",
    )


_INK = re.compile(rb"[^\0\t\n\r ]")
_AFTER_STREAM = re.compile(rb"[ \t]*\r?\n?")


def check_streams(data: Buffer) -> None:
    """Decode every Flate stream in small pieces and count: ``decompression-bomb``.

    Works on the bytes alone, before a parser follows anything: object streams and cross-reference streams are
    decoded by whoever merely opens the file.
    """
    total, most = 0, max(MAX_DECODED, MOST_GROWTH * len(data))
    for start in _streams(data):
        size = 0
        for piece in _inflated(data, start):
            size += piece
            if size > MAX_STREAM or total + size > most:
                raise unsuitable(
                    "decompression-bomb",
                    f"Dữ liệu nén trong tệp giãn ra quá lớn (hơn {MAX_STREAM // 2**20} MB). "
                    "Hãy xuất lại PDF từ phần mềm soạn thảo.",
                    f"Compressed data in the file grows too large (more than {MAX_STREAM // 2**20} MB). Please export "
                    "the PDF again.",
                )
        total += size


def _streams(data: Buffer) -> Iterator[int]:
    """Where the data of each stream begins; searching with one expression takes 25 times as long."""
    at = data.find(b"stream")
    while at >= 0:
        after = _AFTER_STREAM.match(data, at + 6)
        if data[max(0, at - 3) : at] != b"end" and after is not None:
            yield after.end()
        at = data.find(b"stream", at + 6)


def _inflated(data: Buffer, start: int) -> Iterator[int]:
    """Sizes of the decoded pieces from ``start`` on; nothing where no Flate data begins."""
    inflate, step = zlib.decompressobj(), 4096
    try:
        while start < len(data) and not inflate.eof:
            piece = data[start : start + step]
            start, step = start + step, min(2 * step, 65536)
            while piece and not inflate.eof:
                yield len(inflate.decompress(piece, 1 << 20))
                piece = inflate.unconsumed_tail
    except zlib.error:
        return


# --- the parser -----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def reading_pdf(file: Content) -> Iterator[pikepdf.Pdf]:
    """The file as qpdf reads it, without repairing; what is raised over its bytes is a refusal."""
    with _parser(), pikepdf.open(file.stream(), attempt_recovery=False) as pdf:
        yield pdf


@contextlib.contextmanager
def _parser() -> Iterator[None]:
    """Whatever qpdf and pikepdf raise over hostile bytes is a refusal, never a fault of the service."""
    try:
        yield
    except pikepdf.PasswordError as error:
        raise _encrypted() from error
    except (
        pikepdf.PdfError,
        pikepdf.ForeignObjectError,
        RuntimeError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        IndexError,
        ArithmeticError,
        MemoryError,
        NotImplementedError,
    ) as error:
        raise _translated(error) or unsuitable(
            "draft-damaged",
            "Cấu trúc tệp PDF bị hỏng (bảng tham chiếu hoặc đối tượng sai). Hãy xuất lại PDF từ phần mềm soạn thảo.",
            f"The PDF's structure is damaged ({short(error)}). Please export the PDF again.",
        ) from error


def _refuse_repairs(pdf: pikepdf.Pdf) -> None:
    """Even told not to, qpdf mends page trees in memory when it opens a file, and warns; other readers do not."""
    for warning in pdf.get_warnings():
        if "more than once" in warning:
            raise loop()
        if "MediaBox" in warning or "overriding" in warning:
            raise pikepdf.PdfError(warning)


def _translated(error: Exception) -> SignerError | None:
    """What qpdf finds while opening, and we have better words for."""
    if "Loop detected in /Pages" in str(error):
        return loop()
    return no_pages() if "no pages found" in str(error) else None


def _encrypted() -> SignerError:
    return unsuitable(
        "draft-encrypted",
        "Tệp PDF bị mã hóa hoặc hạn chế bằng mật khẩu. Hãy bỏ bảo vệ rồi gửi lại.",
        "The PDF is encrypted or restricted by a password. Remove the protection and send it again.",
    )


def too_complex(vi: str, en: str, where: str = "file") -> SignerError:
    """The draft would take too much time or memory."""
    return unsuitable(
        "draft-too-complex", f"Dự thảo quá phức tạp: {vi}.", f"The draft is too complex: {en}.", where=where
    )
