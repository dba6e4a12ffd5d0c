"""Files while they come in: each part of a form goes to the store's disk as it arrives, and no further than its bound.

Nothing of a large file is in memory. What is longer than the caller's role may send is refused at the first byte too
many, not after the rest of it.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import IO

from flask import Request, current_app, g
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.formparser import FormDataParser, MultiPartParser
from werkzeug.sansio.multipart import File

from signer.errors import Kind, SignerError
from signer.model import ApiRole, Content
from signer.ports import Incoming

_PIECE = 64 * 1024


class Upload(io.RawIOBase):
    """One file on its way in: what werkzeug writes to, and what the forms take the content of.

    Writing raises TOO_LARGE ``file-too-large`` with the bound, the role that has it, and the part.
    """

    def __init__(self, incoming: Incoming, most: int, role: ApiRole, where: str = "file") -> None:
        self._incoming, self._most, self._role = incoming, most, role
        self._came = 0
        self.where = where

    def write(self, data: bytes) -> int:  # type: ignore[override]  # werkzeug writes bytes
        """More of it."""
        self._came += len(data)
        if self._came > self._most:
            raise too_large(self._most, self._role, self.where)
        return self._incoming.write(data)

    def seek(self, _offset: int, _whence: int = 0) -> int:
        """Always at the beginning."""
        return 0  # werkzeug rewinds what it has written; the content begins at its first byte anyway

    def content(self) -> Content:
        """All that came."""
        return self._incoming.content()

    def close(self) -> None:
        """Forget what was not kept."""
        self._incoming.close()
        super().close()


class _Dropped(io.BytesIO):
    """Takes everything and holds nothing."""

    where = ""

    def write(self, data: object, /) -> int:
        return len(memoryview(data))  # type: ignore[arg-type]  # what BytesIO takes has a buffer


class UploadRequest(Request):
    """A request whose files go to the store's disk; of files beyond those that may be needed only names are left.

    Every file may take a descriptor: a form that will be refused for their number must not use them up.
    """

    _files_begun = 0

    def make_form_data_parser(self) -> FormDataParser:
        """The parser of forms, which tells a stream of which part it is."""
        return _Forms(
            self._get_file_stream,
            self.max_form_memory_size,
            self.max_content_length,
            self.parameter_storage_class,
            max_form_parts=self.max_form_parts,
        )

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 -- werkzeug's signature
        content_type: str | None,  # noqa: ARG002 -- as above
        filename: str | None = None,  # noqa: ARG002 -- as above
        content_length: int | None = None,  # noqa: ARG002 -- as above
    ) -> IO[bytes]:
        self._files_begun += 1
        if self._files_begun > current_app.config["FILES_KEPT"]:
            return _Dropped()
        return _begin()  # type: ignore[return-value]  # a raw stream has what werkzeug uses of IO


class _Forms(FormDataParser):
    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        boundary = (options or {}).get("boundary", "")
        if mimetype != "multipart/form-data" or not boundary.isascii() or not boundary:
            return super().parse(stream, mimetype, content_length, options)
        parser = _Parts(
            self.stream_factory, self.max_form_memory_size, self.cls, _PIECE, max_form_parts=self.max_form_parts
        )
        try:
            return stream, *parser.parse(stream, boundary.encode("ascii"), content_length)
        except ValueError:  # no form: as werkzeug has it, an empty one
            return stream, self.cls(), self.cls()


class _Parts(MultiPartParser):
    def start_file_streaming(self, event: File, total_content_length: int | None) -> IO[bytes]:
        container = super().start_file_streaming(event, total_content_length)
        counts: Counter[str] = self.__dict__.setdefault("counts", Counter())
        name = str(event.name)  # werkzeug gives a part without a name None
        index, counts[name] = counts[name], counts[name] + 1
        container.where = f"attachment[{index}]" if name == "attachment" else name[:60]  # type: ignore[attr-defined]  # ours
        return container


def body(stream: IO[bytes]) -> Content:
    """A body that is one file. TOO_LARGE as for a part."""
    upload = _begin("body")
    g.setdefault("uploads", []).append(upload)
    while piece := stream.read(_PIECE):
        upload.write(piece)
    return upload.content()


def forget() -> None:
    """After the request: what was not kept of a body goes."""
    for upload in g.pop("uploads", []):
        upload.close()


def _begin(where: str = "file") -> Upload:
    role: ApiRole = g.api_key.role
    return Upload(current_app.config["RECEIVE"](), current_app.config["MAX_FILE"](role), role, where)


def too_large(most: int, role: ApiRole, where: str) -> SignerError:
    """TOO_LARGE ``file-too-large``."""
    megabytes = most // 1_000_000
    return SignerError(
        Kind.TOO_LARGE,
        "file-too-large",
        f"Tệp lớn hơn {megabytes} MB, mức của vai trò {role.value} ({where}).",
        f"the file is larger than {megabytes} MB, the bound of the role {role.value} ({where})",
        where=where,
    )
