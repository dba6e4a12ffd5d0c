"""An authority of the tests, asked as the settings would have it: what it gave, or why that was refused."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from signer import validation
from signer.errors import SignerError
from signer.line.http import Line
from signer.line.way import Way
from signer.model.timestamp import CountsAs, TimeStamp
from signer.tsa.outside import OutsideAuthority
from signer.tsa.outside_spec import MOST_BYTES, OutsideSpec
from tests.support.authorities import hierarchy, stamping
from tests.support.published import Page, Published

DIGEST = hashlib.sha256(b"a signature").digest()
HOST = "tsa.ca.invalid"
URL = f"http://{HOST}/tsa"
EC = stamping(hierarchy().root, key=ec.generate_private_key(ec.SECP256R1()))


class Now:
    """The computer's clock, or one that goes wrong."""

    wrong = dt.timedelta(0)

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.wrong


def authority(web: Published, tmp_path: Path, clock: Any = None, **changes: Any) -> OutsideAuthority:
    roots = (hierarchy().write(tmp_path),)
    way = Way(hosts={HOST: web.address}, seconds=changes.pop("seconds", 5.0), max_bytes=MOST_BYTES)
    spec = OutsideSpec("ptc", URL, CountsAs.GOVERNMENT, roots, way=way, **changes)
    folder = tmp_path / "revocation"
    return OutsideAuthority(
        spec, Line(way), validation.open_judge(roots, folder if folder.exists() else None), clock or Now()
    )


def got(web: Published, tmp_path: Path, page: Page, **changes: Any) -> TimeStamp:
    web.pages["/tsa"] = page
    return authority(web, tmp_path, **changes).ask(DIGEST, "sha256", 5.0)


def refused(web: Published, tmp_path: Path, page: Page, **changes: Any) -> str:
    with pytest.raises(SignerError) as refusal:
        got(web, tmp_path, page, **changes)
    assert refusal.value.text.vi
    assert refusal.value.text.en
    if refusal.value.code.startswith("time-stamp-"):
        assert refusal.value.text.vi.startswith("ptc: ")
    return refusal.value.code
