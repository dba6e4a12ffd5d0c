"""What an inspection can find, in words: the code is stable and for machines, the rest is for whoever looks after it.

The words in braces are filled in where it is found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from policies.model import Severity, Text

_RESTORE = Text(
    "Dừng dịch vụ, giữ nguyên hiện trạng, khôi phục từ bản sao lưu gần nhất vào kho mới rồi đối chiếu.",
    "Stop the service, keep all as it is, restore the last backup into a new store and compare.",
)
_PERSON = Text(
    "Không sửa tay trong cơ sở dữ liệu: lập biên bản, đối chiếu văn bản với sổ và hỏi nhà cung cấp.",
    "Do not mend the database by hand: put it on record, compare document and register, ask the maintainers.",
)
_REPAIR = Text("Chạy antin check --repair để dọn.", "antin check --repair clears it away.")
_GAPLESS = "NĐ 30/2020/NĐ-CP, Điều 15 khoản 1"
_REGISTER = "NĐ 30/2020/NĐ-CP, Điều 15, Phụ lục IV"


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """One thing that is found. ``where`` is a document's id, a row ("series/period/number"), a digest or a table."""

    code: str
    severity: Severity
    message: Text
    remedy: Text
    clause: str = ""
    where: str = ""
    repaired: bool = False

    def as_dict(self) -> dict[str, object]:
        """The form in which it leaves the house."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "where": self.where,
            "clause": self.clause,
            "message": self.message.as_dict(),
            "remedy": self.remedy.as_dict(),
            "repaired": self.repaired,
        }

    def mended(self) -> Inconsistency:
        """The same, repaired."""
        return replace(self, repaired=True)


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO

WORDS: Mapping[str, tuple[Severity, str, str, str, Text]] = {
    # --- the database itself
    "database-damaged": (_E, "", "Cơ sở dữ liệu báo hỏng: {what}.", "The database reports damage: {what}.", _RESTORE),
    "reference-broken": (
        _E,
        "",
        "{count} dòng của bảng “{table}” trỏ tới dòng không có trong bảng “{other}”.",
        "{count} rows of “{table}” refer to what is not in “{other}”.",
        _RESTORE,
    ),
    "row-without-document": (
        _E,
        _REGISTER,
        "{count} dòng trong sổ đăng ký không có văn bản.",
        "{count} rows of the register have no document.",
        _RESTORE,
    ),
    # --- numbers
    "number-gap": (
        _E,
        _GAPLESS,
        "Dãy số {series}, kỳ {period}: thiếu số {missing}; không có dòng nào trong sổ cho số này.",
        "Series {series}, period {period}: {missing} is missing; no row of the register has it.",
        _PERSON,
    ),
    "date-goes-back": (
        _E,
        _GAPLESS,
        "{symbol} ghi ngày {day}, trước ngày {before} của số đứng trước nó ({earlier}).",
        "{symbol} bears {day}, before {before} of the number in front of it ({earlier}).",
        _PERSON,
    ),
    "symbol-doubled": (
        _E,
        _GAPLESS,
        "Số, ký hiệu “{symbol}” của {agency} có {count} lần trong năm {year}.",
        "“{symbol}” of {agency} stands {count} times in {year}.",
        _PERSON,
    ),
    "number-waiting": (
        _I,
        "",
        "Số {symbol} đang chờ ban hành xong ({state}), do {who} ra lệnh, từ {since}: {reason}",
        "{symbol} is being finished ({state}), ordered by {who}, since {since}: {reason}",
        Text(
            "Văn thư lặp lại lệnh phát hành, hoặc hủy số; dịch vụ tự làm tiếp khi khởi động lại.",
            "The clerk repeats the order or voids the number; the service finishes it at its next start.",
        ),
    ),
    "waiting-without-order": (
        _E,
        "",
        "Văn bản giữ số {symbol} ở trạng thái {state} nhưng không ghi ai ra lệnh phát hành.",
        "The document holds {symbol} and is {state}, but nobody is on record who ordered it.",
        _PERSON,
    ),
    "void-without-reason": (
        _E,
        _GAPLESS,
        "Số {symbol} đã hủy nhưng không ghi lý do.",
        "{symbol} is void and no reason is on record.",
        _PERSON,
    ),
    # --- document and row
    "issued-without-row": (
        _E,
        _REGISTER,
        "Văn bản ở trạng thái {state} nhưng không có dòng trong sổ đăng ký.",
        "The document is {state} and has no row in the register.",
        _RESTORE,
    ),
    "row-unexpected": (
        _E,
        _REGISTER,
        "Văn bản ở trạng thái {state} không được có số, nhưng sổ ghi số {symbol}.",
        "A document that is {state} may hold no number; the register has {symbol}.",
        _PERSON,
    ),
    "row-state-differs": (
        _E,
        _REGISTER,
        "Văn bản ở trạng thái {state} nhưng dòng {symbol} trong sổ ghi “{row}”.",
        "The document is {state}, its row {symbol} says “{row}”.",
        _PERSON,
    ),
    "row-document-differs": (
        _E,
        _REGISTER,
        "Dòng {symbol} và văn bản của nó ghi khác nhau: {what}.",
        "The row {symbol} and its document differ: {what}.",
        _PERSON,
    ),
    "row-text-differs": (
        _E,
        _REGISTER,
        "Dòng {symbol} tự mâu thuẫn: {what}.",
        "The row {symbol} contradicts itself: {what}.",
        _PERSON,
    ),
    # --- files and acts
    "file-missing": (
        _E,
        "",
        "Văn bản điện tử ở trạng thái {state} không có tệp nào.",
        "The electronic document is {state} and has no file.",
        _RESTORE,
    ),
    "signature-missing": (
        _E,
        "",
        "Văn bản đã ban hành nhưng tệp {file} không có chữ ký của cơ quan trong hồ sơ ký.",
        "The document is issued and file {file} has no signature of the agency on record.",
        _RESTORE,
    ),
    "signature-unexpected": (
        _E,
        "",
        "Văn bản ở trạng thái {state} nhưng tệp {file} đã có chữ ký của cơ quan trong hồ sơ ký.",
        "The document is {state}, and yet file {file} has a signature of the agency on record.",
        _PERSON,
    ),
    "acts-broken": (
        _E,
        "",
        "Chuỗi chữ ký của tệp {file} đứt ở chữ ký thứ {ordinal}: {what}.",
        "The chain of signatures on file {file} breaks at act {ordinal}: {what}.",
        _RESTORE,
    ),
    "revision-not-listed": (
        _E,
        "",
        "Phiên bản mới nhất của tệp {file} không có trong danh sách phiên bản.",
        "The newest revision of file {file} is not in the list of its revisions.",
        _RESTORE,
    ),
    "plan-unreadable": (
        _E,
        "",
        "Kế hoạch ký của tệp {file} không đọc được; tệp này không ký tiếp được nữa.",
        "The signing plan of file {file} cannot be read; nothing more can be signed on it.",
        _RESTORE,
    ),
    "blob-missing": (
        _E,
        "",
        "Tệp {sha256} của văn bản (tệp {file}) không có trong kho.",
        "The blob {sha256} of the document (file {file}) is not in the store.",
        Text(
            "Chép lại tệp này từ bản sao lưu (tên tệp là mã băm), rồi kiểm tra lại.",
            "Copy this blob back from a backup (it is named by its digest), then check again.",
        ),
    ),
    "blob-changed": (
        _E,
        "",
        "Tệp {sha256} của văn bản (tệp {file}) không còn khớp mã băm.",
        "The blob {sha256} of the document (file {file}) has not its digest any more.",
        Text(
            "Kiểm tra ổ đĩa; chép lại tệp này từ bản sao lưu, rồi kiểm tra lại.",
            "Look after the disk; copy this blob back from a backup, then check again.",
        ),
    ),
    "blob-base-broken": (
        _E,
        "",
        "Tệp {sha256} của văn bản (tệp {file}) là bản nối tiếp của tệp {base}, mà tệp đó thiếu hoặc đã hỏng.",
        "The blob {sha256} of the document (file {file}) continues the blob {base}, which is missing or has rotted.",
        Text(
            "Chép lại tệp đó từ bản sao lưu, rồi kiểm tra lại: mọi bản nối tiếp nó sẽ đọc được.",
            "Copy that blob back from a backup, then check again: all that continue it can be read then.",
        ),
    ),
    "blob-length-differs": (
        _E,
        "",
        "Tệp {file} dài {size} byte nhưng kế hoạch ký ghi {planned} byte.",
        "File {file} has {size} bytes, its signing plan says {planned}.",
        _RESTORE,
    ),
    "blob-not-sealed": (
        _E,
        "",
        "Chữ ký cuối cùng trong tệp {file} không bao trùm đến hết tệp.",
        "The last signature in file {file} does not reach its end.",
        Text(
            "Kiểm tra tệp bằng antin verify; so với bản đã gửi và bản sao lưu.",
            "Judge the file with antin verify; compare with what was sent and with the backup.",
        ),
    ),
    "blob-unnamed": (
        _I,
        "",
        "Tệp {sha256} ({size} byte, từ {since}) không thuộc văn bản nào: một lần ký dở dang để lại, vô hại.",
        "No document names the blob {sha256} ({size} bytes, since {since}): left by a broken attempt, harmless.",
        _REPAIR,
    ),
    "incoming-left": (
        _I,
        "",
        "Tệp ghi dở “{name}” ({size} byte, từ {since}) còn trong kho, vô hại.",
        "The unfinished file “{name}” ({size} bytes, since {since}) lies in the store, harmless.",
        Text("Dịch vụ tự xóa ở lần khởi động sau.", "The service removes it at its next start."),
    ),
    "requests-left": (
        _I,
        "",
        "{count} yêu cầu có Idempotency-Key bị bỏ dở hơn một ngày, vô hại.",
        "{count} requests with an Idempotency-Key were left unfinished for more than a day, harmless.",
        _REPAIR,
    ),
    # --- deep
    "file-fails": (
        _E,
        "",
        "Kiểm tra chữ ký số của tệp {file}: {verdict} ({codes}).",
        "Judging file {file}: {verdict} ({codes}).",
        Text(
            "Xem báo cáo đầy đủ bằng antin verify; so với bản đã gửi và bản sao lưu.",
            "Read the whole report of antin verify; compare with what was sent and with the backup.",
        ),
    ),
    "file-undecided": (
        _W,
        "",
        "Chưa kết luận được về tệp {file}: {verdict} ({codes}).",
        "File {file} cannot be decided: {verdict} ({codes}).",
        Text(
            "Cập nhật CRL, OCSP và chứng thư gốc, rồi chạy lại.",
            "Bring CRL, OCSP and roots up to date, then run again.",
        ),
    ),
    "file-number-differs": (
        _E,
        _REGISTER,
        "Tệp ghi số {number}, ngày {day}; sổ đăng ký ghi {symbol}, ngày {row_day}.",
        "The file says {number} of {day}, the register {symbol} of {row_day}.",
        _PERSON,
    ),
}
"""By code: weight, clause, what is wrong in Vietnamese and English, what to do. Every one is provoked in a test."""


def found(code: str, where: str = "", **said: object) -> Inconsistency:
    """A finding in words."""
    severity, clause, vi, en, remedy = WORDS[code]
    told = {name: str(value) for name, value in said.items()}
    return Inconsistency(code, severity, Text(vi.format(**told), en.format(**told)), remedy, clause, where)
