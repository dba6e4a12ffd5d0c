"""The whole office, from the first day: see ``signer.storage.tables`` for what each table is for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

# Their meaning in a database is fixed for good: a change of it would be a new type.
from signer.storage.columns import Key, Moment, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "api_keys",
        sa.Column("id", Key(), nullable=False),
        sa.Column("sha256", Key(), nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("role", Key(), nullable=False),
        sa.Column("agencies", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("person", Key(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("revoked_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "role IN ('document-system', 'leader', 'clerk', 'auditor', 'operator')", name=op.f("ck_api_keys_role")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "idempotency",
        sa.Column("scope", Key(), nullable=False),
        sa.Column("key", Key(), nullable=False),
        sa.Column("body_sha256", Key(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_started_at"), "idempotency", ["started_at"])
    op.create_table(
        "office_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", Key(), nullable=False),
        sa.Column("put_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_state")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("clerk_signature", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_table(
        "persons",
        sa.Column("id", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
    )
    op.create_table(
        "series",
        sa.Column("id", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", Key(), server_default="outgoing", nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("period", Key(), nullable=False),
        sa.Column("term", Words(), server_default="", nullable=False),
        sa.Column("first", sa.Integer(), server_default="1", nullable=False),
        sa.Column("widest", sa.Integer(), server_default="9999", nullable=False),
        sa.Column("numbered_by", Key(), nullable=False),
        sa.Column("template", Words(), server_default="", nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("basis", Words(), server_default="", nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('outgoing', 'incoming', 'copy')", name=op.f("ck_series_kind")),
        sa.CheckConstraint("numbered_by IN ('service', 'caller')", name=op.f("ck_series_numbered_by")),
        sa.CheckConstraint("period IN ('year', 'term')", name=op.f("ck_series_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", Key(), nullable=False),
        sa.Column("key", Key(), nullable=False),
        sa.Column("organisation", Key(), nullable=True),
        sa.Column("person", Key(), nullable=True),
        sa.Column("der", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("basis", Words(), server_default="", nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name=op.f("fk_certificates_organisation")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_certificates_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("sha256", "key", name=op.f("uq_certificates_sha256_key")),
    )
    op.create_table(
        "custody",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("key", Key(), nullable=False),
        sa.Column("person", Key(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("basis", Words(), server_default="", nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_custody_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody")),
    )
    op.create_index(op.f("ix_custody_key"), "custody", ["key"])
    op.create_table(
        "issuers",
        sa.Column("code", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("symbol", Words(), server_default="", nullable=False),
        sa.Column("organisation", Key(), nullable=False),
        sa.Column("agency_key", Key(), nullable=False),
        sa.Column("clerk_keys", sa.JSON(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("basis", Words(), server_default="", nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name=op.f("fk_issuers_organisation")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_issuers")),
    )
    op.create_table(
        "organisation_eras",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("code", Words(), server_default="", nullable=False),
        sa.Column("parent", Words(), server_default="", nullable=False),
        sa.Column("place", Words(), server_default="", nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("basis", Words(), server_default="", nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name=op.f("fk_organisation_eras_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_eras")),
    )
    op.create_index(op.f("ix_organisation_eras_organisation"), "organisation_eras", ["organisation"])
    op.create_table(
        "seals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=True),
        sa.Column("diameter_mm", sa.Double(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("basis", Words(), server_default="", nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name=op.f("fk_seals_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seals")),
    )
    op.create_index(op.f("ix_seals_organisation"), "seals", ["organisation"])
    op.create_table(
        "successions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("predecessor", Key(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("basis", Words(), server_default="", nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["organisation"], ["organisations.id"], name=op.f("fk_successions_organisation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_successions")),
    )
    op.create_index(op.f("ix_successions_organisation"), "successions", ["organisation"])
    op.create_table(
        "delegations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("person", Key(), nullable=False),
        sa.Column("issuer", Key(), nullable=False),
        sa.Column("capacity", sa.JSON(), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("basis", Words(), server_default="", nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["issuer"], ["issuers.code"], name=op.f("fk_delegations_issuer")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_delegations_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    op.create_index(op.f("ix_delegations_person"), "delegations", ["person"])
    op.create_table(
        "documents",
        sa.Column("id", Key(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", Key(), nullable=False),
        sa.Column("reason", Words(), server_default="", nullable=False),
        sa.Column("agency", Key(), nullable=False),
        sa.Column("type", Key(), nullable=True),
        sa.Column("normative", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("unit", Words(), nullable=True),
        sa.Column("subject", Words(), server_default="", nullable=False),
        sa.Column("place", Words(), server_default="", nullable=False),
        sa.Column("medium", Key(), server_default="electronic", nullable=False),
        sa.Column("drafter", Words(), server_default="", nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("urgency", Key(), server_default="normal", nullable=False),
        sa.Column("external_id", Words(), server_default="", nullable=False),
        sa.Column("kept_by", Words(), server_default="", nullable=False),
        sa.Column("copies", sa.Integer(), nullable=True),
        sa.Column("notation", Words(), server_default="", nullable=False),
        sa.Column("printed_notation", Words(), server_default="", nullable=False),
        sa.Column("printed_month", sa.Integer(), nullable=True),
        sa.Column("printed_year", sa.Integer(), nullable=True),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("requested_places", sa.JSON(), nullable=False),
        sa.Column("fallback_places", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("creator_id", Words(), server_default="", nullable=False),
        sa.Column("creator_name", Words(), server_default="", nullable=False),
        sa.Column("creator_via", Words(), server_default="", nullable=False),
        sa.Column("clerk", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("command_id", Words(), nullable=True),
        sa.Column("command_name", Words(), nullable=True),
        sa.Column("command_via", Words(), nullable=True),
        sa.Column("under_way_since", Moment(), nullable=True),
        sa.CheckConstraint("medium IN ('electronic', 'paper')", name=op.f("ck_documents_medium")),
        sa.CheckConstraint(
            "state IN ('prepared', 'signed', 'issuing', 'issued', 'rejected', 'void', 'needs_attention', 'recalled')",
            name=op.f("ck_documents_state"),
        ),
        sa.CheckConstraint(
            "urgency IN ('normal', 'urgent', 'very-urgent', 'flash')", name=op.f("ck_documents_urgency")
        ),
        sa.ForeignKeyConstraint(["agency"], ["issuers.code"], name=op.f("fk_documents_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_agency_id"), "documents", ["agency", "id"])
    op.create_index(op.f("ix_documents_external_id"), "documents", ["external_id"])
    op.create_index(op.f("ix_documents_state_id"), "documents", ["state", "id"])
    op.create_table(
        "series_issuers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("issuer", Key(), nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["issuer"], ["issuers.code"], name=op.f("fk_series_issuers_issuer")),
        sa.ForeignKeyConstraint(["series"], ["series.id"], name=op.f("fk_series_issuers_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_issuers")),
    )
    op.create_index(op.f("ix_series_issuers_series"), "series_issuers", ["series"])
    op.create_table(
        "acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("file", sa.Integer(), server_default="0", nullable=False),
        sa.Column("kind", Key(), nullable=False),
        sa.Column("field", Key(), nullable=True),
        sa.Column("role", Key(), nullable=True),
        sa.Column("signer", Words(), server_default="", nullable=False),
        sa.Column("capacity", sa.JSON(), nullable=False),
        sa.Column("key", Words(), server_default="", nullable=False),
        sa.Column("certificate_sha256", Words(), server_default="", nullable=False),
        sa.Column("level", Words(), server_default="", nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor_id", Words(), server_default="", nullable=False),
        sa.Column("actor_name", Words(), server_default="", nullable=False),
        sa.Column("actor_via", Words(), server_default="", nullable=False),
        sa.Column("before_sha256", Words(), server_default="", nullable=False),
        sa.Column("after_sha256", Words(), server_default="", nullable=False),
        sa.Column("reason", Words(), server_default="", nullable=False),
        sa.CheckConstraint("role IN ('initial', 'leader', 'clerk', 'agency')", name=op.f("ck_acts_role")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_acts_document_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acts")),
        sa.UniqueConstraint("document_id", "file", "field", name=op.f("uq_acts_document_id_file_field")),
        sa.UniqueConstraint("document_id", "ordinal", name=op.f("uq_acts_document_id_ordinal")),
    )
    op.create_table(
        "document_files",
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("kind", Key(), server_default="main", nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("media_type", Key(), server_default="application/pdf", nullable=False),
        sa.Column("draft_sha256", Key(), nullable=False),
        sa.Column("sha256", Key(), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind IN ('main', 'attachment')", name=op.f("ck_document_files_kind")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_files_document_id")),
        sa.PrimaryKeyConstraint("document_id", "ordinal", name=op.f("pk_document_files")),
    )
    op.create_index(op.f("ix_document_files_draft_sha256"), "document_files", ["draft_sha256"])
    op.create_table(
        "document_initials",
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("purpose", Key(), nullable=False),
        sa.Column("person", Key(), nullable=True),
        sa.CheckConstraint("purpose IN ('content', 'form')", name=op.f("ck_document_initials_purpose")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_initials_document_id")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_document_initials_person")),
        sa.PrimaryKeyConstraint("document_id", "ordinal", name=op.f("pk_document_initials")),
    )
    op.create_table(
        "document_recipients",
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("organisation", Key(), nullable=True),
        sa.Column("purpose", Words(), server_default="", nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_recipients_document_id")),
        sa.PrimaryKeyConstraint("document_id", "ordinal", name=op.f("pk_document_recipients")),
    )
    op.create_table(
        "document_relations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("kind", Key(), nullable=False),
        sa.Column("other_id", Key(), nullable=True),
        sa.Column("other_reference", Words(), server_default="", nullable=False),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('replaces', 'amends', 'corrects', 'recalls', 'copy-of', 'answers')",
            name=op.f("ck_document_relations_kind"),
        ),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_relations_document_id")),
        sa.ForeignKeyConstraint(["other_id"], ["documents.id"], name=op.f("fk_document_relations_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_relations")),
    )
    op.create_index(op.f("ix_document_relations_document_id"), "document_relations", ["document_id"])
    op.create_index(op.f("ix_document_relations_other_id"), "document_relations", ["other_id"])
    op.create_table(
        "document_signers",
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("capacity", sa.JSON(), nullable=False),
        sa.Column("person", Key(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_document_signers_document_id")),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name=op.f("fk_document_signers_person")),
        sa.PrimaryKeyConstraint("document_id", "ordinal", name=op.f("pk_document_signers")),
    )
    op.create_table(
        "register",
        sa.Column("series", Key(), nullable=False),
        sa.Column("period", Key(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("agency", Key(), nullable=False),
        sa.Column("state", Key(), nullable=False),
        sa.Column("number_text", Key(), nullable=False),
        sa.Column("notation", Key(), nullable=False),
        sa.Column("symbol", Key(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("reserved_at", Moment(), nullable=False),
        sa.Column("type_and_subject", Words(), server_default="", nullable=False),
        sa.Column("signer", Words(), server_default="", nullable=False),
        sa.Column("recipients", Words(), server_default="", nullable=False),
        sa.Column("kept_by", Words(), server_default="", nullable=False),
        sa.Column("copies", Words(), server_default="", nullable=False),
        sa.Column("sent_on", Words(), server_default="", nullable=False),
        sa.Column("received_by", Words(), server_default="", nullable=False),
        sa.Column("note", Words(), server_default="", nullable=False),
        sa.CheckConstraint("state IN ('reserved', 'issued', 'void')", name=op.f("ck_register_state")),
        sa.CheckConstraint("number > 0", name=op.f("ck_register_number")),
        sa.ForeignKeyConstraint(["agency"], ["issuers.code"], name=op.f("fk_register_agency")),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=op.f("fk_register_document_id")),
        sa.ForeignKeyConstraint(["series"], ["series.id"], name=op.f("fk_register_series")),
        sa.PrimaryKeyConstraint("series", "period", "number", name=op.f("pk_register")),
        sa.UniqueConstraint("agency", "symbol", "year", name=op.f("uq_register_agency_symbol_year")),
        sa.UniqueConstraint("document_id", name=op.f("uq_register_document_id")),
    )
    op.create_index(
        op.f("ix_register_agency_year_series_period_number"),
        "register",
        ["agency", "year", "series", "period", "number"],
    )
    op.create_table(
        "file_revisions",
        sa.Column("document_id", Key(), nullable=False),
        sa.Column("file", sa.Integer(), nullable=False),
        sa.Column("sha256", Key(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id", "file"],
            ["document_files.document_id", "document_files.ordinal"],
            name=op.f("fk_file_revisions_document_id_file"),
        ),
        sa.PrimaryKeyConstraint("document_id", "file", "sha256", name=op.f("pk_file_revisions")),
    )
    op.create_table(
        "register_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series", Key(), nullable=False),
        sa.Column("period", Key(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("column", Key(), nullable=False),
        sa.Column("old_value", Words(), server_default="", nullable=False),
        sa.Column("new_value", Words(), server_default="", nullable=False),
        sa.Column("actor_id", Words(), server_default="", nullable=False),
        sa.Column("actor_name", Words(), server_default="", nullable=False),
        sa.Column("actor_via", Words(), server_default="", nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("reason", Words(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["series", "period", "number"],
            ["register.series", "register.period", "register.number"],
            name=op.f("fk_register_history_series_period_number"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_history")),
    )
    op.create_index(
        op.f("ix_register_history_series_period_number"), "register_history", ["series", "period", "number"]
    )
