"""The document security store (ISO 32000-2, 12.8.4.3; EN 319 142-1, 5.4.2): what a later verifier needs, in the file.

It grows with each signature at B-LT and above, in that signature's own update, before the signature in it: so the
signature covers it, and a reader that counts revisions counts one. Without /VRI: that names signatures by a digest of
/Contents, which is not known before the signature is made, and nobody needs it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from signer.errors import Kind, SignerError
from signer.model import NO_DATA, ValidationData
from signer.pdf.plan import SecurityStore, SigningPlan
from signer.pdf.syntax import reference, stream
from signer.pdf.update import IndirectObject


def grown(
    store: SecurityStore, data: ValidationData, numbers: Iterator[int]
) -> tuple[SecurityStore, list[IndirectObject]]:
    """The store with what it has not got yet, and the objects to write for that; none where it has everything."""
    if data is NO_DATA:
        return store, []
    written: list[IndirectObject] = []
    kinds: list[Mapping[str, int]] = []
    for known, pieces in ((store.certificates, data.certificates), (store.crls, data.crls), (store.ocsps, data.ocsps)):
        added = {digest: (next(numbers), der) for digest, der in _named(pieces).items() if digest not in known}
        written += [IndirectObject(number, 0, stream(b"", der)) for number, der in added.values()]
        kinds.append({**known, **{digest: number for digest, (number, _) in added.items()}})
    if not written:
        return store, []
    after = SecurityStore(store.number or next(numbers), *kinds)
    return after, [*written, IndirectObject(after.number, 0, _source(after))]


def _named(pieces: Sequence[bytes]) -> dict[str, bytes]:
    return {hashlib.sha256(der).hexdigest(): der for der in pieces}


def _source(store: SecurityStore) -> bytes:
    lists = ((b"/Certs", store.certificates), (b"/CRLs", store.crls), (b"/OCSPs", store.ocsps))
    return b"<</Type/DSS%b>>" % b"".join(
        b"%b[%b]" % (name, b" ".join(map(reference, held.values()))) for name, held in lists if held
    )


def catalogue(plan: SigningPlan, certified: int | None, store: SecurityStore) -> list[IndirectObject]:
    """The catalogue, where it has to name what it did not name before: the certification (12.8.6.2), the store.

    UNSUITABLE ``level-not-available`` where nobody knows which signature it names.
    """
    if certified == plan.certified and bool(store.number) == bool(plan.store.number):
        return []
    if certified is None:
        raise SignerError(
            Kind.UNSUITABLE,
            "level-not-available",
            "Văn bản này đã được ký bằng phiên bản phần mềm cũ nên không thêm được dữ liệu kiểm tra lâu dài. "
            "Mức cao nhất còn ký được: B-T.",
            "This document got its first signature from an earlier version of this program, so that no validation "
            "data can be added to it. The highest level that is left: B-T.",
            where="level",
        )
    permissions = b"/Perms<</DocMDP %b>>" % reference(certified) if certified else b""
    security = b"/DSS " + reference(store.number) if store.number else b""
    return [IndirectObject(*plan.layout.root, b"%b%b%b>>" % (plan.layout.root_source, permissions, security))]
