"""What the use cases need of the rooms below, one module for each room or two; the tests check every contract."""

from signer.ports.keys import CertificateChecker, CertificatePaths, Keyring, Verifier
from signer.ports.papers import DraftReader, FieldMaker, RevisionSigner, StampReader
from signer.ports.revocation import Fetcher, RevocationShelf
from signer.ports.store import ApiKeys, Blobs, Claim, Idempotency, Incoming, Presence, Store, Transaction
from signer.ports.time import (
    Authorities,
    Clock,
    KnownTime,
    TimeStampAuthority,
    TimeStamper,
    ValidationSource,
    WatchedTime,
)
from signer.ports.upkeep import (
    Archive,
    ArchiveReading,
    ArchiveWriting,
    BlobShelf,
    Dump,
    FileMeasure,
    Inspection,
    Ledger,
    Snapshot,
    Tables,
)

__all__ = [
    "ApiKeys",
    "Archive",
    "ArchiveReading",
    "ArchiveWriting",
    "Authorities",
    "BlobShelf",
    "Blobs",
    "CertificateChecker",
    "CertificatePaths",
    "Claim",
    "Clock",
    "DraftReader",
    "Dump",
    "Fetcher",
    "FieldMaker",
    "FileMeasure",
    "Idempotency",
    "Incoming",
    "Inspection",
    "Keyring",
    "KnownTime",
    "Ledger",
    "Presence",
    "RevisionSigner",
    "RevocationShelf",
    "Snapshot",
    "StampReader",
    "Store",
    "Tables",
    "TimeStampAuthority",
    "TimeStamper",
    "Transaction",
    "ValidationSource",
    "Verifier",
    "WatchedTime",
]
