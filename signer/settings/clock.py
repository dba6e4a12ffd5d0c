"""``[clock]`` of ``service.toml``: by what the computer's clock is known."""

from __future__ import annotations

from datetime import timedelta

from signer.settings.table import Table
from signer.tsa.sources import DRIFT, ClockSettings, Source, parse

_MOST_SOURCES = 16


def read_clock(root: Table) -> ClockSettings | None:
    """Read ``[clock]``; None where there is none: then no time is vouched for."""
    if "clock" not in root:
        return None
    table = root.table("clock")
    known = ClockSettings(())
    settings = ClockSettings(
        sources=_sources(table),
        accuracy=timedelta(milliseconds=table.integer("accuracy_ms", 1000, 1, 60_000)),
        valid=table.number("valid_seconds", known.valid, 1, 3600),
        interval=table.number("interval_seconds", known.interval, 0.2, 1024),
        timeout=table.number("timeout_seconds", known.timeout, 0.05, 30),
    )
    if settings.valid < settings.interval + settings.timeout:
        table.fault(
            "valid_seconds",
            "phải dài hơn interval_seconds cộng timeout_seconds, nếu không giờ sẽ hết hạn giữa hai lần đo / must be "
            "more than interval_seconds and timeout_seconds together, else it ends between two measurements",
        )
    if settings.valid * DRIFT >= settings.accuracy.total_seconds():
        table.fault(
            "accuracy_ms",
            f"đồng hồ có thể trôi {settings.valid * DRIFT * 1000:g} ms trong valid_seconds: hãy giảm valid_seconds "
            "hoặc nới accuracy_ms / is no more than what a clock may drift in valid_seconds",
        )
    table.end()
    return settings


def needs_clock(table: Table, clock: ClockSettings | None) -> None:
    """Note a fault of ``table``, which vouches for time, where the settings name no clock for it."""
    if clock is None:
        table.fault(
            "clock",
            "cần bảng [clock]: không có nguồn giờ nào thì không cấp được dấu thời gian / a table [clock] is needed: "
            "without a source of time nobody can vouch for it (docs/clock.md)",
        )


def _sources(table: Table) -> tuple[Source, ...]:
    texts = table.texts("sources")
    sources = tuple(found for found in (_source(table, text) for text in texts) if found is not None)
    if not texts and "sources" in table:
        table.fault("sources", "cần ít nhất một nguồn giờ / at least one source is wanted")
    if len(texts) > _MOST_SOURCES:
        table.fault("sources", f"nhiều nhất {_MOST_SOURCES} nguồn / at most {_MOST_SOURCES} sources")
    places = [(each.way, each.host.lower(), each.port, each.path) for each in sources]
    for source, place in zip(sources, places, strict=True):
        if places.count(place) > 1:
            table.fault("sources", f"“{source.name}” ghi hai lần: mỗi nguồn một lời / is named twice: one voice each")
            break
    settings = ClockSettings(sources)
    if settings.local and len(sources) > 1:
        table.fault("sources", "“local” chỉ đứng một mình / stands alone: it agrees with itself only")
    elif settings.local:
        table.warn(
            "sources",
            "“local”: người vận hành tự bảo đảm đồng hồ của máy, không nguồn nào kiểm chứng; chỉ dùng để thử / nobody "
            "checks the computer's clock, the operator vouches for it; for demonstrations",
        )
    if len(sources) == 2:
        table.warn(
            "sources",
            "hai nguồn phải cùng trả lời và khớp nhau; ba thì một nguồn được sai hoặc vắng / two must both answer and "
            "agree; of three, one may be wrong or away",
        )
    return sources


def _source(table: Table, text: str) -> Source | None:
    try:
        return parse(text)
    except ValueError:
        table.fault(
            "sources",
            f"“{text[:80]}” không phải nguồn giờ / is no source: ntp://host[:port], chrony, chrony:///path/of/socket, "
            "chrony://127.0.0.1:port, local",
        )
        return None
