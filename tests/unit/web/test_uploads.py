"""Files of a form go to the store's disk while they arrive, and no further than the bound of the caller's role."""

import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, g, request

from signer.errors import Kind, SignerError
from signer.model import ApiRole
from signer.storage import FileBlobs, open_blobs
from signer.web import uploads
from signer.web.replies import Limits
from signer.web.uploads import Upload, UploadRequest

LIMITS = Limits(max_file=2_000_000, by_role={ApiRole.CLERK: 5_000_000})


class Counted(io.BytesIO):
    """A body that knows how much of it was taken."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobs:
    return open_blobs(tmp_path / "blobs")


@pytest.fixture
def app(blobs: FileBlobs) -> Flask:
    app = Flask("test")
    app.request_class = UploadRequest
    app.config.update(FILES_KEPT=3, RECEIVE=blobs.receive, MAX_FILE=LIMITS.of_role)
    return app


def form(*parts: tuple[str, bytes]) -> bytes:
    head = b'--X\r\nContent-Disposition: form-data; name="%b"; filename="a.pdf"\r\n\r\n%b\r\n'
    return b"".join(head % (name.encode(), data) for name, data in parts) + b"--X--\r\n"


def sending(app: Flask, body: Counted, role: ApiRole, kind: str = "multipart/form-data; boundary=X") -> Iterator[None]:
    size = len(body.getvalue())
    with app.test_request_context(
        method="POST", input_stream=body, headers={"Content-Length": str(size), "Content-Type": kind}
    ):
        g.api_key = SimpleNamespace(role=role)
        yield
        uploads.forget()


@pytest.mark.parametrize("role", [ApiRole.CLERK, ApiRole.LEADER])
def test_each_role_has_its_own_bound_and_what_is_longer_is_refused_while_it_arrives(
    app: Flask, blobs: FileBlobs, role: ApiRole
) -> None:
    most = LIMITS.of_role(role)
    body = Counted(form(("file", b"%PDF"), ("attachment", b"x" * 1000), ("attachment", bytes(most + 20_000_000))))
    for _ in sending(app, body, role):
        with pytest.raises(SignerError) as caught:
            request.files  # noqa: B018 -- reads the form
    assert (caught.value.kind, caught.value.code, caught.value.where) == (
        Kind.TOO_LARGE,
        "file-too-large",
        "attachment[1]",
    )
    assert f"{most // 1_000_000} MB" in caught.value.text.en
    assert role.value in caught.value.text.en
    assert body.taken < most + 1_000_000  # and not the whole of it
    del caught
    assert list((blobs._folder / "incoming").iterdir()) == []


def test_a_file_of_just_the_bound_is_taken_and_lies_on_the_disk(app: Flask, blobs: FileBlobs) -> None:
    data = bytes(LIMITS.max_file)
    for _ in sending(app, Counted(form(("file", data))), ApiRole.LEADER):
        stream: object = request.files["file"].stream
        assert isinstance(stream, Upload)
        assert stream.content().read() == data
        assert len(list((blobs._folder / "incoming").iterdir())) == 1
    assert list((blobs._folder / "incoming").iterdir()) == []


def test_a_body_that_is_one_file_has_the_bound_too(app: Flask, blobs: FileBlobs) -> None:
    for _ in sending(app, Counted(bytes(LIMITS.max_file)), ApiRole.LEADER, "application/pdf"):
        assert uploads.body(request.stream).size == LIMITS.max_file
    body = Counted(bytes(LIMITS.max_file + 20_000_000))
    for _ in sending(app, body, ApiRole.LEADER, "application/pdf"):
        with pytest.raises(SignerError, match="file-too-large") as caught:
            uploads.body(request.stream)
    assert caught.value.where == "body"
    assert body.taken < LIMITS.max_file + 1_000_000
    assert list((blobs._folder / "incoming").iterdir()) == []
