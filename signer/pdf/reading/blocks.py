"""Signature blocks: capacity lines, the gap for the image, the name; and where initials go.

NĐ 30/2020/NĐ-CP, Phụ lục I, II.7: the name stands under the capacity lines, the image between them. A name in
running text is no block: the block's name is alone in its column, and the capacity lines stand directly over it.
Search goes from the last page backwards, since annexes may follow, and stops when every signer is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from signer.errors import SignerError, together
from signer.model import Rect, Signer
from signer.pdf.reading.refusal import SIGNER_CLAUSE, page_name, unsuitable
from signer.pdf.reading.text import DraftText, Line, PageText, Segment, compact

_REACH = 240.0
"""Points between a name and its capacity lines at most: a seal is 120, and nobody leaves more than twice that."""

_TITLES = tuple(
    sorted(
        (
            compact(title)
            for title in (
                "GS",
                "PGS",
                "TS",
                "TSKH",
                "Th.S",
                "Thạc sĩ",
                "Thạc sỹ",
                "Tiến sĩ",
                "Tiến sỹ",
                "Giáo sư",
                "Phó Giáo sư",
                "BS",
                "BSCKI",
                "BSCKII",
                "CKI",
                "CKII",
                "DS",
                "KS",
                "LS",
                "Luật sư",
                "Bác sĩ",
                "Kỹ sư",
                "Ông",
                "Bà",
                "Đại tướng",
                "Thượng tướng",
                "Trung tướng",
                "Thiếu tướng",
                "Đại tá",
                "Thượng tá",
                "Trung tá",
                "Thiếu tá",
                "Đại úy",
                "Thượng úy",
                "NGƯT",
                "NGND",
                "TTND",
                "TTƯT",
                "AHLĐ",
            )
        ),
        key=len,
        reverse=True,
    )
)


@dataclass(frozen=True)
class Block:
    """Where a signer signs: the name, the printed capacity lines over it (top first), and the free gap.

    ``found`` says for each capacity line that was asked for whether it is printed over the name.
    """

    page: PageText
    name: Segment
    capacity: tuple[Segment, ...]
    found: tuple[bool, ...]
    gap: Rect

    @property
    def top(self) -> float:
        """The baseline of the block's highest line."""
        return max(segment.line.baseline for segment in (*self.capacity, self.name))


@dataclass(frozen=True)
class _Orphan:
    """A name alone in its column without the capacity lines that were asked for; kept to explain a refusal."""

    page: PageText
    name: Segment
    above: tuple[Segment, ...]


def find_blocks(text: DraftText, signers: Sequence[Signer], papers: Sequence[Rect]) -> tuple[Block, ...]:
    """A block for each signer, in their order; ``papers`` are the pages' visible areas.

    Refusals name signer and line: ``signer-not-found``, ``capacity-line-not-found``, ``signature-block-split``.
    """
    blocks: dict[int, Block] = {}
    orphans: dict[int, _Orphan] = {}
    for number in range(text.count, 0, -1):
        page = text.page(number)
        for index, signer in enumerate(signers):
            if index in blocks:
                continue
            block, orphan = _on_page(page, signer, papers[number - 1])
            if block is not None:
                blocks[index] = block
            elif orphan is not None:
                orphans.setdefault(index, orphan)
        if len(blocks) == len(signers):
            return _side_by_side([blocks[index] for index in range(len(signers))])
    raise together([_explain(text, each, orphans.get(i)) for i, each in enumerate(signers) if i not in blocks])


def check_named(text: DraftText, signer: Signer) -> None:
    """``signer-not-found`` unless the name stands alone in its column on some page, last page first.

    A given place says where the image goes, not who signs: else anybody could sign above another's name.
    """
    wanted = compact(signer.name)
    for number in range(text.count, 0, -1):
        if next(_names(text.page(number), wanted), None) is not None:
            return
    raise _explain(text, signer, None)


def block_on(page: PageText, signer: Signer, paper: Rect) -> Block | None:
    """A signer's block on one page, or None."""
    return _on_page(page, signer, paper)[0]


def _on_page(page: PageText, signer: Signer, paper: Rect) -> tuple[Block | None, _Orphan | None]:
    orphan = None
    for segment in _names(page, compact(signer.name)):
        above, barrier = _above(segment)
        found, first = _match(above, signer.capacity)
        if any(found) or (not signer.capacity and above):
            return Block(page, segment, above[first:], found, _gap(segment, above[-1], paper)), None
        if not signer.capacity:
            return Block(page, segment, (), (), _gap(segment, barrier, paper)), None
        orphan = orphan or _Orphan(page, segment, above)
    return None, orphan


def _names(page: PageText, wanted: str) -> Iterator[Segment]:
    """Segments that are the name, from the bottom up; titles before it are allowed ("PGS.TS. Nguyễn Văn An")."""
    count = len(wanted)
    for line in reversed(page.lines):
        if len(line.glyphs) < count:
            continue
        for segment in line.segments:
            if count <= len(segment.glyphs) <= count + 30 and _is_name(segment, wanted):
                yield segment


def _is_name(segment: Segment, wanted: str) -> bool:
    if segment.key == wanted:
        return True
    letters = [glyph.char for glyph in segment.glyphs]
    cut = len(letters) - len(wanted)
    return cut > 0 and compact("".join(letters[cut:])) == wanted and _only_titles(compact("".join(letters[:cut])))


def _only_titles(prefix: str) -> bool:
    while prefix:
        prefix = prefix.lstrip(",-")
        title = next((title for title in _TITLES if prefix.startswith(title)), None)
        if title is None:
            return not prefix
        prefix = prefix[len(title) :]
    return True


def _above(name: Segment) -> tuple[tuple[Segment, ...], Segment | None]:
    """The lines that stand together over a name in its column, top first; and the nearest one of all.

    Notes in parentheses between them ("(Chữ ký của người có thẩm quyền)", "(Ký, ghi rõ họ tên)") are passed over:
    the image covers them.
    """
    stack: list[Segment] = []
    nearest: Segment | None = None
    last, note = name, False
    for line in reversed(name.line.page.lines):
        if line.baseline <= name.line.baseline + 1 or not line.glyphs:
            continue
        segment = _in_column(line, name)
        if segment is None:
            continue
        size = line.page.size(segment.glyphs[0])
        if line.baseline - last.line.baseline > (2.5 * size if stack else _REACH):
            break
        opens, closes = segment.glyphs[0].char == "(", segment.glyphs[-1].char == ")"
        if not stack and (note or closes):
            note, last = not opens, segment
            continue
        nearest = nearest or segment
        stack.append(segment)
        last = segment
        if len(stack) == 12:
            break
    return tuple(reversed(stack)), nearest


def _in_column(line: Line, name: Segment) -> Segment | None:
    """The part of a line that stands over a name; the one with the closest middle if a wide name has two."""
    over = [s for s in line.segments if s.rect.x0 < name.rect.x1 + 20 and s.rect.x1 > name.rect.x0 - 20]
    return min(over, key=lambda segment: abs(segment.centre - name.centre), default=None)


def _match(above: Sequence[Segment], capacity: Sequence[str]) -> tuple[tuple[bool, ...], int]:
    """For each capacity line whether it stands in ``above``, in order; and where the highest of them begins.

    A line may wrap over up to four. What stands higher is the body's text.
    """
    found, end = [], len(above)
    for wanted in reversed([compact(line) for line in capacity]):
        hit = next(
            (
                (stop - span)
                for stop in range(end, 0, -1)
                for span in range(1, min(stop, 4) + 1)
                if _joined(above[stop - span : stop]) == wanted
            ),
            None,
        )
        found.append(hit is not None)
        end = end if hit is None else hit
    return tuple(reversed(found)), min(end, max(0, len(above) - 1))


def _joined(segments: Sequence[Segment]) -> str:
    return compact("".join(glyph.char for segment in segments for glyph in segment.glyphs))


def _gap(name: Segment, over: Segment | None, paper: Rect) -> Rect:
    """What is free between the lowest capacity line and the name, symmetric about both (II.7.d)."""
    centre = name.centre if over is None else (name.centre + over.centre) / 2
    bottom = name.rect.y1 + 1
    top = over.rect.y0 - 1 if over is not None else min(bottom + 100, paper.y1)
    half = min(centre - paper.x0, paper.x1 - centre)
    for line in name.line.page.lines:
        if not bottom < line.baseline < top or not line.glyphs:
            continue
        for segment in line.segments:
            if segment.rect.x1 < name.centre and segment.rect.x1 < name.rect.x0 - 10:
                half = min(half, centre - segment.rect.x1 - 4)
            elif segment.rect.x0 > name.centre and segment.rect.x0 > name.rect.x1 + 10:
                half = min(half, segment.rect.x0 - centre - 4)
    half = max(half, 1.0)
    return Rect(centre - half, bottom, centre + half, max(top, bottom + 1))


def _side_by_side(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Signers next to one another share the width: each image ends before the middle between two names."""
    narrowed = []
    for block in blocks:
        half, centre = block.gap.width / 2, (block.gap.x0 + block.gap.x1) / 2
        for other in blocks:
            if other is not block and other.page is block.page and other.gap.overlaps(block.gap):
                half = min(half, max(1.0, abs((other.gap.x0 + other.gap.x1) / 2 - centre) / 2 - 2))
        gap = Rect(centre - half, block.gap.y0, centre + half, block.gap.y1)
        narrowed.append(Block(block.page, block.name, block.capacity, block.found, gap))
    return tuple(narrowed)


def _explain(text: DraftText, signer: Signer, orphan: _Orphan | None) -> SignerError:
    """Why there is no block for a signer."""
    if orphan is None:
        last = text.page(text.count)
        seen = " / ".join(s.text for line in last.lines[-3:] for s in line.segments)[:120]
        return unsuitable(
            "signer-not-found",
            f"Không tìm thấy họ tên người ký “{signer.name}” đứng riêng dưới chức vụ ở trang nào"
            + (f"; cuối trang {last.number} là “{seen}”." if seen else "."),
            f"The signer's name “{signer.name}” was not found alone under capacity lines on any page"
            + (f"; the end of page {last.number} reads “{seen}”." if seen else "."),
            clause=SIGNER_CLAUSE,
        )
    before = _capacity_page(text, orphan.page.number - 1, signer)
    if before is not None:
        return unsuitable(
            "signature-block-split",
            f"Chức vụ ở trang {before} nhưng họ tên “{signer.name}” ở trang {orphan.page.number}. Hãy để cả khối "
            "chữ ký trên cùng một trang.",
            f"The capacity lines are on page {before}, but the name “{signer.name}” is on page "
            f"{orphan.page.number}. Keep the whole signature block on one "
            "page.",
            clause=SIGNER_CLAUSE,
            where=page_name(orphan.page.number),
        )
    missing, seen = signer.capacity[-1], " / ".join(segment.text for segment in orphan.above[-3:])
    return unsuitable(
        "capacity-line-not-found",
        f"Không thấy dòng chức vụ “{missing}” ngay trên họ tên “{signer.name}” ở trang {orphan.page.number}"
        + (f"; trên họ tên là “{seen}”." if seen else "."),
        f"The capacity line “{missing}” does not stand directly over the name “{signer.name}” on page "
        f"{orphan.page.number}" + (f"; over it stands “{seen}”." if seen else "."),
        clause=SIGNER_CLAUSE,
        where=page_name(orphan.page.number),
    )


def _capacity_page(text: DraftText, number: int, signer: Signer) -> int | None:
    """The page before, if it ends with the signer's capacity lines."""
    if number < 1:
        return None
    wanted = {compact(line) for line in signer.capacity}
    for line in text.page(number).lines[-12:]:
        if any(segment.key in wanted for segment in line.segments):
            return number
    return None


# --- where initials go ----------------------------------------------------------------------------------------


def end_of_text(text: DraftText, blocks: Sequence[Block]) -> tuple[PageText, Rect] | None:
    """The last line of the body before the signature block, on its page or else the page before."""
    number = min(block.page.number for block in blocks)
    top = max(block.top for block in blocks if block.page.number == number)
    page = text.page(number)
    for candidate, limit in ((page, top + 2), (text.page(number - 1) if number > 1 else None, float("-inf"))):
        if candidate is None:
            continue
        for line in reversed(candidate.lines):
            if line.baseline > limit and line.glyphs and not _page_number(line):
                return candidate, _with_dots(line.segments[-1])
    return None


def archive_line(text: DraftText, blocks: Sequence[Block]) -> tuple[PageText, Rect] | None:
    """The line "Lưu: VT" under "Nơi nhận:", on the signature's page or the next (NĐ 30 Phụ lục I, II.9.b)."""
    first = min(block.page.number for block in blocks)
    for number in range(first, min(first + 1, text.count) + 1):
        page = text.page(number)
        for line in page.lines:
            for segment in line.segments:
                key = segment.key.lstrip("-+*•").replace(":", "")
                if key.startswith(("lưuvt", "lưuvănthư")):
                    return page, _with_dots(segment)
    return None


def _with_dots(segment: Segment) -> Rect:
    """Including the full stop at the end, which is no letter here."""
    page, rect = segment.line.page, segment.rect
    size = page.size(segment.glyphs[-1])
    dots = [page.box(dot).x1 for dot in segment.line.fillers if rect.x1 <= dot.x <= rect.x1 + size]
    edge = max(dots, default=rect.x1)
    return rect._replace(x1=max(rect.x1, edge))


def _page_number(line: Line) -> bool:
    return line.key.strip("-").isdigit() and len(line.glyphs) <= 6
