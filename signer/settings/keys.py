"""Modules, tokens and keys of ``keys.toml``, and how they fit the office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from hsm.api import SignatureAlgorithm
from hsm.pin import PinSource
from hsm.uri import KeyRef, UriError, parse
from signer.keys import KeySpec, ModuleSpec, TokenKind, TokenSpec
from signer.model import KeyHolder, KeyInfo, Office, SignatureRole
from signer.settings.files import certificate, chain, image
from signer.settings.parts import known
from signer.settings.secret import source
from signer.settings.table import Table

N = TypeVar("N", ModuleSpec, TokenSpec)

_SIGNATURE = "NĐ 30/2020/NĐ-CP, Phụ lục I, Mục II.7.d"
_PERSONAL = frozenset({SignatureRole.INITIAL, SignatureRole.LEADER, SignatureRole.CLERK})


def read_modules(root: Table) -> tuple[ModuleSpec, ...]:
    """``[[module]]``: PKCS#11 libraries; each file must be there."""
    found = [(_module(table), table) for table in root.tables("module")]
    return _unique(found)


def read_tokens(root: Table, modules: Iterable[ModuleSpec]) -> tuple[TokenSpec, ...]:
    """``[[token]]``: where keys live. A person's token with a PIN is a fault."""
    names = [module.name for module in modules]
    return _unique([(_token(table, names), table) for table in root.tables("token")])


def read_keys(root: Table, tokens: Iterable[TokenSpec], office: Office) -> tuple[KeySpec, ...]:
    """``[[key]]``, checked against tokens and office."""
    by_name = {token.name: token for token in tokens}
    specs: dict[str, KeySpec] = {}
    for table in root.tables("key"):
        spec = _key(table, by_name, office)
        if spec is None:
            continue
        if spec.info.name in specs:
            table.fault("name", f"“{spec.info.name}” được khai báo hai lần / “{spec.info.name}” is declared twice")
        specs[spec.info.name] = spec
    return tuple(specs.values())


def check_office(root_name: str, office: Office, specs: Iterable[KeySpec], faults: list[str]) -> None:
    """Every key that issuers and custody name exists and may do what they want of it."""
    keys = {spec.info.name: spec.info for spec in specs}
    for issuer in office.issuers.values():
        where = f"{root_name}: [[issuer]] ({issuer.code}): "
        _fits(f"{where}agency_key", keys, issuer.agency_key, SignatureRole.AGENCY, issuer.code, faults)
        for name in issuer.clerk_keys:
            _fits(f"{where}clerk_keys", keys, name, SignatureRole.CLERK, issuer.code, faults)
        organisation = office.organisations.get(issuer.organisation)
        if organisation is not None and organisation.clerk_signature and not issuer.clerk_keys:
            faults.append(
                f"{where}clerk_keys: {organisation.id} đòi chữ ký của văn thư / wants the clerk's "
                f"signature "
                "(clerk_signature), but no key is named"
            )
    for custody in office.custody:
        if custody.key and custody.key not in keys:
            faults.append(f"{root_name}: [[custody]] ({custody.key}): key: chưa khai báo / is not declared")
        elif custody.key and keys[custody.key].holder is not KeyHolder.ORGANISATION:
            faults.append(
                f"{root_name}: [[custody]] ({custody.key}): key: chỉ khóa của cơ quan mới giao giữ / "
                f"only an "
                "organisation's key is in custody (NĐ 30/2020/NĐ-CP, Điều 32)"
            )


def _fits(
    where: str, keys: Mapping[str, KeyInfo], name: str, role: SignatureRole, issuer: str, faults: list[str]
) -> None:
    if not name:
        return
    info = keys.get(name)
    if info is None:
        faults.append(f"{where}: chưa khai báo khóa “{name}” / the key “{name}” is not declared")
        return
    if role not in info.roles:
        faults.append(f"{where}: khóa “{name}” không có vai trò / the key “{name}” has not the role “{role.value}”")
    if issuer not in info.issuers:
        faults.append(f"{where}: khóa “{name}” không dùng cho / the key “{name}” is not for the issuer {issuer}")


def _unique(found: Iterable[tuple[N, Table]]) -> tuple[N, ...]:
    result: dict[str, N] = {}
    for spec, table in found:
        if spec.name in result:
            table.fault("name", f"“{spec.name}” được khai báo hai lần / “{spec.name}” is declared twice")
        elif spec.name:
            result[spec.name] = spec
    return tuple(result.values())


def _module(table: Table) -> ModuleSpec:
    spec = ModuleSpec(
        name=table.text("name"), path=table.path("path"), os_locking_ok=table.boolean("os_locking_ok", True)
    )
    if "path" in table and not _is_file(spec.path):
        table.fault("path", f"không có tệp / no such file: {spec.path}")
    table.end()
    return spec


def _token(table: Table, modules: Iterable[str]) -> TokenSpec:
    kind = table.choice("kind", TokenKind)
    pin = _pin(table, kind)
    spec = TokenSpec(
        name=table.text("name"),
        module=table.text("module"),
        label=table.text("label"),
        kind=kind,
        serial=table.text("serial", "") or None,
        pin=pin,
        stay_logged_in=_stay(table, kind),
    )
    known(table, "module", [spec.module], modules)
    table.end()
    return spec


def _stay(table: Table, kind: TokenKind) -> int:
    """Seconds that a person's login outlives a signature; a server's token is logged in all the time."""
    if kind is not TokenKind.PERSON and "stay_logged_in" in table:
        table.fault(
            "stay_logged_in",
            "chỉ dùng cho thiết bị của cá nhân; máy chủ luôn đăng nhập / only for a person's token; a server's is "
            "logged in all the time",
        )
    return table.integer("stay_logged_in", 0, 0, 60)


def _pin(table: Table, kind: TokenKind) -> PinSource | None:
    """Where a server's PIN is."""
    if kind is TokenKind.PERSON:
        if "pin" in table:
            table.fault(
                "pin",
                "mã PIN của cá nhân không ghi trong cấu hình; người ký nhập mỗi lần ký / a person's"
                " PIN is never in the settings; it comes with each signature "
                "(NĐ 30/2020/NĐ-CP, Điều 32 khoản 3)",
            )
        return None
    if not table.text("pin", ""):
        table.fault(
            "pin",
            "thiết bị của cơ quan cần nguồn PIN / a server token needs a PIN source: "
            "file:PATH, credential:NAME or env:NAME",
        )
        return None
    return source(table, "pin")


def _key(table: Table, tokens: Mapping[str, TokenSpec], office: Office) -> KeySpec | None:
    algorithm = table.choice("algorithm", SignatureAlgorithm, SignatureAlgorithm.RSA_PKCS1_SHA256).value
    info = KeyInfo(
        name=table.text("name"),
        holder=table.choice("holder", KeyHolder),
        owner=table.text("owner"),
        issuers=table.texts("issuers", ()),
        roles=_roles(table),
        algorithm=algorithm,
        certificate=certificate(table, "certificate", algorithm),
        chain=chain(table, "chain"),
        image=image(table, "image", "blue", _SIGNATURE),
    )
    token, ref = table.text("token"), _ref(table)
    known(table, "token", [token], tokens)
    known(table, "issuers", info.issuers, office.issuers)
    _check_owner(table, info, office, tokens.get(token))
    if ref is not None and token in tokens:
        _check_ref(table, ref, tokens[token])
    table.end()
    return None if ref is None else KeySpec(info=info, token=token, ref=ref)


def _roles(table: Table) -> tuple[SignatureRole, ...]:
    names = table.texts("roles", ())
    values = [role.value for role in SignatureRole]
    known(table, "roles", names, values)
    return tuple(SignatureRole(name) for name in dict.fromkeys(names) if name in values)


def _ref(table: Table) -> KeyRef | None:
    text = table.text("uri")
    if not text:
        return None
    try:
        return parse(text)
    except UriError as trouble:
        table.fault("uri", f"không phải URI theo RFC 7512 / no RFC 7512 URI: {trouble}")
        return None


def _check_ref(table: Table, ref: KeyRef, token: TokenSpec) -> None:
    if token.label and ref.token != token.label:
        table.fault(
            "uri",
            f"token={ref.token}, nhưng thiết bị / but the token “{token.name}” has the label “{token.label}”",
        )
    if ref.serial is not None and token.serial is not None and ref.serial != token.serial:
        table.fault("uri", f"serial={ref.serial}, nhưng thiết bị / but the token “{token.name}” has {token.serial}")


def _check_owner(table: Table, info: KeyInfo, office: Office, token: TokenSpec | None) -> None:
    """A person's key signs as a person, an organisation's as the agency, and only for its own issuers."""
    if info.holder is KeyHolder.PERSON:
        known(table, "owner", [info.owner], office.persons)
        if set(info.roles) - _PERSONAL:
            table.fault(
                "roles",
                "khóa của cá nhân không ký thay cơ quan / a person's key does not sign as the agency "
                "(NĐ 30/2020/NĐ-CP, Điều 32, 33)",
            )
        if token is not None and token.kind is not TokenKind.PERSON:
            table.fault(
                "token",
                f"khóa của cá nhân không đặt trên / a person's key does not live on the server token "
                f"“{token.name}”, whose PIN is in the settings "
                "(NĐ 30/2020/NĐ-CP, Điều 32 khoản 3)",
            )
        return
    known(table, "owner", [info.owner], office.organisations)
    if set(info.roles) & _PERSONAL:
        table.fault(
            "roles",
            "khóa của cơ quan không ký thay cá nhân / an organisation's key does not sign as a person "
            "(NĐ 30/2020/NĐ-CP, Điều 32, 33)",
        )
    for code in info.issuers:
        issuer = office.issuers.get(code)
        if issuer is not None and issuer.organisation != info.owner:
            table.fault(
                "issuers",
                f"{code} thuộc / belongs to “{issuer.organisation}”, không thuộc / not to "
                f"“{info.owner}” (NĐ 30/2020/NĐ-CP, Điều 33 khoản 2)",
            )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
