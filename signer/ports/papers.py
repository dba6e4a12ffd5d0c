"""What the use cases need of the pdf room; each docstring is a contract that the tests check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from signer.model import (
    NO_DATA,
    Content,
    DraftReading,
    KeyInfo,
    Places,
    Revision,
    ScanReading,
    SigningStep,
    StampPlaces,
    StampReading,
    StampWanted,
    ValidationData,
    Wanted,
)


class DraftReader(Protocol):
    """Reads a draft once and understands it."""

    def read(self, draft: Content, wanted: Wanted, attachments: int = 0) -> DraftReading:
        """Find every place, or raise UNSUITABLE or UNSUPPORTED with what is wrong, where, and the clause.

        A place that is not found, or too small, is a refusal that names it; nothing is guessed unless
        ``wanted.fallback`` asks for the schematic geometry. The draft is untrusted: size, depth and time
        are bounded.
        """


class StampReader(Protocol):
    """Reads files that the agency alone signs: attachments in files of their own, and scans to be certified."""

    def attachment(self, file: Content, wanted: StampWanted) -> StampReading:
        """Find where the mark goes (top right of page 1), or the blanks and the seal's place in the filled style.

        Refuses what ``DraftReader`` refuses of a file (no PDF, encrypted, signed before, active content, limits),
        a secret mark, blanks that are filled already, and a corner of page 1 that has no room.
        """

    def scan(self, file: Content, wanted: StampWanted) -> ScanReading:
        """Measure a digitised paper (version, colour, resolution) and find where the mark goes; rules judge it."""


class FieldMaker(Protocol):
    """Makes the empty fields."""

    def prepare(self, draft: Content, places: Places | StampPlaces) -> Revision:
        """Add the fields in one incremental update; ``draft`` is a prefix of the result, byte for byte."""


class RevisionSigner(Protocol):
    """Makes one signed incremental update, and does not let it leave unchecked."""

    def sign(
        self,
        previous: Revision,
        step: SigningStep,
        key: KeyInfo,
        sign: Callable[[bytes], bytes],
        stamp: Callable[[bytes], bytes] | None = None,
    ) -> Revision:
        """Fill, sign, check. The result's content is ``previous.content`` with one update behind it.

        ``previous.content`` has the digest ``previous.sha256``, else INTERNAL ``revision-damaged``. Its bytes are
        not copied, and read only if it was not hashed before.

        ``sign`` gets the DER SignedAttributes (RFC 5652, 5.4) and returns the signature value as CMS carries
        it; it is called exactly once. ``stamp`` is given at B-T and above: it gets the SHA-256 of the signature value
        and gives a time-stamp token (RFC 3161, DER) over it that it has verified. Only where the token is longer
        than any before are both called a second time. Whatever they raise passes through. At B-LT and above
        ``step.data`` goes into the file's security store in this same update; UNSUITABLE ``level-not-available``
        where the file cannot take it. A result that does not hold the fast check (house, "Before a signature
        leaves") is an INTERNAL SignerError, never returned.
        """

    def time_stamp(
        self, previous: Revision, stamp: Callable[[bytes], bytes], data: ValidationData = NO_DATA
    ) -> Revision:
        """Close the file with a document time-stamp (B-LTA), in a revision of its own, with ``data`` in it.

        It gets an invisible field of its own. May be done again and again. As for ``stamp`` and what is raised: see
        ``sign``.
        """
