"""What a draft must satisfy before it may be prepared, and what it ought to."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policies.model import Finding, Refused, Ruleset
from policies.speech import error, info, settle, warning
from policies.text import fold


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """What was seen on a draft; millimetres, points and text, no PDF. Unknown is None.

    ``margins_mm`` is (top, right, bottom, left) of the text on pages that have text. ``capacity_found`` has,
    for each signer, whether each capacity line stands over the name. ``notation`` is the printed text behind
    the slash of the number line. ``attachments_named`` are the phrases that speak of separate attachments,
    ``attachments_sent`` how many files came along. ``secret_mark`` is the mark as printed (MẬT, TỐI MẬT,
    TUYỆT MẬT) or "", ``secret_doubt`` what may be one and is not written as the law has it ("Mật"). ``signers``
    are the names and capacity lines that ``capacity_found`` speaks of. ``notation`` is None where nobody could look.
    """

    pages: int
    page_size_mm: tuple[float, float] | None
    margins_mm: tuple[float, float, float, float] | None
    number_size: float | None
    date_size: float | None
    body_size: float | None
    notation: str | None
    printed_month: int | None
    printed_year: int | None
    capacity_found: tuple[tuple[bool, ...], ...]
    motto_found: bool
    attachments_named: tuple[str, ...]
    attachments_sent: int
    secret_mark: str
    scanned: bool
    legacy_fonts: tuple[str, ...]
    fonts_not_embedded: tuple[str, ...] = ()
    secret_doubt: str = ""
    signers: tuple[tuple[str, tuple[str, ...]], ...] = ()


def form(
    rules: Ruleset,
    facts: DraftFacts,
    *,
    notation: str,
    year: int | None = None,
    month: int | None = None,
    earliest: tuple[int, int] | None = None,
    places_given: bool = False,
) -> tuple[Finding, ...]:
    """What there is to say of a draft's form; it may not be prepared if an error is among it (``speech.settle``).

    ``notation`` is the one asked for; ``year`` and ``month`` are today's, in Viet Nam (None: not compared);
    ``earliest`` is year and month of the first day that may still be given (None: today's);
    ``places_given``: the caller says where to write, so a scan need not be read. Errors are: a secret mark,
    another notation in print, a scan whose places nobody gives, old fonts that are no Unicode, a printed month
    or year that is over.
    """
    return (
        *_secrecy(rules, facts),
        *_text(rules, facts, places_given),
        *_notation(rules, facts, notation),
        *_page(rules, facts),
        *_sizes(rules, facts),
        *_block(rules, facts),
        *_attachments(rules, facts),
        *_printed_day(rules, facts, year, month, earliest),
    )


def judge_package(
    rules: Ruleset,
    *,
    main: str,
    files: Sequence[tuple[str, str]],
    declared: Sequence[str] | None,
    size: int,
    exchange_mb: int,
) -> tuple[Finding, ...]:
    """Whether the files that came along are those that belong to the document, each once; remarks if so.

    ``main`` is the draft's digest, ``files`` name and digest of each attachment, ``declared`` the names that the
    metadata list (None: they list none), ``size`` the bytes of all, ``exchange_mb`` above how many receivers refuse.
    """
    return settle([*_declared(rules, files, declared), *_equal(rules, main, files), *_size(size, exchange_mb)])


def _declared(rules: Ruleset, files: Sequence[tuple[str, str]], declared: Sequence[str] | None) -> Iterator[Finding]:
    if declared is None:
        return
    came, said = Counter(name for name, _ in files), Counter(declared)
    for name in (said - came).elements():
        yield error(
            "attachment-missing",
            f"Thiếu tệp kèm theo “{name}” đã khai báo.",
            f"The attachment “{name}”, which is declared, did not come along.",
            rules.acceptance.complete,
        )
    for name in (came - said).elements():
        yield error(
            "attachment-undeclared",
            f"Tệp kèm theo “{name}” không có trong danh sách đã khai báo.",
            f"The attachment “{name}” is not among those declared.",
            rules.acceptance.complete,
        )


def _equal(rules: Ruleset, main: str, files: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    seen = {main: ""}
    for name, digest in files:
        first = seen.get(digest)
        if first is None:
            seen[digest] = name
            continue
        vi, en = (f"tệp “{first}”", f"“{first}”") if first else ("văn bản chính", "the document itself")
        yield error(
            "attachments-equal",
            f"Tệp kèm theo “{name}” giống hệt {vi}: hãy kiểm tra, có thể thiếu một tệp khác.",
            f"The attachment “{name}” equals {en}: another file may be missing.",
            rules.acceptance.attachments,
        )


def _size(size: int, exchange_mb: int) -> Iterator[Finding]:
    if size > exchange_mb * 1_000_000:
        yield warning(
            "too-big-for-exchange",
            f"Văn bản và các tệp kèm theo lớn {size / 1e6:.1f} MB, quá {exchange_mb} MB: hệ thống của nơi nhận có thể "
            "từ chối. Hãy giảm dung lượng hoặc tách tệp.",
            f"Document and attachments have {size / 1e6:.1f} MB, more than {exchange_mb} MB: receivers' systems may "
            "refuse them. Make them smaller.",
        )


def check_secrecy(rules: Ruleset, mark: str) -> None:
    """Refused (``secret-mark``) where ``mark`` is one; asked first, before anything else is said of a draft."""
    if mark:
        raise Refused([_secret(rules, mark)])


def doubtful_secrecy(rules: Ruleset, line: str) -> Finding:
    """The remark on a ``line`` that may be a mark of secrecy and is not written as the law has it ("Mật")."""
    return warning(
        "secret-mark-doubtful",
        f"Dòng “{line}” giống dấu chỉ độ mật: hãy kiểm tra; văn bản mật không được tạo, ký, gửi trên hệ thống này.",
        f"The line “{line}” looks like a mark of secrecy: please check; this service must not handle state secrets.",
        rules.acceptance.secret_marks,
    )


def _secret(rules: Ruleset, mark: str) -> Finding:
    return error(
        "secret-mark",
        f"Văn bản có dấu chỉ độ mật “{mark}”: không được tạo, ký, gửi trên hệ thống này.",
        f"The document is marked “{mark}” (state secret): this service must not handle it.",
        rules.acceptance.secret_marks,
    )


def _secrecy(rules: Ruleset, facts: DraftFacts) -> Iterator[Finding]:
    if facts.secret_mark:
        yield _secret(rules, facts.secret_mark)
    elif facts.secret_doubt:
        yield doubtful_secrecy(rules, facts.secret_doubt)


def _text(rules: Ruleset, facts: DraftFacts, places_given: bool) -> Iterator[Finding]:
    if facts.legacy_fonts:
        names = ", ".join(facts.legacy_fonts)
        yield error(
            "legacy-fonts",
            f"Văn bản dùng phông chữ cũ không theo Unicode ({names}); hãy chuyển sang "
            f"Times New Roman, bộ mã Unicode TCVN 6909:2001, rồi tạo lại PDF.",
            f"The draft uses old fonts that are no Unicode ({names}); convert it to Times New Roman, "
            f"Unicode TCVN 6909:2001, and make the PDF anew.",
            rules.acceptance.unicode_text,
        )
    rule = rules.acceptance.searchable_text
    if facts.scanned and rule.value:
        vi, en = "Văn bản là ảnh quét, không có chữ đọc được", "The draft is a scan without text"
        if places_given:
            yield warning(
                "scanned",
                f"{vi}; dùng các vị trí do yêu cầu cung cấp, không kiểm tra được thể thức.",
                f"{en}; the places given are used, and its form cannot be checked.",
                rule,
            )
        else:
            yield error(
                "scanned",
                f"{vi}: hãy gửi bản PDF tạo từ phần mềm soạn thảo, hoặc chỉ rõ các vị trí cần ghi (places).",
                f"{en}: send the PDF that the word processor makes, or say where to write (places).",
                rule,
            )
    if facts.fonts_not_embedded and rules.acceptance.fonts_embedded.value:
        names = ", ".join(facts.fonts_not_embedded)
        yield warning(
            "fonts-not-embedded",
            f"Phông chữ không được nhúng vào tệp ({names}): máy khác có thể hiển thị khác.",
            f"Fonts are not embedded ({names}): other machines may show other letters.",
            rules.acceptance.fonts_embedded,
        )


def _notation(rules: Ruleset, facts: DraftFacts, notation: str) -> Iterator[Finding]:
    rule = rules.acceptance.notation_as_asked
    if facts.scanned or facts.notation is None:
        return
    if not facts.notation:
        yield warning(
            "notation-not-found",
            f"Không tìm thấy ký hiệu “{notation}” sau dấu “/” của dòng “Số:” trên văn bản.",
            f"The notation “{notation}” was not found behind the slash of the number line.",
            rule,
        )
    elif fold(facts.notation) != fold(notation):
        yield error(
            "notation-differs",
            f"Ký hiệu in trên văn bản là “{facts.notation}”, khác ký hiệu được yêu cầu “{notation}”.",
            f"The document prints the notation “{facts.notation}”, “{notation}” was asked for.",
            rule,
        )
    elif _bare(facts.notation) != _bare(notation):
        yield warning(
            "notation-spelling",
            f"Ký hiệu in trên văn bản “{facts.notation}” chỉ giống “{notation}” "
            f"về hình thức: khác chữ hoa/thường hoặc có ký tự không phải chữ Việt.",
            f"The printed notation “{facts.notation}” only looks like “{notation}”: case, or letters "
            f"of another script, differ.",
            rule,
        )


def _page(rules: Ruleset, facts: DraftFacts) -> Iterator[Finding]:
    form = rules.acceptance
    if facts.page_size_mm is not None:
        wide, high = form.page_mm.value
        w, h = facts.page_size_mm
        if max(abs(w - wide), abs(h - high)) > form.page_tolerance_mm.value:
            yield warning(
                "page-size",
                f"Khổ giấy {w:.0f} × {h:.0f} mm, không phải A4 đứng ({wide:.0f} × {high:.0f} mm).",
                f"The paper is {w:.0f} × {h:.0f} mm, not A4 upright ({wide:.0f} × {high:.0f} mm).",
                form.page_mm,
            )
    if facts.margins_mm is None:
        return
    slack = form.margin_tolerance_mm.value
    top, right, bottom, left = facts.margins_mm
    # Text may end before the edge of its area, so wide margins say nothing, but on the left where lines begin.
    for vi, en, measured, rule, most in (
        ("trên", "top", top, form.margin_top_bottom_mm, False),
        ("dưới", "bottom", bottom, form.margin_top_bottom_mm, False),
        ("trái", "left", left, form.margin_left_mm, True),
        ("phải", "right", right, form.margin_right_mm, False),
    ):
        low, high = rule.value
        if measured < low - slack or (most and measured > high + slack):
            yield warning(
                f"margin-{en}",
                f"Lề {vi} {measured:.0f} mm, quy định {low:.0f}–{high:.0f} mm.",
                f"The {en} margin is {measured:.0f} mm; {low:.0f} to {high:.0f} mm are prescribed.",
                rule,
            )


def _sizes(rules: Ruleset, facts: DraftFacts) -> Iterator[Finding]:
    form = rules.acceptance
    for code, vi, en, size, rule in (
        ("number-size", "số, ký hiệu", "number line", facts.number_size, form.number_size),
        ("date-size", "địa danh và thời gian ban hành", "date line", facts.date_size, form.date_size),
        ("body-size", "nội dung", "body", facts.body_size, form.body_size),
    ):
        low, high = rule.value
        if size is not None and not low - form.size_tolerance.value <= size <= high + form.size_tolerance.value:
            wanted = f"{low:g}" if low == high else f"{low:g}–{high:g}"
            yield warning(
                code,
                f"Cỡ chữ {vi} là {size:.1f}, quy định {wanted}.",
                f"The {en} is set in {size:.1f} points; {wanted} is prescribed.",
                rule,
            )


def _block(rules: Ruleset, facts: DraftFacts) -> Iterator[Finding]:
    if facts.scanned:
        return
    form = rules.acceptance
    if form.motto.value and not facts.motto_found:
        yield warning(
            "motto-not-found",
            "Không tìm thấy Quốc hiệu, Tiêu ngữ ở trang đầu.",
            "The country's name and motto were not found on page 1.",
            form.motto,
        )
    for signer, lines in enumerate(facts.capacity_found, start=1):
        for line, found in enumerate(lines, start=1):
            if not found and form.capacity_lines.value:
                yield _no_capacity(rules, facts, signer, line)


def _no_capacity(rules: Ruleset, facts: DraftFacts, signer: int, line: int) -> Finding:
    """Lines and signers are counted from 1; their words come from ``facts.signers`` where they are known."""
    vi, en = f"quyền hạn, chức vụ thứ {line}", f"Capacity line {line}"
    of_vi, of_en = f"thứ {signer}", f"of signer {signer}"
    if signer <= len(facts.signers):
        name, lines = facts.signers[signer - 1]
        vi, en = f"“{lines[line - 1]}”", f"The line “{lines[line - 1]}”"
        of_vi, of_en = f"“{name}”", f"of the signer “{name}”"
    return warning(
        "capacity-not-found",
        f"Không thấy dòng {vi} phía trên họ tên người ký {of_vi}.",
        f"{en} does not stand over the name {of_en}.",
        rules.acceptance.capacity_lines,
    )


def _attachments(rules: Ruleset, facts: DraftFacts) -> Iterator[Finding]:
    rule, named, sent = rules.acceptance.attachments, facts.attachments_named, facts.attachments_sent
    if not rule.value or facts.scanned:
        return
    if named and not sent:
        yield warning(
            "attachments-not-sent",
            f"Văn bản nói đến tài liệu kèm theo (“{named[0]}”) nhưng không có tệp nào được gửi kèm.",
            f"The document speaks of attachments (“{named[0]}”), but no file came with it.",
            rule,
        )
    elif sent and not named:
        yield warning(
            "attachments-not-named",
            f"Có {sent} tệp gửi kèm nhưng văn bản không nói đến tài liệu kèm theo.",
            f"{sent} file(s) came along, but the document speaks of no attachment.",
            rule,
        )


def _printed_day(
    rules: Ruleset, facts: DraftFacts, year: int | None, month: int | None, earliest: tuple[int, int] | None
) -> Iterator[Finding]:
    rule = rules.numbering.dated_on_issue
    if year is not None and month is not None:
        first = earliest or (year, month)
        # What is left blank will be written on the day of issue, so it is taken as late as it can be.
        last = (facts.printed_year or year, facts.printed_month or 12)
        if last < first:
            shown = f"{last[1]}/{last[0]}" if facts.printed_month else str(last[0])
            yield error(
                "printed-date-over",
                f"Dự thảo đã in sẵn thời gian {shown}, nay đã qua nên không thể ban hành được nữa. "
                "Hãy sửa dự thảo rồi gửi lại.",
                f"The draft prints {shown}, which is over: it can no longer be issued. Correct it and send it again.",
                rule,
            )
            return
    if facts.printed_year is not None and year is not None and facts.printed_year != year:
        yield warning(
            "printed-year",
            f"Dự thảo đã in sẵn năm {facts.printed_year} nên không thể ban hành trong năm {year}.",
            f"The year {facts.printed_year} is printed: the document cannot be issued in {year}.",
            rule,
        )
    if facts.printed_month is not None:
        say = warning if month is not None and facts.printed_month != month else info
        yield say(
            "printed-month",
            f"Dự thảo đã in sẵn tháng {facts.printed_month} nên chỉ ban hành được trong tháng đó.",
            f"The month {facts.printed_month} is printed: the document can be issued in that month only.",
            rule,
        )


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFC", text).split())
