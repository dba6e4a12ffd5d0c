"""Questions to the office: who issues on a day, in which series, who is meant by a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from policies.text import fold
from signer.errors import Kind, SignerError
from signer.model import Issuer, Metadata, Office, Organisation, OrganisationEra, Period, Person, Series


@dataclass(frozen=True, slots=True)
class Standing:
    """An issuer on a day: it, the organisation whose registry serves it, and what that is called then."""

    issuer: Issuer
    organisation: Organisation
    era: OrganisationEra


def standing(office: Office, code: str, day: date) -> Standing:
    """The issuer as it stands on ``day``.

    UNSUITABLE ``unknown-agency``; ``agency-dissolved`` names the successor and the text that founded it;
    ``agency-not-yet-founded``.
    """
    issuer = office.issuers.get(code)
    if issuer is None:
        known = ", ".join(sorted(office.issuers))
        raise SignerError(
            Kind.UNSUITABLE,
            "unknown-agency",
            f"Không có cơ quan ban hành “{code}”. Các mã đã khai báo: {known}.",
            f"there is no issuing agency “{code}”; known codes: {known}",
            where="metadata.agency",
        )
    organisation = office.organisations[issuer.organisation]
    era = organisation.on(day)
    if era is None:
        raise _not_standing(office, organisation, day)
    return Standing(issuer, organisation, era)


def _not_standing(office: Office, organisation: Organisation, day: date) -> SignerError:
    ended = [era for era in organisation.eras if era.period.until is not None and era.period.until < day]
    if not ended:
        first = organisation.eras[0]
        return SignerError(
            Kind.UNSUITABLE,
            "agency-not-yet-founded",
            f"{first.name} chưa được thành lập vào ngày {day:%d/%m/%Y}. Căn cứ: {first.basis}.",
            f"{first.name} is not founded yet on {day.isoformat()}; basis: {first.basis}",
            where="metadata.agency",
            clause=first.basis,
        )
    last = max(ended, key=lambda era: era.period.until or date.min)
    until = last.period.until or day
    # An era's basis is the text that founded it: the end of this one is told by the successor's.
    next_day = until + timedelta(days=1)
    eras = [heir.on(next_day) for heir in office.organisations.values() if organisation.id in heir.successor_of]
    heirs = [(era.name, era.basis) for era in eras if era is not None]
    heirs_vi = "".join(f" Cơ quan kế thừa: {name}, theo {basis}." for name, basis in heirs)
    heirs_en = "".join(f"; its successor is {name}, by {basis}" for name, basis in heirs)
    return SignerError(
        Kind.UNSUITABLE,
        "agency-dissolved",
        f"{last.name} ({last.basis}) chỉ hoạt động đến hết ngày {until:%d/%m/%Y}, không còn ban hành văn bản."
        f"{heirs_vi}",
        f"{last.name} ({last.basis}) existed until {until.isoformat()} and issues no documents any more{heirs_en}",
        where="metadata.agency",
        clause=heirs[0][1] if heirs else last.basis,
    )


def series_for(office: Office, meta: Metadata, day: date) -> Series:
    """The series that a document's number comes from: one for its type before one for every type.

    UNSUITABLE ``no-series``, ``series-closed`` or ``several-series``.
    """
    label = meta.type or "công văn"
    fitting = [s for s in office.series if meta.agency in s.issuers and (not s.types or meta.type in s.types)]
    if not fitting:
        raise SignerError(
            Kind.UNSUITABLE,
            "no-series",
            f"Chưa khai báo hệ thống số cho loại “{label}” của cơ quan {meta.agency}.",
            f"no series of numbers is defined for “{label}” of {meta.agency}",
            clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
            where="metadata.type",
        )
    running = [s for s in fitting if Period(s.since, s.until).holds(day)]
    if not running:
        raise SignerError(
            Kind.UNSUITABLE,
            "series-closed",
            f"Hệ thống số “{fitting[0].id}” không mở vào ngày {day:%d/%m/%Y}.",
            f"the series “{fitting[0].id}” is not open on {day.isoformat()}",
            clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
            where="metadata.type",
        )
    chosen = [s for s in running if s.types] or running
    if len(chosen) > 1:
        names = ", ".join(s.id for s in chosen)
        raise SignerError(
            Kind.UNSUITABLE,
            "several-series",
            f"Loại “{label}” của cơ quan {meta.agency} thuộc nhiều hệ thống số: {names}.",
            f"“{label}” of {meta.agency} belongs to several series: {names}",
            clause="NĐ 30/2020/NĐ-CP, Điều 15 khoản 1",
            where="metadata.type",
        )
    return chosen[0]


def persons_named(office: Office, name: str) -> tuple[Person, ...]:
    """Everybody of that name; names are compared folded (tone placement, spaces, look-alike letters)."""
    wanted = fold(name)
    return tuple(person for person in office.persons.values() if fold(person.name) == wanted)
