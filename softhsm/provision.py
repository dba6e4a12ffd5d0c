"""Put the declared PKI and office into a folder: SoftHSM tokens, certificates, images, settings.

Idempotent: what is there stays (tokens, keys, PINs, certificates, images, service.toml); keys.toml follows the
declaration; revocation data are made anew. Nothing outside the folder is touched: SoftHSM gets a configuration of
its own by SOFTHSM2_CONF, for the processes that use the folder only. These keys grant no power.
"""

from __future__ import annotations

import os
import secrets
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hsm.pin import Pin, PinSource
from hsm.pkcs11.module import RESCAN_SECONDS
from softhsm import images, tokens
from softhsm.authority import Authority, Subject, leaf_period
from softhsm.declared import Declared, DeclaredKey, DeclaredToken, load
from softhsm.settings import SERVICE, keys_toml


@dataclass(frozen=True, slots=True)
class Provisioned:
    """A provisioned folder: where things are, and what tests do to it."""

    folder: Path
    declared: Declared

    @property
    def softhsm_conf(self) -> Path:
        """The value of SOFTHSM2_CONF."""
        return self.folder / "softhsm2.conf"

    @property
    def service(self) -> Path:
        """service.toml."""
        return self.folder / "service.toml"

    @property
    def keys(self) -> Path:
        """keys.toml."""
        return self.folder / "keys.toml"

    @property
    def module(self) -> Path:
        """SoftHSM's PKCS#11 module."""
        return tokens.module_path()

    @property
    def authority(self) -> Authority:
        """The CA: issue, revoke, refresh."""
        return Authority(self.folder, self.declared)

    def activate(self) -> None:
        """Let this process, and its children, use the folder's tokens; before the module is loaded."""
        os.environ["SOFTHSM2_CONF"] = str(self.softhsm_conf)

    def token_of(self, key: str) -> DeclaredToken:
        """The token that holds a key."""
        return next(token for token in self.declared.tokens if any(k.name == key for k in token.keys))

    def pin(self, key: str) -> Pin:
        """The PIN of the token that holds a key."""
        return PinSource("file", str(self.folder / "pins" / self.token_of(key).name)).read()

    def person_pins(self) -> dict[str, str]:
        """Key name to PIN for persons' document keys: for a demonstration's credentials file."""
        return {
            key.name: self.pin(key.name).reveal()
            for key in self.declared.all_keys()
            if key.usage != "health" and self.token_of(key.name).kind == "person"
        }

    def certificate(self, name: str) -> x509.Certificate:
        """A certificate by its file's name: a key's, "root", "sub"."""
        return x509.load_pem_x509_certificate((self.folder / f"certs/{name}.pem").read_bytes())

    def issue_leaf(
        self,
        name: str,
        *,
        like: str,
        usage: str | None = None,
        common_name: str | None = None,
        public_key_of: str | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Path:
        """One more certificate over an existing key, as certs/NAME.pem.

        To be expired, for another usage, of another holder, or over another key (``public_key_of``).
        Revocation data for it come with ``refresh_revocation``.
        """
        key = next(k for k in self.declared.all_keys() if k.name == like)
        public = self.certificate(public_key_of or like).public_key()
        since, until = leaf_period(datetime.now(UTC))
        certificate = self.authority.issue(
            public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            Subject(common_name or key.common_name, key.organisation, key.place),
            usage or key.usage,
            not_before=not_before or since,
            not_after=not_after or until,
        )
        return self.authority.store(name, certificate)

    def revoke(self, name: str, at: datetime | None = None) -> None:
        """Revoke certs/NAME.pem and publish."""
        now = datetime.now(UTC)
        self.authority.revoke(self.certificate(name), at or now)
        self.authority.refresh(now)

    def refresh_revocation(self, now: datetime | None = None) -> None:
        """New CRLs and OCSP answers."""
        self.authority.refresh(now or datetime.now(UTC))

    # --- a token that goes away ---------------------------------------------------------------------------

    def pull_token(self, name: str) -> None:
        """Take a token out: SoftHSM's folder of it is moved away."""
        found = self._token_folder(self.folder / "tokens", name)
        (self.folder / "away").mkdir(exist_ok=True)
        found.rename(self.folder / "away" / found.name)

    def return_token(self, name: str) -> None:
        """Put it back; when this returns, the next look for tokens (hsm.pkcs11.module) finds it."""
        found = self._token_folder(self.folder / "away", name)
        found.rename(self.folder / "tokens" / found.name)
        time.sleep(RESCAN_SECONDS * 1.1)

    @contextmanager
    def token_away(self, name: str) -> Iterator[None]:
        """Out, and back at the end."""
        self.pull_token(name)
        try:
            yield
        finally:
            self.return_token(name)

    @staticmethod
    def _token_folder(where: Path, name: str) -> Path:
        # SoftHSM's token.object holds the label as its attribute's plain bytes, padded to 32 with blanks.
        wanted = name.encode().ljust(32)
        for path in where.glob("*/token.object"):
            if wanted in path.read_bytes():
                return path.parent
        raise FileNotFoundError(f"no token {name} in {where}")


def provision(folder: Path, now: datetime | None = None) -> Provisioned:
    """Make, or complete, everything in ``folder`` (created, mode 0700)."""
    now = now or datetime.now(UTC)
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for sub in ("tokens", "pins", "certs", "images", "blobs"):
        (folder / sub).mkdir(exist_ok=True, mode=0o700)
    done = Provisioned(folder, load())
    configure(done)
    public = _make_tokens(done)
    authority = done.authority
    authority.establish(now)
    for key in done.declared.all_keys():
        _certify(done, key, public[key.name], now)
    authority.refresh(now)
    _draw(done)
    done.keys.write_text(keys_toml(done.declared, done.module), "utf-8")
    if not done.service.exists():
        done.service.write_text(SERVICE, "utf-8")
    return done


def configure(done: Provisioned) -> None:
    """Write softhsm2.conf, whose paths are absolute: also after the folder was copied or moved."""
    done.softhsm_conf.write_text(
        f"directories.tokendir = {done.folder}/tokens\nobjectstore.backend = file\n"
        "log.level = ERROR\nslots.removable = false\n",
        "utf-8",
    )


def _make_tokens(done: Provisioned) -> dict[str, bytes]:
    """Have SoftHSM make tokens and keys; key name to SubjectPublicKeyInfo."""
    order = [
        {
            "label": token.name,
            "pin": _pin(done.folder, token.name),
            "so_pin": _pin(done.folder, f"so-{token.name}"),
            "keys": [
                {
                    "id": key.id.hex(),
                    "label": key.name,
                    "algorithm": key.algorithm,
                    "private": not (key.usage == "health" and token.kind == "person"),
                }
                for key in token.keys
            ],
        }
        for token in done.declared.tokens
    ]
    answer = tokens.make(order, done.softhsm_conf)
    return {name: bytes.fromhex(spki) for token in answer.values() for name, spki in token["keys"].items()}


def _pin(folder: Path, name: str) -> str:
    """The PIN of a token, random, in a file that only its owner reads."""
    path = folder / "pins" / name
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{secrets.randbelow(10**8):08d}\n")
    return path.read_text().strip()


def _certify(done: Provisioned, key: DeclaredKey, public: bytes, now: datetime) -> None:
    """A certificate for the key unless one for just this key is there."""
    path = done.folder / f"certs/{key.name}.pem"
    if path.exists():
        present = done.certificate(key.name).public_key()
        if present.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == public:
            return
    since, until = leaf_period(now)
    email = f"{key.name}@antin.example" if key.usage in ("leader", "initial", "clerk") else None
    subject = Subject(key.common_name, key.organisation, key.place, email)
    done.authority.store(key.name, done.authority.issue(public, subject, key.usage, not_before=since, not_after=until))


def _draw(done: Provisioned) -> None:
    """Seals of organisations, signatures of leaders and of those who initial."""
    office = tomllib.loads(office_text())
    for organisation in office["organisation"]:
        path = done.folder / organisation["seal_image"]
        if not path.exists():
            path.write_bytes(images.seal(organisation["era"][-1]["name"], organisation["seal_diameter_mm"]))
    for key in done.declared.all_keys():
        path = done.folder / f"images/{key.name}.png"
        if key.usage in ("leader", "initial") and not path.exists():
            path.write_bytes(images.signature(key.common_name))


def office_text() -> str:
    """The packaged office.toml."""
    return resources.files("softhsm").joinpath("office.toml").read_text("utf-8")
