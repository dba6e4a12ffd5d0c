"""Files that come in: the multipart forms of new documents and copies, and what is to be verified."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.datastructures import FileStorage

from signer.errors import Kind, SignerError
from signer.model import Content, Metadata
from signer.usecases.examine import SentFile
from signer.usecases.metadata import file_name
from signer.web import uploads, wire, wire_registers
from signer.web.strict import MAX_JSON, malformed, read_json
from signer.web.wire import ActorSaid
from signer.web.wire_registers import CopyRequest

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document as sent, with the files of its own that belong to it."""

    draft: Content
    metadata: Metadata
    attachments: tuple[SentFile, ...]
    actor: ActorSaid | None


@dataclass(frozen=True, slots=True)
class NewCopy:
    """A scan as sent, and what it is to become."""

    scan: Content
    request: CopyRequest


def new_document(max_attachments: int) -> NewDocument:
    """Read ``POST /v1/documents`` and ``…/check``. ``metadata`` may be a field or a file of its own."""
    _check_parts("file", "metadata", "attachment")
    _check_count(max_attachments)
    said = wire.draft_request(read_json(_metadata_part(), "metadata"))
    draft = _content(_single("file"), "file")
    return NewDocument(draft, said.metadata, _attachments(), said.actor)


def new_copy() -> NewCopy:
    """Read ``POST /v1/copies``."""
    _check_parts("file", "metadata")
    asked = wire_registers.copy_request(read_json(_metadata_part(), "metadata"))
    return NewCopy(_content(_single("file"), "file"), asked)


def package_body(max_attachments: int) -> tuple[Content, tuple[SentFile, ...]]:
    """Read ``POST /v1/verify``: the PDF as the body, or as the part ``file`` of a form with its attachments."""
    if request.mimetype == "multipart/form-data":
        _check_parts("file", "attachment")
        _check_count(max_attachments)
        return _content(_single("file"), "file"), _attachments()
    if request.mimetype != PDF:
        raise SignerError(
            Kind.UNSUPPORTED,
            "pdf-needed",
            "Nội dung phải là application/pdf hoặc multipart/form-data có phần “file”.",
            "the body must be application/pdf, or multipart/form-data with a part “file”",
            where="Content-Type",
        )
    return uploads.body(request.stream), ()


def _check_parts(*known: str) -> None:
    if request.mimetype != "multipart/form-data":
        raise SignerError(
            Kind.UNSUPPORTED,
            "multipart-needed",
            "Nội dung phải là multipart/form-data.",
            "the body must be multipart/form-data",
            where="Content-Type",
        )
    # A part need not have a name at all: werkzeug gives it None.
    if strange := sorted(str(name) for name in {*request.form.keys(), *request.files.keys()}.difference(known)):
        raise malformed(strange[0][:60], "Phần này không được biết đến.", "unknown part")


def _check_count(max_attachments: int) -> None:
    """Before anything else is read: of files beyond the bound the content is not even kept."""
    count = len(request.files.getlist("attachment"))
    if count > max_attachments:
        raise SignerError(
            Kind.TOO_LARGE,
            "too-many-attachments",
            f"Có {count} tệp kèm theo; nhận nhiều nhất {max_attachments} tệp.",
            f"{count} attachments came along; at most {max_attachments} are taken",
            where="attachment",
        )


def _attachments() -> tuple[SentFile, ...]:
    """The parts ``attachment``, in order, by the last part of their file names."""
    if "attachment" in request.form:
        # A part without a file name counts as text: an annex must not be lost for that.
        raise malformed("attachment", "Tệp kèm theo phải có tên tệp.", "an attachment needs a file name")
    return tuple(
        SentFile(file_name(part.filename or "", index), _content(part, f"attachment[{index}]"))
        for index, part in enumerate(request.files.getlist("attachment"))
    )


def _metadata_part() -> bytes:
    fields, files = request.form.getlist("metadata"), request.files.getlist("metadata")
    if len(fields) + len(files) != 1:
        raise malformed("metadata", "Cần đúng một phần “metadata”.", "exactly one part “metadata” is needed")
    return fields[0].encode() if fields else _content(files[0], "metadata").slice(0, MAX_JSON + 1)


def _single(name: str) -> FileStorage:
    parts = request.files.getlist(name)
    if len(parts) != 1 or name in request.form:
        raise malformed(name, f"Cần đúng một tệp “{name}”.", f"exactly one file “{name}” is needed")
    return parts[0]


def _content(part: FileStorage, where: str) -> Content:
    stream: object = part.stream  # werkzeug calls it IO, and it is what we gave
    if isinstance(stream, uploads.Upload):
        return stream.content()
    raise malformed(where, "Tệp này không được nhận.", "this file was not taken")
