"""All that can be asked for, in one value: what the wiring builds and the programs use."""

from __future__ import annotations

from dataclasses import dataclass

from signer.ports import ApiKeys, Clock, Idempotency, Keyring
from signer.usecases.end import Reject, Void
from signer.usecases.health import Health
from signer.usecases.issue import Issue
from signer.usecases.look import Look
from signer.usecases.prepare import Prepare
from signer.usecases.recover import Recover
from signer.usecases.register import Register
from signer.usecases.sign import Sign
from signer.usecases.verify import Verify


@dataclass(frozen=True, slots=True)
class Services:
    """The use cases, wired, and the few stores that the roof itself needs (callers, repeated requests)."""

    prepare: Prepare
    sign: Sign
    issue: Issue
    reject: Reject
    void: Void
    look: Look
    register: Register
    verify: Verify
    health: Health
    recover: Recover
    keys: Keyring
    api_keys: ApiKeys
    idempotency: Idempotency
    clock: Clock
