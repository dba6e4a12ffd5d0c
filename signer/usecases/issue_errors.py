"""Why an order to issue is refused or fails, in words; the rules of policies speak for themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from policies.numbering import parse_wanted
from signer.errors import Kind, SignerError
from signer.model import VIETNAM, Document, DocumentState, RegisterEntry
from signer.ports import Transaction
from signer.usecases.events import last_words, moment
from signer.usecases.rules import ruled

_PASSING = frozenset({Kind.UNAVAILABLE, Kind.BUSY, Kind.FORBIDDEN})

ATTEMPT = timedelta(seconds=60)
"""How long an attempt whose process is there is taken to be at work; a second order waits so long."""

ATTEMPT_FILE = timedelta(seconds=1)
"""And longer for each attachment, which the token signs too."""


def passes(error: SignerError) -> bool:
    """Whether repeating the order may help (token away, wrong PIN, somebody else at it); else it needs a person."""
    return error.kind in _PASSING or error.retry_after is not None


@contextmanager
def number_waits(document: Document) -> Iterator[None]:
    """What may pass and is raised inside says too that the number stays, and that the order can be repeated."""
    try:
        yield
    except SignerError as error:
        held = document.numbering
        if not passes(error) or held is None:
            raise
        raise error.reworded(
            f"{error.text.vi} Văn bản vẫn giữ số {held.symbol} ngày {held.date:%d/%m/%Y}: khi ra lệnh ban hành lại, "
            "việc ban hành được hoàn tất với đúng số và ngày này.",
            f"{error.text.en} The document keeps {held.symbol} of {held.date.isoformat()}: repeating the order "
            "finishes it with this number and date.",
        ) from error


def check_not_ended(tx: Transaction, document: Document) -> None:
    """CONFLICT ``already-issued``, ``document-rejected``, ``document-void``, ``document-recalled``: by whom, when."""
    held = document.numbering
    if document.state is DocumentState.ISSUED and held is not None:
        vi, en = last_words(tx, document.id)
        raise SignerError(
            Kind.CONFLICT,
            "already-issued",
            f"Văn bản đã được ban hành với số {held.symbol} ngày {held.date:%d/%m/%Y}.{vi}",
            f"The document was already issued as {held.symbol} on {held.date.isoformat()}.{en}",
            clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
            where="state",
        )
    ended = {
        DocumentState.REJECTED: ("document-rejected", "đã bị từ chối", "was rejected"),
        DocumentState.VOID: ("document-void", "đã bị hủy số", "was voided"),
        DocumentState.RECALLED: ("document-recalled", "đã bị thu hồi", "was recalled"),
    }
    if document.state in ended:
        code, vi, en = ended[document.state]
        who_vi, who_en = last_words(tx, document.id)
        raise SignerError(
            Kind.CONFLICT,
            code,
            f"Văn bản {vi}: {document.reason}.{who_vi}",
            f"The document {en}: {document.reason}.{who_en}",
            where="state",
        )


def check_same_wish(document: Document, day: date | None, number: str | None) -> None:
    """CONFLICT ``number-reserved`` where a repeated order asks for another day or number than the one held."""
    held = document.numbering
    if held is None:
        return
    with ruled(where="number"):
        other_number = number is not None and parse_wanted(number, held.notation) != held.number
    if other_number or (day is not None and day != held.date):
        raise SignerError(
            Kind.CONFLICT,
            "number-reserved",
            f"Văn bản đã giữ số {held.symbol} ngày {held.date:%d/%m/%Y}; số và ngày không đổi được nữa.",
            f"the document holds {held.symbol} of {held.date.isoformat()}; number and date cannot change any more",
            clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
            where="number",
        )


def check_no_attempt(document: Document, now: datetime, under_way: Callable[[Document], bool], order: str = "") -> None:
    """CONFLICT ``issuing-in-progress`` while another order is ``under_way``: whose, since when.

    It may hang in a token that does not answer; so nobody waits for it longer than all its signatures can take. Who
    repeats the very ``order`` that is being carried out, most likely by ``recover``, comes again at once.
    """
    command = document.command
    if command is None or command.under_way_since is None or document.state is not DocumentState.ISSUING:
        return
    left = command.under_way_since + ATTEMPT + len(document.attachments) * ATTEMPT_FILE - now
    if left > timedelta(0) and under_way(document):
        ours, since = order != "" and command.receipt == order, command.under_way_since
        wait = 1 if ours else max(1, round(left.total_seconds()))
        raise SignerError(
            Kind.CONFLICT,
            "issuing-in-progress",
            f"{command.by.name} ({command.by.id}) đã ra lệnh ban hành văn bản này lúc {moment(since)}, việc ban hành "
            f"đang được thực hiện. Sau {wait} giây, nếu vẫn chưa xong, ra lệnh lại sẽ hoàn tất với đúng số đã giữ.",
            f"{command.by.name} ({command.by.id}) ordered this document to be issued at "
            f"{since.astimezone(VIETNAM).isoformat(timespec='seconds')}, and that is under way. If it is not finished "
            f"in {wait} seconds, repeating the order finishes it with the number that is held",
            clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
            where="state",
            retry_after=wait,
        )


def number_held(document: Document) -> SignerError:
    """An order to issue electronically has taken a number already: it is finished or voided, not turned into paper."""
    held = document.numbering
    symbol = held.symbol if held else ""
    return SignerError(
        Kind.CONFLICT,
        "number-reserved",
        f"Văn bản đã giữ số {symbol} theo lệnh ban hành điện tử: hãy hoàn tất lệnh đó hoặc hủy số.",
        f"the document holds {symbol} by an order to issue it electronically: finish that order, or void the number",
        clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
        where="state",
    )


def changed_meanwhile(tx: Transaction, document: Document) -> SignerError:
    """The document is no longer what was checked."""
    vi, en = last_words(tx, document.id)
    return SignerError(
        Kind.CONFLICT,
        "changed-meanwhile",
        f"Văn bản vừa được người khác thay đổi; hãy xem lại.{vi}",
        f"The document was changed meanwhile; look at it again.{en}",
        where="state",
    )


def no_clerk_key(agency: str) -> SignerError:
    """The policy wants the clerk's own signature and it is not clear whose."""
    return SignerError(
        Kind.FORBIDDEN,
        "no-clerk-key",
        f"Cơ quan {agency} yêu cầu văn thư ký số khi cấp số, nhưng người ra lệnh không có khóa văn thư.",
        f"{agency} wants the clerk's own signature on number and date; who gave the order has no clerk's key",
        clause="NĐ 30/2020/NĐ-CP, Điều 32 khoản 2 điểm c",
        where="actor",
    )


def present(row: RegisterEntry | None) -> RegisterEntry:
    """The row that was reserved; INTERNAL ``register-row-missing`` if the store has lost it."""
    if row is None:
        raise SignerError(
            Kind.INTERNAL,
            "register-row-missing",
            "Mất dòng đăng ký của văn bản.",
            "the register row of the document is gone",
        )
    return row


def unexpected(error: Exception) -> SignerError:
    """Any other failure, without its text: that may hold what must not be stored."""
    name = type(error).__name__
    return SignerError(
        Kind.INTERNAL,
        "internal-error",
        f"Lỗi nội bộ ({name}); cần người có trách nhiệm xem xét.",
        f"internal error ({name}); a person must look at it",
    )
