"""Files that come in: the multipart form of a new document, and the PDF to be verified."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.datastructures import FileStorage

from signer.errors import Kind, SignerError
from signer.model import Metadata
from signer.usecases.prepare import check_attachment
from signer.web import wire
from signer.web.strict import MAX_JSON, malformed, read_json

PDF = "application/pdf"
_PARTS = frozenset({"file", "metadata", "attachment"})


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A new document as sent; ``attachments`` is how many separate files came along."""

    draft: bytes
    metadata: Metadata
    attachments: int


def new_document(max_file: int, max_attachments: int) -> NewDocument:
    """Read ``POST /v1/documents``. ``metadata`` may be a field or a file of its own."""
    if request.mimetype != "multipart/form-data":
        raise SignerError(
            Kind.UNSUPPORTED,
            "multipart-needed",
            "Nội dung phải là multipart/form-data.",
            "the body must be multipart/form-data",
            where="Content-Type",
        )
    names = [*request.form.keys(), *request.files.keys()]
    if strange := sorted(set(names) - _PARTS):
        raise malformed(strange[0][:60], "Phần này không được biết đến.", "unknown part")
    metadata = wire.metadata(read_json(_metadata_part(), "metadata"))
    draft = _content(_single("file"), max_file, "file")
    attachments = request.files.getlist("attachment")
    if len(attachments) > max_attachments:
        raise SignerError(
            Kind.TOO_LARGE,
            "too-many-attachments",
            f"Quá {max_attachments} tệp kèm theo.",
            f"more than {max_attachments} attachments",
            where="attachment",
        )
    for index, part in enumerate(attachments):
        check_attachment(_content(part, max_file, f"attachment[{index}]"), f"attachment[{index}]")
    return NewDocument(draft, metadata, len(attachments))


def pdf_body(max_file: int) -> bytes:
    """Read ``POST /v1/verify``: the PDF as the body, or as the part ``file`` of a form."""
    if request.mimetype == "multipart/form-data":
        return _content(_single("file"), max_file, "file")
    if request.mimetype != PDF:
        raise SignerError(
            Kind.UNSUPPORTED,
            "pdf-needed",
            "Nội dung phải là application/pdf hoặc multipart/form-data có phần “file”.",
            "the body must be application/pdf, or multipart/form-data with a part “file”",
            where="Content-Type",
        )
    data = request.get_data(cache=False)
    if len(data) > max_file:
        raise _too_large(max_file, "body")
    return data


def _metadata_part() -> bytes:
    fields, files = request.form.getlist("metadata"), request.files.getlist("metadata")
    if len(fields) + len(files) != 1:
        raise malformed("metadata", "Cần đúng một phần “metadata”.", "exactly one part “metadata” is needed")
    return fields[0].encode() if fields else files[0].stream.read(MAX_JSON + 1)


def _single(name: str) -> FileStorage:
    parts = request.files.getlist(name)
    if len(parts) != 1 or name in request.form:
        raise malformed(name, f"Cần đúng một tệp “{name}”.", f"exactly one file “{name}” is needed")
    return parts[0]


def _content(part: FileStorage, max_file: int, where: str) -> bytes:
    data = part.stream.read(max_file + 1)
    if len(data) > max_file:
        raise _too_large(max_file, where)
    return data


def _too_large(max_file: int, where: str) -> SignerError:
    megabytes = max_file // (1024 * 1024)
    return SignerError(
        Kind.TOO_LARGE,
        "file-too-large",
        f"Tệp lớn hơn {megabytes} MB ({where}).",
        f"the file is larger than {megabytes} MB ({where})",
        where=where,
    )
