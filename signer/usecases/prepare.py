"""Prepare: a draft is read, judged and given its empty fields; from then on its bytes never change.

One commit, at the end. A crash before it leaves no document, though perhaps some of its files, which nobody names
(``antin check --repair`` clears them away after a day): whoever sends the draft again has it prepared then, under one
id. A crash after it loses the answer alone, which was stored with the document: the same Idempotency-Key gets it;
without one, the draft that is sent again is a second document, and its findings name the first.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from signer.model import Attachment, Content, Document, DocumentState, EventKind, Metadata, Place, Places, StampPlaces
from signer.ports import Blobs, FieldMaker, Store
from signer.usecases import remarks
from signer.usecases.authority import check_actor
from signer.usecases.caller import Caller
from signer.usecases.events import happened
from signer.usecases.examine import Examine, SentFile, about


@dataclass(frozen=True, slots=True)
class Prepare:
    """Take a draft in, with its attachments: what can be said against them is said now, not when the leader waits."""

    store: Store
    blobs: Blobs
    examine: Examine
    fields: FieldMaker

    def __call__(
        self, draft: Content, metadata: Metadata, caller: Caller, attachments: Sequence[SentFile] = ()
    ) -> Document:
        """Add the fields to ``draft`` and to each attachment, and store them as PREPARED; findings are warnings.

        Errors: MALFORMED ``invalid-metadata``, FORBIDDEN ``agency-not-yours`` or as of ``check_actor``, UNSUITABLE and
        UNSUPPORTED with the rule or the fault of the file, which is named. Nothing is kept of what is refused.
        """
        frame = self.examine.frame(metadata, caller)
        check_actor(frame.office, caller)
        belongings = self.examine.belongings(frame, draft, attachments)
        reading, form = self.examine.draft(frame, draft, len(attachments))
        stamps = self.examine.attachments(frame, attachments, reading.printed)
        revision = self.fields.prepare(draft, reading.places)
        made = []
        for index, (file, stamp) in enumerate(zip(attachments, stamps, strict=True)):
            with about(f"attachment[{index}]", file.name):
                made.append(self.fields.prepare(file.content, stamp.places))
        for each in (revision, *made):  # a crash in here leaves files that no document refers to
            self.blobs.put(each.content)
        document = Document(
            id=new_id(frame.now),
            metadata=frame.metadata,
            state=DocumentState.PREPARED,
            notation=frame.notation,
            printed=reading.printed,
            places=places_by_name(reading.places),
            draft_sha256=draft.sha256,
            sha256=revision.sha256,
            plan=revision.plan,
            signatures=(),
            findings=(*form, *belongings, *(found for stamp in stamps for found in stamp.findings)),
            created_at=frame.now,
            created_by=caller.actor,
            clerk=reading.places.clerk,
            attachments=tuple(
                Attachment(
                    name=file.name,
                    style=self.examine.style(frame),
                    draft_sha256=file.content.sha256,
                    sha256=each.sha256,
                    plan=each.plan,
                    places=places_by_name(stamp.places),
                )
                for file, stamp, each in zip(attachments, stamps, made, strict=True)
            ),
        )
        return self._store(document, caller)

    def _store(self, document: Document, caller: Caller) -> Document:
        """Add the document; that the same draft came before is told, never a reason to refuse."""
        with self.store.transaction() as tx:
            earlier = tx.documents_with_draft(document.draft_sha256, document.metadata.agency)
            if earlier:
                document = replace(document, findings=(*document.findings, remarks.seen_before(earlier)))
            tx.add_document(document)
            happened(tx, EventKind.PREPARED, document, caller.actor, document.created_at)
            caller.answered(tx, document)
            # A crash up to here leaves no document; from the commit on, it and the answer are there.
        return document


def new_id(now: datetime) -> str:
    """A document's id: time first, so that ids sort by age, then 80 random bits, so that none can be guessed."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(10)}"


def places_by_name(places: Places | StampPlaces) -> dict[str, Place]:
    """The places of all visible fields by the names of the interface (number, leader2, ...)."""
    texts = {name.lower(): text.place for name, text in places.texts().items()}
    return texts | {name.lower(): place for name, place in places.signatures().items() if place is not None}
