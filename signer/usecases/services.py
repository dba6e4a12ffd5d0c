"""All that can be asked for, in one value: what the wiring builds and the programs use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from signer.ports import ApiKeys, Clock, Idempotency, Incoming, Keyring, TimeStampAuthority, WatchedTime
from signer.usecases.check import Check
from signer.usecases.copies import MakeCopy
from signer.usecases.deadlines import Deadlines
from signer.usecases.end import Recall, Reject, Void
from signer.usecases.follow import Follow
from signer.usecases.health import Health
from signer.usecases.housekeeping import Housekeeping
from signer.usecases.issue import Issue
from signer.usecases.look import Look
from signer.usecases.paper import Enter, IssueOnPaper
from signer.usecases.prepare import Prepare
from signer.usecases.recover import Recover
from signer.usecases.register import Register
from signer.usecases.rows import Rows
from signer.usecases.sign import Sign
from signer.usecases.verify import Verify


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, wired, and the few stores that the roof itself needs (callers, repeated requests).

    ``clock`` dates what happens; ``time`` is for those who vouch for it, None where the settings name no source.
    ``authority``: our own time-stamp authority, None where the settings want none.
    """

    check: Check
    prepare: Prepare
    sign: Sign
    issue: Issue
    issue_on_paper: IssueOnPaper
    enter: Enter
    copy: MakeCopy
    reject: Reject
    void: Void
    recall: Recall
    look: Look
    follow: Follow
    register: Register
    rows: Rows
    deadlines: Deadlines
    verify: Verify
    health: Health
    recover: Recover
    housekeeping: Housekeeping
    keys: Keyring
    api_keys: ApiKeys
    idempotency: Idempotency
    clock: Clock
    time: WatchedTime | None
    authority: TimeStampAuthority | None
    receive: Callable[[], Incoming]
