"""An office, documents and numbers as tests of the store put them in."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from policies.model import Finding, Severity, Text
from signer.errors import Kind, SignerError
from signer.model import (
    VIETNAM,
    Actor,
    Custody,
    Delegation,
    Document,
    DocumentState,
    Initial,
    InitialFor,
    Issuer,
    Metadata,
    NumberedBy,
    Numbering,
    Office,
    Organisation,
    OrganisationEra,
    Period,
    PeriodKind,
    Person,
    Place,
    Printed,
    Rect,
    RegisterEntry,
    RegisterState,
    Series,
    SignatureRecord,
    SignatureRole,
    Signer,
    Urgency,
)

NOW = datetime(2026, 11, 22, 3, 4, 5, 678901, tzinfo=UTC)
ACTOR = Actor("clerk-1", "Phạm Thị Dung", "api:3f9a")
OFFICE = Office(
    organisations={
        "btc": Organisation(
            "btc",
            (
                OrganisationEra("Bộ Tài chính", Period(until=date(2025, 2, 28)), "G12", "", "Hà Nội", "NĐ 14/2023"),
                OrganisationEra("Bộ Tài chính", Period(since=date(2025, 3, 1)), "G12", "", "Hà Nội", "NĐ 29/2025"),
            ),
            successor_of=("bkhdt",),
            seal_image=b"\x89PNG\r\n",
            seal_diameter_mm=38.5,
            clerk_signature=True,
        ),
        "xa": Organisation("xa", (OrganisationEra("Xã Đồng Phú", Period()),)),
    },
    issuers={
        "BTC": Issuer("BTC", "Bộ Tài chính", "BTC", "btc", "btc.seal", ("dung.pt",)),
        "UBND-DP": Issuer("UBND-DP", "Ủy ban nhân dân xã Đồng Phú", "UBND", "xa", "xa.seal"),
    },
    persons={"an": Person("an", "Nguyễn Văn An"), "dung": Person("dung", "Phạm Thị Dung")},
    series=(
        Series("btc-qd", ("BTC",), ("QĐ", None), since=date(2026, 1, 1)),
        Series("xa", ("UBND-DP",), (), PeriodKind.TERM, "2026-2031", 5, 999, NumberedBy.CALLER),
    ),
    delegations=(
        Delegation(
            "an",
            "BTC",
            ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"),
            ("QĐ", None),
            Period(date(2026, 1, 1), date(2026, 12, 31)),
            "QĐ 1/QĐ-BTC",
        ),
        Delegation("an", "UBND-DP", ("TM. ỦY BAN NHÂN DÂN",)),
    ),
    custody=(Custody("btc.seal", "dung", Period(date(2026, 1, 1)), "BB 1"),),
)


def document(number: int = 1, **changes: object) -> Document:
    base = Document(
        id=f"doc-{number:04}",
        metadata=Metadata(
            "BTC",
            "QĐ",
            "Về việc ban hành Quy chế",
            (Signer("Nguyễn Văn An", ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG")), Signer("Lê Hoàng Cường", ())),
            "Hà Nội",
            initials=(Initial("Trần B", InitialFor.CONTENT), Initial("Lê C", InitialFor.FORM)),
            recipients=("Như Điều 3", "Lưu: VT"),
            kept_by="VT",
            copies=12,
            urgency=Urgency.FLASH,
            external_id="x-1",
            places={"number": Place(1, Rect(1 / 3, 2, 3, 4))},
        ),
        state=DocumentState.PREPARED,
        notation="QĐ-BTC",
        printed=Printed("QĐ-BTC", None, 2026),
        places={"number": Place(1, Rect(0.1, 0.2, 0.30000000000000004, 4)), "agency": Place(4, Rect(1, 2, 3, 4))},
        draft_sha256="d" * 64,
        sha256="a" * 64,
        plan=bytes(range(256)),
        signatures=(),
        findings=(Finding("margin-left", Severity.WARNING, Text("Lề trái hẹp", "narrow"), "NĐ 30 I.4"),),
        created_at=NOW,
        created_by=ACTOR,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # tests name fields of Document


def record(field: str = "Leader", role: SignatureRole = SignatureRole.LEADER) -> SignatureRecord:
    return SignatureRecord(
        field,
        role,
        "Nguyễn Văn An",
        ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"),
        "an.nv",
        "f" * 64,
        NOW.astimezone(VIETNAM),
        "B-B",
        ACTOR,
        "a" * 64,
        "b" * 64,
    )


def number(
    value: int,
    document_id: str,
    *,
    series: str = "btc-qd",
    period: str = "2026",
    agency: str = "BTC",
    notation: str = "QĐ-BTC",
    day: date = date(2026, 11, 22),
) -> tuple[RegisterEntry, Numbering]:
    text = f"{value:02}"
    symbol = f"{text}/{notation}"
    return (
        RegisterEntry(
            agency,
            series,
            period,
            value,
            document_id,
            RegisterState.RESERVED,
            symbol,
            day,
            "Quyết định về việc …",
            "Nguyễn Văn An",
            recipients="Như Điều 3",
        ),
        Numbering(series, period, value, text, notation, symbol, day, NOW),
    )


def refusal(caught: pytest.ExceptionInfo[SignerError]) -> tuple[Kind, str]:
    return caught.value.kind, caught.value.code
