"""When revocation data hold, and the refusal of those that do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from signer.line.refusal import unsuitable
from signer.model import VIETNAM

OPEN_ENDED = timedelta(minutes=30)
"""How long data without nextUpdate count, as the validation room has it."""


def period(since: datetime, until: datetime | None) -> tuple[datetime, datetime]:
    """From when until when something holds by its thisUpdate and nextUpdate."""
    return since, until or since + OPEN_ENDED


def require_fresh(url: str, since: datetime, until: datetime, at: datetime) -> None:
    """UNSUITABLE for what does not hold yet or no more (RFC 5280, 5.1.2.4; RFC 6960, 4.2.2.1)."""
    if since > at:
        raise unsuitable(
            url,
            "revocation-too-early",
            f"dữ liệu chỉ có hiệu lực từ {_day(since)}; kiểm tra đồng hồ",
            f"it holds from {_utc(since)} only: look at the clocks",
        )
    if until < at:
        raise unsuitable(
            url,
            "revocation-expired",
            f"dữ liệu đã hết hạn từ {_day(until)}",
            f"it has expired on {_utc(until)}",
        )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
