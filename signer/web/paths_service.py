"""What judges, what is followed, and the service itself, as they are described."""

from __future__ import annotations

from signer.usecases.look import MAX_PAGE
from signer.web import tsa
from signer.web.operations import BINARY, Paths, Told, form, paged, query, read, ready, tagged
from signer.web.pages import USUAL
from signer.web.replies import JSON
from signer.web.shapes import ref, text


def paths() -> Paths:
    """All of them, by path."""
    return tagged("documents", _events()) | tagged("judgement", _judgement()) | tagged("service", _service())


def _events() -> Paths:
    return {
        "/v1/events": {
            "get": read(
                "events",
                Told(
                    "Sự kiện của văn bản / What happened to documents",
                    "Theo thứ tự đã ghi. Lần sau gửi `after` bằng `next` vừa nhận: không sót và không lặp sự "
                    "kiện nào, kể "
                    "cả khi dừng giữa chừng hoặc nhiều nơi đang ghi. Hết thì hỏi lại sau vài giây; không có chờ dài.",
                    "In the order in which it became durable. Send the last `next` as `after`: nothing is missed and "
                    "nothing comes twice, wherever the reader stopped and whoever writes meanwhile. At the "
                    "end ask again "
                    "after a few seconds; there is no long poll.",
                ),
                {JSON: ref("Events")},
                paged(MAX_PAGE, USUAL, text(pattern="^[0-9]{0,19}$")),
                headers=["Link"],
            )
        }
    }


def _judgement() -> Paths:
    return {
        "/v1/documents/check": {
            "post": read(
                "check",
                Told(
                    "Kiểm tra dự thảo, không lưu gì / Check a draft; nothing is kept",
                    "Mọi điều sẽ bị từ chối hoặc lưu ý khi gửi chính dự thảo và các tệp kèm theo này.",
                    "All that would be refused or remarked if this very draft and its attachments were sent in.",
                ),
                {JSON: ref("CheckReport"), "text/html": text("trang cho người soạn thảo / the drafter's page")},
                [query("format", {"type": "string", "enum": ["json", "html"], "default": "json"})],
                form("Metadata", attachments=True),
            )
        },
        "/v1/verify": {
            "post": read(
                "verify",
                Told(
                    "Kiểm tra chữ ký / Verify",
                    "Gửi tệp đã ký (và các tệp kèm theo); trả về báo cáo theo ETSI EN 319 102-1, dù kết quả "
                    "thế nào. Không "
                    "lưu gì.",
                    "Send what was signed (and its attachments); the answer is a report, whatever the "
                    "verdict. Nothing is "
                    "kept.",
                ),
                {JSON: ref("Report")},
                body=form(attachments=True, bare=True),
            ),
        },
    }


def _service() -> Paths:
    return {
        "/healthz": {
            "get": read("healthz", Told("Tiến trình còn sống / Alive", "Chỉ vậy.", "No more."), {JSON: ref("Alive")})
        },
        "/readyz": {
            "get": ready(
                "readyz",
                Told(
                    "Sẵn sàng / Ready",
                    "Kho lưu trữ trả lời được. Khóa của quản trị viên thấy thêm từng thiết bị và đồng hồ.",
                    "The store answers. An operator's key is told of every token and of the clock, too.",
                ),
                ref("Ready"),
            )
        },
        tsa.PATH: {
            "post": read(
                "tsa",
                Told(
                    "Cấp dấu thời gian / Time-stamp (RFC 3161)",
                    "Có khi cấu hình có `[tsa]`, nếu không 404. TimeStampReq nhận TimeStampResp, kể cả khi bị từ chối "
                    "(PKIFailureInfo), luôn với mã 200. Giới hạn riêng, `[tsa]` rate.",
                    "There where the settings have `[tsa]`, else 404. A TimeStampReq gets a TimeStampResp, also a "
                    "refusal (PKIFailureInfo), always with status 200. Limited by `[tsa]` rate.",
                ),
                {tsa.REPLY: BINARY},
                body={"required": True, "content": {tsa.QUERY: {"schema": BINARY}}},
            )
        },
        "/metrics": {
            "get": read(
                "metrics", Told("Số liệu / Metrics", "Dạng Prometheus.", "Prometheus text."), {"text/plain": text()}
            )
        },
        "/openapi.json": {
            "get": read(
                "openapi",
                Told("Tài liệu này / This document", "OpenAPI 3.1.", "OpenAPI 3.1."),
                {JSON: {"type": "object"}},
            )
        },
    }
