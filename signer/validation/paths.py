"""A certificate's path to a pinned root, and its revocation, at a moment (RFC 5280, 6; RFC 6960)."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from asn1crypto import x509
from pyhanko_certvalidator import ValidationContext, find_valid_path
from pyhanko_certvalidator.errors import (
    DisallowedAlgorithmError,
    ExpiredError,
    NotYetValidError,
    PathBuildingError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    REQUIRE_REVINFO,
    CertRevTrustPolicy,
    DisallowWeakAlgorithmsPolicy,
)
from pyhanko_certvalidator.validate import async_validate_path

from policies.certificates import PathStatus, RevocationStatus
from policies.model import Text
from signer.model import VIETNAM
from signer.report import SubIndication
from signer.validation.trust import Anchors, RevocationData

CERTIFICATE_ALGORITHMS = DisallowWeakAlgorithmsPolicy(  # type: ignore[no-untyped-call]  # the library's own
    weak_hash_algos=frozenset({"md2", "md5"})
)
"""The first generation of the Government CA signs certificates and CRLs with SHA-1. A path is only ever believed
when it ends at a root pinned by SHA-256, so that is tolerated there, and nowhere for documents."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class PathOutcome:
    """Where a certificate leads. ``chain`` from the root down to it; empty where no path could be built.

    ``detail`` is the library's sentence, English; ``meaning`` says in Vietnamese what kind of fault that is.
    """

    path: PathStatus
    revocation: RevocationStatus = RevocationStatus.UNKNOWN
    revoked_at: datetime | None = None
    revoked_issuer: bool = False
    subindication: SubIndication | None = None
    detail: str = ""
    chain: tuple[x509.Certificate, ...] = ()
    meaning: str = ""

    @property
    def words(self) -> Text:
        """What stands against the certificate, for a finding."""
        return Text(self.meaning or "không rõ nguyên nhân", self.detail[:300])


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Drive a coroutine that never waits: without fetchers the validator has nothing to wait for.

    No event loop is needed, so this works inside somebody else's loop as well, and costs nothing.
    """
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # StopIteration is not generic
    work.close()
    raise RuntimeError("the validator waited for something although it may fetch nothing")


def context(
    anchors: Anchors,
    helpers: Iterable[x509.Certificate],
    moment: datetime,
    revocation: RevocationData | None = None,
    *,
    retroactive: bool = False,
) -> ValidationContext:
    """A validation context that fetches nothing. ``revocation`` None: revocation is not looked at.

    ``retroactive`` lets revocation data made after ``moment`` speak about it (a time-stamped signature judged
    with today's CRL).
    """
    policy = NO_REVOCATION if revocation is None else REQUIRE_REVINFO
    return ValidationContext(
        trust_roots=list(anchors.roots),
        other_certs=[*anchors.helpers, *helpers],
        moment=moment,
        allow_fetching=False,
        time_tolerance=timedelta(0),
        algorithm_usage_policy=CERTIFICATE_ALGORITHMS,
        revinfo_policy=CertRevTrustPolicy(policy, retroactive_revinfo=retroactive),
        crls=list(revocation.crls) if revocation else None,
        ocsps=list(revocation.ocsps) if revocation else None,
    )


def judge(
    certificate: x509.Certificate,
    helpers: Iterable[x509.Certificate],
    anchors: Anchors,
    revocation: RevocationData,
    moment: datetime,
    *,
    path_moment: datetime | None = None,
    retroactive: bool = False,
) -> PathOutcome:
    """Build and check the path, then ask for the revocation of every certificate in it.

    ``path_moment`` (default ``moment``) is when the path must hold: a caller that reports the leaf's own
    validity separately clamps it into that validity.
    """
    helpers = list(helpers)
    if not anchors.roots:
        return _no_path("no trust anchor is configured", "chưa khai báo chứng thư số gốc được tin cậy")
    try:
        found = run(_path(certificate, context(anchors, helpers, path_moment or moment)))
    except PathBuildingError as error:
        return _no_path(str(error), "thiếu chứng thư số của tổ chức cấp, hoặc tổ chức cấp không được tin cậy")
    except ValidationError as error:
        if certificate.self_issued and certificate.sha256 not in anchors.pins():
            return _no_path(
                "the certificate is self-signed and not pinned", "chứng thư số tự ký và không thuộc danh sách tin cậy"
            )
        word, meaning = _fault(error)
        return PathOutcome(PathStatus.INVALID, subindication=word, detail=error.failure_msg, meaning=meaning)
    chain = tuple(c for c in found if isinstance(c, x509.Certificate))
    try:
        for data, alone in _sources(revocation):
            checking = context(anchors, helpers, moment, data, retroactive=retroactive)
            try:
                run(async_validate_path(checking, found))
            except RevokedError:
                raise
            except ValidationError:
                if not alone:
                    raise
    except RevokedError as error:
        return PathOutcome(
            PathStatus.TRUSTED,
            RevocationStatus.REVOKED,
            error.revocation_dt,
            not error.is_ee_cert,
            None,
            error.failure_msg,
            chain,
            _revoked(error),
        )
    except ValidationError as error:
        return PathOutcome(
            PathStatus.TRUSTED,
            RevocationStatus.UNKNOWN,
            detail=error.failure_msg,
            chain=chain,
            meaning="không có CRL hoặc trả lời OCSP còn hiệu lực của tổ chức cấp chứng thư số",
        )
    return PathOutcome(PathStatus.TRUSTED, RevocationStatus.GOOD, chain=chain)


def _sources(revocation: RevocationData) -> Iterator[tuple[RevocationData, bool]]:
    """CRLs alone, which may say that something was revoked and nothing else; then all that there is.

    The validator asks OCSP first, and no CRL where that has answered: a "good" that still holds would hide a newer CRL.
    """
    if revocation.crls and revocation.ocsps:
        yield RevocationData(revocation.crls, (), revocation.generation), True
    yield revocation, False


async def _path(certificate: x509.Certificate, where: ValidationContext) -> ValidationPath:
    paths = where.path_builder.async_build_paths_lazy(certificate)
    found: ValidationPath = await find_valid_path(certificate, paths, validation_context=where)
    return found


def _no_path(detail: str, meaning: str) -> PathOutcome:
    return PathOutcome(
        PathStatus.NO_PATH,
        subindication=SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
        detail=detail,
        meaning=meaning,
    )


def _revoked(error: RevokedError) -> str:
    whose = "chứng thư số của người ký" if error.is_ee_cert else "chứng thư số của tổ chức cấp"
    return f"{whose} bị thu hồi từ {error.revocation_dt.astimezone(VIETNAM):%H:%M ngày %d/%m/%Y}"


def _fault(error: ValidationError) -> tuple[SubIndication, str]:
    """EN 319 102-1, 5.2.6.4: what a path that does not hold means without a proof of existence."""
    match error:
        case ExpiredError():
            return SubIndication.OUT_OF_BOUNDS_NO_POE, "có chứng thư số trong đường dẫn đã hết hạn"
        case NotYetValidError():
            return SubIndication.OUT_OF_BOUNDS_NO_POE, "có chứng thư số trong đường dẫn chưa đến ngày hiệu lực"
        case DisallowedAlgorithmError():
            return SubIndication.CRYPTO_CONSTRAINTS_FAILURE, "đường dẫn dùng thuật toán không còn an toàn"
        case _:
            return (
                SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
                "có chứng thư số trong đường dẫn không đúng quy định",
            )
