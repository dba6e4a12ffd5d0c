"""The Keyring of the settings: key names to keys on tokens, opened when first needed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hsm.api import SignatureAlgorithm, SigningKey, TokenStatus
from hsm.errors import HsmError, PinLocked, PinRequired, TokenUnavailable
from hsm.pin import Pin, PinSource
from hsm.pkcs11 import Pkcs11Token
from hsm.uri import KeyRef
from hsm.verify import verify
from signer.errors import Kind, SignerError
from signer.key_errors import explain
from signer.model import KeyHolder, KeyInfo

_ALGORITHMS = frozenset(algorithm.value for algorithm in SignatureAlgorithm)


class TokenKind(StrEnum):
    """How a token gets its PIN."""

    SERVER = "server"  # an agency's secure server: logged in once a process, PIN from the settings
    PERSON = "person"  # a person's token: the PIN comes with each call and is forgotten after it


@dataclass(frozen=True, slots=True)
class ModuleSpec:
    """``[[module]]`` of keys.toml: a PKCS#11 library.

    ``os_locking_ok`` False says that the library cannot lock by itself: every call is made under one lock.
    """

    name: str
    path: Path
    os_locking_ok: bool = True


@dataclass(frozen=True, slots=True)
class TokenSpec:
    """``[[token]]`` of keys.toml. ``label`` and ``serial`` as the token reports them, blanks stripped.

    ``pin`` is for server tokens; a person's PIN is never in the settings. ``stay_logged_in``: seconds for which a
    person's login outlives a signature, for whoever signs many documents in a row; each still needs the PIN.
    """

    name: str
    module: str
    label: str
    kind: TokenKind
    serial: str | None = None
    pin: PinSource | None = None
    stay_logged_in: int = 0

    def __post_init__(self) -> None:
        if self.kind is TokenKind.PERSON and self.pin is not None:
            raise ValueError(f"token {self.name}: a person's PIN does not belong in the settings")


@dataclass(frozen=True, slots=True)
class KeySpec:
    """``[[key]]`` of keys.toml: what is known of a key (``info``), on which token, under which reference."""

    info: KeyInfo
    token: str
    ref: KeyRef


class HealthState(StrEnum):
    """How a token is."""

    GOOD = "good"  # present, and its health key signed a nonce that verifies
    PRESENT = "present"  # present; no health key is declared for it
    AWAY = "away"  # the module, slot or token cannot be reached
    LOCKED = "locked"  # the PIN is locked, or one wrong PIN before it
    FAILED = "failed"  # present, and could not sign, or what it signed does not verify


@dataclass(frozen=True, slots=True)
class TokenHealth:
    """What a look at a token gave; ``detail`` is for operators and names no PIN."""

    token: str
    kind: TokenKind
    state: HealthState
    status: TokenStatus
    milliseconds: float
    detail: str = ""


class TokenKeyring:
    """Keyring of signer.ports over PKCS#11 tokens. Safe to share between threads; made before a fork, used after.

    Nothing is loaded or opened before the first signature. A token that is away is the trouble of its own keys
    only. Contradictions in the settings are a ValueError that names them all.
    """

    def __init__(self, modules: Sequence[ModuleSpec], tokens: Sequence[TokenSpec], keys: Sequence[KeySpec]) -> None:
        _check(modules, tokens, keys)
        by_name = {module.name: module for module in modules}
        self._token_specs = {token.name: token for token in tokens}
        self._key_specs = {key.info.name: key for key in keys}
        self._tokens = {
            token.name: Pkcs11Token(
                token.name,
                by_name[token.module].path,
                token.label,
                serial=token.serial,
                pin_source=token.pin,
                os_locking_ok=by_name[token.module].os_locking_ok,
                stay_seconds=token.stay_logged_in,
            )
            for token in tokens
        }
        self._opened: dict[str, SigningKey] = {}

    def info(self, name: str) -> KeyInfo:
        """NOT_FOUND ``unknown-key``."""
        return self._spec(name).info

    def infos(self) -> Sequence[KeyInfo]:
        """All keys, in the order of the settings."""
        return tuple(spec.info for spec in self._key_specs.values())

    def sign(self, name: str, data: bytes, pin: Pin | None = None) -> bytes:
        """Sign with the key's algorithm; see the port.

        A server's key uses the PIN of the settings; a PIN that comes with the call is not sent to a server.
        """
        spec = self._spec(name)
        if self._token_specs[spec.token].pin is not None:
            pin = None
        elif pin is None and spec.info.holder is KeyHolder.PERSON:
            raise explain(PinRequired(name), key=name, token=spec.token)
        try:
            key = self._opened.get(name) or self._open(spec, pin)
            return key.sign(data, SignatureAlgorithm(spec.info.algorithm), pin)
        except HsmError as fault:
            raise explain(fault, key=name, token=spec.token) from fault

    def ready(self, name: str, pin: Pin | None = None) -> None:
        """See the port: asked before a number is taken, so that an absent token or a wrong PIN costs none."""
        spec = self._spec(name)
        token = self._tokens[spec.token]
        status = token.status()
        try:
            if not status.present:
                raise TokenUnavailable(status.detail)
            if status.pin_locked:
                raise PinLocked(spec.token)
            if self._token_specs[spec.token].pin is None:
                if pin is not None:
                    # Found with the PIN, never without: the login is what is asked for.
                    self._admit(spec, token.key(spec.ref, pin))
            elif name not in self._opened:
                self._open(spec, None)
        except HsmError as fault:
            raise explain(fault, key=name, token=spec.token) from fault

    def statuses(self) -> tuple[TokenStatus, ...]:
        """What each token says of itself, in the order of the settings; nothing is signed."""
        return tuple(token.status() for token in self._tokens.values())

    def health(self) -> tuple[TokenHealth, ...]:
        """Have each token sign a nonce with its key ``health-<token>``; in the order of the settings."""
        return tuple(self._health(name) for name in self._tokens)

    def close(self) -> None:
        """End this process's sessions with all tokens. Idempotent; the next signature opens them again."""
        self._opened.clear()
        for token in self._tokens.values():
            token.close()

    def _spec(self, name: str) -> KeySpec:
        try:
            return self._key_specs[name]
        except KeyError:
            shown = name[:80]
            raise SignerError(
                Kind.NOT_FOUND,
                "unknown-key",
                f"Không có khóa nào tên là “{shown}” trong cấu hình.",
                f"The settings know no key named “{shown}”.",
                where="key",
            ) from None

    def _open(self, spec: KeySpec, pin: Pin | None) -> SigningKey:
        """Find the key, and refuse it unless the certificate is for just this key."""
        return self._admit(spec, self._find(spec, pin))

    def _admit(self, spec: KeySpec, key: SigningKey) -> SigningKey:
        if key.public_key != _public_key(spec.info.certificate):
            raise SignerError(
                Kind.UNSUITABLE,
                "certificate-key-mismatch",
                f"Chứng thư số khai báo cho khóa “{spec.info.name}” không khớp với khóa trên thiết bị "
                f"“{spec.token}”. Không ký.",
                f"The certificate given for the key “{spec.info.name}” is not for the key on the token "
                f"“{spec.token}”. Nothing was signed.",
                where=f"keys.toml: key {spec.info.name}",
            )
        self._opened[spec.info.name] = key
        return key

    def _find(self, spec: KeySpec, pin: Pin | None) -> SigningKey:
        """As the public if the token shows public objects, since each login costs time and may cost a try."""
        token = self._tokens[spec.token]
        try:
            return token.key(spec.ref)
        except PinRequired:
            if pin is None:
                raise
            return token.key(spec.ref, pin)

    def _health(self, name: str) -> TokenHealth:
        kind = self._token_specs[name].kind
        began = time.monotonic()

        def result(state: HealthState, status: TokenStatus, detail: str = "") -> TokenHealth:
            return TokenHealth(name, kind, state, status, (time.monotonic() - began) * 1000, detail)

        status = self._tokens[name].status()
        if not status.present:
            return result(HealthState.AWAY, status, status.detail)
        if status.pin_locked or status.pin_final_try:
            return result(HealthState.LOCKED, status)
        spec = self._key_specs.get(f"health-{name}")
        if spec is None:
            return result(HealthState.PRESENT, status)
        nonce = secrets.token_bytes(32)
        algorithm = SignatureAlgorithm(spec.info.algorithm)
        try:
            key = self._opened.get(spec.info.name) or self._open(spec, None)
            verify(key.public_key, algorithm, nonce, key.sign(nonce, algorithm))
        except TokenUnavailable as fault:
            return result(HealthState.AWAY, status, str(fault))
        except PinLocked as fault:
            return result(HealthState.LOCKED, status, str(fault))
        except (HsmError, SignerError, InvalidSignature) as fault:
            return result(HealthState.FAILED, status, str(fault) or type(fault).__name__)
        return result(HealthState.GOOD, status)


def _check(modules: Sequence[ModuleSpec], tokens: Sequence[TokenSpec], keys: Sequence[KeySpec]) -> None:
    """Every name once, every reference to something that is there."""
    faults = []
    names = {
        "module": [module.name for module in modules],
        "token": [token.name for token in tokens],
        "key": [key.info.name for key in keys],
    }
    for what, given in names.items():
        faults += [f"{what} {name}: given twice" for name in sorted({n for n in given if given.count(n) > 1})]
    kinds = {token.name: token.kind for token in tokens}
    faults += [f"token {t.name}: no module {t.module}" for t in tokens if t.module not in names["module"]]
    for key in keys:
        if key.token not in kinds:
            faults.append(f"key {key.info.name}: no token {key.token}")
        elif key.info.holder is KeyHolder.PERSON and kinds[key.token] is not TokenKind.PERSON:
            # There the PIN of the settings would sign for the person without him.
            faults.append(f"key {key.info.name}: a person's key does not belong on the server token {key.token}")
        if key.info.algorithm not in _ALGORITHMS:
            faults.append(f"key {key.info.name}: unknown algorithm {key.info.algorithm}")
    if faults:
        raise ValueError("; ".join(faults))


def _public_key(certificate: bytes) -> bytes:
    """SubjectPublicKeyInfo of a certificate, DER."""
    key = x509.load_der_x509_certificate(certificate).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
