"""``service.toml``: how the service runs; and both files together."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path

from policies.load import RulesetFaults, with_own
from policies.model import Ruleset
from signer.keys import KeySpec, ModuleSpec, TokenSpec
from signer.model import Office
from signer.revocation.way import Way
from signer.settings.clock import read_clock
from signer.settings.fetch import read_fetch
from signer.settings.files import trust
from signer.settings.keys import check_office, read_keys, read_modules, read_tokens
from signer.settings.limits import Limits, read_limits
from signer.settings.office import read_office
from signer.settings.outside import read_outside
from signer.settings.proxy import ProxySettings, read_proxy
from signer.settings.table import Notes, SettingsFaults, Table, read_toml
from signer.settings.tsa import TsaSettings, read_tsa
from signer.tsa.outside_spec import Outside
from signer.tsa.sources import ClockSettings

_LISTEN = re.compile(r"(?P<host>[^\s:\[\]]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})")
_SQLITE = re.compile(r"(?P<scheme>sqlite(?:\+\w+)?:///)(?P<path>[^/?:][^?]*)(?P<rest>\?.*)?")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, checked. ``warnings`` are lines about what is odd and does not stop the start.

    ``store`` is a SQLAlchemy URL and may hold a password: it is in no repr. ``trust`` are files and folders of
    pinned roots, ``revocation`` a folder of ``*.crl`` and ``*.ocsp``, ``fetch`` how they get there. ``outside``:
    others' time-stamp authorities. ``clock``: by what time is known, None where nobody vouches for it. ``tsa``: our own
    time-stamp authority, None where none is served. ``days_back``: how many days before today a date of issue may
    lie. ``answers_hours``: how long the answer to an Idempotency-Key is kept. ``rules`` are the
    package's, with the operator's own instruments (a year's calendar).
    ``files``: all that was read, both files and what they name, never a PIN.
    """

    path: Path
    keys_path: Path
    listen: str
    workers: int
    threads: int
    store: str = dataclasses.field(repr=False)
    blobs: Path
    trust: tuple[Path, ...]
    revocation: Path
    fetch: Way
    outside: Outside
    clock: ClockSettings | None
    tsa: TsaSettings | None
    limits: Limits
    proxy: ProxySettings
    days_back: int
    answers_hours: int
    rules: tuple[Ruleset, ...] = dataclasses.field(repr=False)
    office: Office = dataclasses.field(repr=False)
    modules: tuple[ModuleSpec, ...]
    tokens: tuple[TokenSpec, ...]
    keys: tuple[KeySpec, ...] = dataclasses.field(repr=False)
    warnings: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    @property
    def host(self) -> str:
        """The address part of ``listen``, brackets of IPv6 dropped."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port part of ``listen``."""
        return int(self.listen.rpartition(":")[2])


def load_settings(path: Path) -> Settings:
    """Read ``service.toml`` at ``path`` and the ``keys.toml`` that it names; SettingsFaults with all faults."""
    notes = Notes()
    root = read_toml(Path(path).absolute(), notes)
    if root is None:
        raise SettingsFaults(notes.faults)
    keys_path = root.path("keys", "keys.toml")
    keys = read_toml(keys_path, notes)
    office = Office(organisations={}, issuers={}, persons={}, series=(), delegations=(), custody=())
    modules: tuple[ModuleSpec, ...] = ()
    tokens: tuple[TokenSpec, ...] = ()
    specs: tuple[KeySpec, ...] = ()
    if keys is not None:
        office = read_office(keys)
        modules = read_modules(keys)
        tokens = read_tokens(keys, modules)
        specs = read_keys(keys, tokens, office)
        check_office(keys_path.name, office, specs, notes.faults)
        keys.end()
    roots, fetch, clock = trust(root), read_fetch(root), read_clock(root)
    settings = Settings(
        path=Path(path).absolute(),
        keys_path=keys_path,
        listen=_listen(root),
        workers=root.integer("workers", 2, 1, 256),
        threads=root.integer("threads", 4, 1, 256),
        store=_store(root),
        blobs=root.path("blobs", "blobs"),
        trust=roots,
        revocation=root.path("revocation", "revocation"),
        fetch=fetch,
        outside=read_outside(root, fetch, roots),
        clock=clock,
        tsa=read_tsa(root, specs, clock),
        limits=read_limits(root),
        proxy=read_proxy(root),
        days_back=_days_back(root),
        answers_hours=_answers_hours(root),
        rules=_rules(root),
        office=office,
        modules=modules,
        tokens=tokens,
        keys=specs,
        warnings=tuple(notes.warnings),
        files=tuple(dict.fromkeys(notes.files)),
    )
    root.end()
    if notes.faults:
        raise SettingsFaults(notes.faults)
    return settings


def _listen(root: Table) -> str:
    text = root.text("listen", "127.0.0.1:8080")
    match = _LISTEN.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        root.fault("listen", f"“{text}” không phải địa chỉ:cổng / is no address:port such as 127.0.0.1:8080")
        return "127.0.0.1:8080"
    return text


def _store(root: Table) -> str:
    """The database's URL; the path of an SQLite file is relative to the settings. Never quoted: a password."""
    text = root.text("store", "sqlite:///antin.db")
    if text and "://" not in text:
        root.fault("store", "không phải URL của SQLAlchemy / is no SQLAlchemy URL such as sqlite:///antin.db")
        return ""
    match = _SQLITE.fullmatch(text)
    return f"{match['scheme']}{root.folder / match['path']}{match['rest'] or ''}" if match else text


def _rules(root: Table) -> tuple[Ruleset, ...]:
    """The rules with the operator's own instruments; each fault of theirs is one of the settings."""
    paths = [root.folder / name for name in root.texts("rules", ())]
    root.notes.files += paths
    try:
        return with_own(paths)
    except RulesetFaults as faults:
        for fault in faults.faults:
            root.fault("rules", fault)
        return ()


def _answers_hours(root: Table) -> int:
    table = root.table("idempotency")
    hours = table.integer("keep_hours", 72, 1, 24 * 366)
    table.end()
    return hours


def _days_back(root: Table) -> int:
    table = root.table("issue")
    days = table.integer("days_back", 0, 0, 366)
    table.end()
    return days
