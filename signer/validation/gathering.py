"""The ValidationSource port: what a later verifier needs of a certificate, out of what lies at hand.

Asked before a signature is made, so that it goes into the signature's own revision. What is given was tried: path and
revocation follow from it and a pinned root alone, as they must when nothing else is left.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from asn1crypto import crl, ocsp, x509

from policies.certificates import PathStatus, RevocationStatus
from policies.model import Text
from signer.model import NO_DATA, Gathered, ValidationData
from signer.validation import paths
from signer.validation.certificates import LONGEST, MAX_KEPT, OPEN_ENDED
from signer.validation.trust import Anchors, RevocationData, RevocationFolder

_MISSING = Text("chưa có CRL hoặc trả lời OCSP còn hiệu lực", "there is no CRL or OCSP answer that still holds")


class Gatherer:
    """Gathers from pinned roots and a folder of CRLs and OCSP answers; safe between threads.

    What was gathered is kept as long as the files are the same and all of it holds, for ten minutes at most.
    """

    def __init__(self, anchors: Anchors, folder: RevocationFolder) -> None:
        self._anchors = anchors
        self._folder = folder
        self._kept: dict[tuple[bytes, ...], tuple[Gathered, datetime, object]] = {}
        self._lock = threading.Lock()

    def gather(self, certificate: bytes, chain: Sequence[bytes], at: datetime) -> Gathered:
        """See the port."""
        asked = (certificate, *chain)
        kept = self._kept.get(asked)
        if kept is not None:
            found, since, generation = kept
            if since <= at < min(found.until, since + LONGEST) and generation == self._folder.generation():
                return found
        with self._lock:  # asn1crypto parses lazily, in place: one at a time
            revocation = self._folder.data()
            found = self._gather(certificate, chain, at, revocation)
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[asked] = found, at, revocation.generation
        return found

    def _gather(self, der: bytes, chain: Sequence[bytes], at: datetime, revocation: RevocationData) -> Gathered:
        certificate = x509.Certificate.load(der, strict=True)
        helpers = [x509.Certificate.load(each) for each in chain]
        outcome = paths.judge(certificate, helpers, self._anchors, revocation, at)
        if outcome.path is not PathStatus.TRUSTED or outcome.revocation is not RevocationStatus.GOOD:
            return Gathered(NO_DATA, at, outcome.words if outcome.detail else _MISSING)
        path = _whole(outcome.chain, self._anchors)
        chosen = _chosen(path, revocation, at)
        alone = paths.judge(certificate, path, Anchors(self._anchors.roots), chosen, at)
        if alone.revocation is not RevocationStatus.GOOD:  # such as an answer whose responder needs a CRL of its own
            chosen = RevocationData(*_fresh(revocation, at))
            if paths.judge(certificate, path, Anchors(self._anchors.roots), chosen, at).revocation is not (
                RevocationStatus.GOOD
            ):
                return Gathered(NO_DATA, at, _MISSING)
        ends = [*(_list_ends(each) for each in chosen.crls), *(_answer_ends(each) for each in chosen.ocsps)]
        data = ValidationData(
            tuple(each.dump() for each in path),
            tuple(each.dump() for each in chosen.crls),
            tuple(each.dump() for each in chosen.ocsps),
        )
        return Gathered(data, min([*ends, *(each.not_valid_after for each in path)]))


def _whole(path: Sequence[x509.Certificate], anchors: Anchors) -> list[x509.Certificate]:
    """Leaf, CAs and root, each once: what a reader without our settings needs to see where the path ends."""
    found = {each.sha256: each for each in path}
    top = [root for root in anchors.roots if any(root.subject == each.issuer for each in path)]
    return list((found | {root.sha256: root for root in top}).values())


def _chosen(path: Sequence[x509.Certificate], revocation: RevocationData, at: datetime) -> RevocationData:
    """For each certificate below the root its OCSP answers, where there are any, else its CA's lists.

    An answer is a few kilobytes, a list of a public CA may be megabytes.
    """
    lists, answers = _fresh(revocation, at)
    crls: dict[bytes, crl.CertificateList] = {}
    ocsps: dict[bytes, ocsp.OCSPResponse] = {}
    for each in path:
        if each.self_issued:
            continue
        told = [answer for answer in answers if each.serial_number in _serials(answer)]
        ocsps |= {answer.dump(): answer for answer in told}
        if not told:
            crls |= {listed.dump(): listed for listed in lists if listed.issuer == each.issuer}
    return RevocationData(tuple(crls.values()), tuple(ocsps.values()))


def _fresh(
    revocation: RevocationData, at: datetime
) -> tuple[tuple[crl.CertificateList, ...], tuple[ocsp.OCSPResponse, ...]]:
    answers = (each for each in revocation.ocsps if each["response_status"].native == "successful")
    return (
        tuple(each for each in revocation.crls if at <= _list_ends(each)),
        tuple(each for each in answers if at <= _answer_ends(each)),
    )


def _list_ends(listed: crl.CertificateList) -> datetime:
    body = listed["tbs_cert_list"]
    return _end(body["this_update"].native, body["next_update"].native)


def _answer_ends(answer: ocsp.OCSPResponse) -> datetime:
    return min(_end(one["this_update"].native, one["next_update"].native) for one in _singles(answer))


def _end(begins: datetime, ends: datetime | None) -> datetime:
    return (ends or begins + OPEN_ENDED).astimezone(UTC)


def _serials(answer: ocsp.OCSPResponse) -> frozenset[int]:
    return frozenset(one["cert_id"]["serial_number"].native for one in _singles(answer))


def _singles(answer: ocsp.OCSPResponse) -> Iterator[ocsp.SingleResponse]:
    yield from answer.response_data["responses"]
