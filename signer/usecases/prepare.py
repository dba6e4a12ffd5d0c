"""Prepare: a draft is read, judged and given its empty fields; from then on its bytes never change."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from policies import acceptance
from policies.delegation import check_capacity
from policies.model import Finding, Refused, Ruleset
from policies.numbering import notation as notation_of
from policies.numbering import number_text
from signer.errors import Kind, SignerError
from signer.model import (
    Document,
    DocumentState,
    KeyInfo,
    Metadata,
    Office,
    Place,
    Places,
    Series,
    SignatureRole,
    Wanted,
)
from signer.ports import Blobs, Clock, DraftReader, FieldMaker, Keyring, Store
from signer.usecases import metadata as meta_rules
from signer.usecases import remarks
from signer.usecases.caller import Caller
from signer.usecases.office import Standing, persons_named, series_for, standing
from signer.usecases.rules import RulesOn, grants, local_day, ruled, rules_in_force

NO_IMAGE_ASPECT = 2.0
"""Width to height of the room that a signer without an image is given."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Take a draft in: everything that can be said against it is said now, not when the leader waits."""

    store: Store
    blobs: Blobs
    keys: Keyring
    reader: DraftReader
    fields: FieldMaker
    clock: Clock
    rules_on: RulesOn = rules_in_force
    days_back: int = 0

    def __call__(self, draft: bytes, metadata: Metadata, caller: Caller, attachments: int = 0) -> Document:
        """Add the fields to ``draft`` and store it as PREPARED; the answer's findings are warnings.

        ``attachments`` is how many separate files came along. Errors: MALFORMED ``invalid-metadata``, FORBIDDEN
        ``agency-not-yours``, UNSUITABLE and UNSUPPORTED with the rule or the fault of the draft.
        """
        meta = meta_rules.check(metadata)
        caller.check_agency(meta.agency)
        now = self.clock.now()
        today = local_day(now)
        earliest = today - timedelta(days=self.days_back)
        rules = self.rules_on(today)
        with self.store.reading() as tx:
            office = tx.office()
        place = standing(office, meta.agency, today)
        # The type itself before its series: an abbreviation that nobody knows has one answer at every agency.
        with ruled(where="metadata.type"):
            notation = notation_of(
                rules,
                type=meta.type,
                symbol=place.issuer.symbol,
                unit=meta.unit,
                normative=meta.normative,
                year=today.year,
            )
        series = series_for(office, meta, today)
        wanted = self._wanted(office, meta, place, series, notation)
        reading = self.reader.read(draft, wanted, attachments)
        with ruled(where="file"):
            form = acceptance.judge(
                rules,
                reading.facts,
                notation=notation,
                year=today.year,
                month=today.month,
                earliest=(earliest.year, earliest.month),
                places_given=bool(meta.places),
            )
        revision = self.fields.prepare(draft, reading.places)
        self.blobs.put(revision.data)
        document = Document(
            id=new_id(now),
            metadata=meta,
            state=DocumentState.PREPARED,
            notation=notation,
            printed=reading.printed,
            places=places_by_name(reading.places),
            draft_sha256=hashlib.sha256(draft).hexdigest(),
            sha256=revision.sha256,
            plan=revision.plan,
            signatures=(),
            findings=(*form, *remarks.not_kept(attachments), *self._unsignable(rules, office, meta, today)),
            created_at=now,
            created_by=caller.actor,
            clerk=reading.places.clerk,
        )
        return self._store(document)

    def _store(self, document: Document) -> Document:
        """Add the document; that the same draft came before is told, never a reason to refuse."""
        with self.store.transaction() as tx:
            earlier = tx.documents_with_draft(document.draft_sha256)
            if earlier:
                document = replace(document, findings=(*document.findings, remarks.seen_before(earlier)))
            tx.add_document(document)
        return document

    def _wanted(self, office: Office, meta: Metadata, place: Standing, series: Series, notation: str) -> Wanted:
        infos = self.keys.infos()
        return Wanted(
            signers=meta.signers,
            initials=meta.initials,
            aspects=tuple(_aspect(office, infos, signer.name, meta.agency) for signer in meta.signers),
            notation=notation,
            widest=number_text(series.widest),
            seal_diameter_mm=place.organisation.seal_diameter_mm,
            clerk=place.organisation.clerk_signature,
            given=meta.places,
            fallback=meta.fallback_places,
        )

    @staticmethod
    def _unsignable(rules: Ruleset, office: Office, meta: Metadata, day: date) -> Iterator[Finding]:
        """Warn of signers for whom nobody could sign today; that is judged when signing, not now."""
        for signer in meta.signers:
            refusals: list[Finding] = []
            for person in persons_named(office, signer.name):
                try:
                    check_capacity(
                        rules,
                        capacity=signer.capacity,
                        type=meta.type,
                        grants=grants(office, person.id, meta.agency),
                        day=day,
                    )
                except Refused as refusal:
                    refusals += refusal.findings
                    continue
                break
            else:
                yield remarks.without_authority(rules, signer.name, refusals)


def check_attachment(head: bytes, where: str) -> None:
    """UNSUPPORTED ``not-a-pdf`` unless a file that comes along begins as a PDF does; ``head``: 1024 bytes or more."""
    # The header may stand within the first 1024 bytes (ISO 32000-1, Annex H, 3.4.1, note 13).
    if b"%PDF-" not in head[:1024]:
        raise SignerError(
            Kind.UNSUPPORTED,
            "not-a-pdf",
            f"Tệp kèm theo không phải là PDF ({where}).",
            f"the attachment is not a PDF ({where})",
            where=where,
        )


def new_id(now: datetime) -> str:
    """A document's id: time first, so that ids sort by age, then 80 random bits, so that none can be guessed."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def places_by_name(places: Places) -> dict[str, Place]:
    """The places of all visible fields by the names of the interface (number, leader2, ...)."""
    texts = {name.lower(): text.place for name, text in places.texts().items()}
    return texts | {name.lower(): place for name, place in places.signatures().items() if place is not None}


def _aspect(office: Office, infos: Sequence[KeyInfo], name: str, issuer: str) -> float:
    persons = {person.id for person in persons_named(office, name)}
    for info in infos:
        if info.owner in persons and issuer in info.issuers and SignatureRole.LEADER in info.roles and info.image:
            return _png_aspect(info.image)
    return NO_IMAGE_ASPECT


def _png_aspect(image: bytes) -> float:
    """Width to height from the IHDR chunk (PNG 11.2.2); the settings have checked that it is a PNG."""
    width, height = int.from_bytes(image[16:20], "big"), int.from_bytes(image[20:24], "big")
    return width / height if width and height else NO_IMAGE_ASPECT
