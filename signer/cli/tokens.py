"""``antin token`` and ``antin key``: what the settings name, and how it is."""

from __future__ import annotations

import click

from signer.cli.common import AWAY, desk, say, services, shared
from signer.cli.desk import Json
from signer.model import KeyHolder, KeyInfo
from signer.usecases import answers

HEALTH = {
    "good": "tốt (ký thử được)",
    "present": "có mặt (không có khóa kiểm tra)",
    "away": "VẮNG MẶT",
    "locked": "PIN BỊ KHÓA",
    "failed": "LỖI",
}
WORKING = frozenset({"good", "present"})
HOLDERS = {KeyHolder.ORGANISATION: "cơ quan", KeyHolder.PERSON: "cá nhân"}


@click.group(help="Thiết bị lưu khóa (token, HSM).")
def token() -> None:
    """Hold the commands on tokens."""


@token.command("list", help="Các thiết bị trong cấu hình và tình trạng của chúng.")
@shared
def list_() -> None:
    """List tokens."""
    statuses = list(desk().tokens())
    say(statuses, "\n".join(map(_line, statuses)))


@token.command(
    help="Kiểm tra thiết bị: có mặt, PIN không bị khóa, khóa kiểm tra của nó ký được. "
    "Mã kết thúc 3 nếu có thiết bị không đạt."
)
@click.argument("names", metavar="[NAME]…", nargs=-1)
@shared
def test(names: tuple[str, ...]) -> None:
    """Have tokens sign with their health keys; no person's or agency's key is used, no person's PIN tried."""
    use, _office = services()
    looks = use.health.tokens.health()
    if missing := set(names) - {look.token for look in looks}:
        raise click.BadParameter(f"không có thiết bị “{min(missing)}” trong cấu hình", param_hint="NAME")
    looks = [look for look in looks if not names or look.token in names]
    say(
        [{**answers.token(look.status), "health": str(look.state), "detail": look.detail} for look in looks],
        "\n".join(f"{look.token:<20}  {HEALTH.get(look.state, look.state)}  {look.detail}".rstrip() for look in looks),
    )
    if not all(look.state in WORKING for look in looks):
        click.get_current_context().exit(AWAY)


@click.group(help="Khóa ký trong cấu hình.")
def key() -> None:
    """Hold the commands on keys."""


@key.command("list", help="Các khóa: của ai, dùng cho cơ quan nào, vai trò nào.")
@shared
def list_keys() -> None:
    """List keys."""
    use, _office = services()
    infos = use.keys.infos()
    say([answers.key(info) for info in infos], "\n".join(map(_key_line, infos)))


def _line(status: Json) -> str:
    how = "có mặt" if status["present"] else "VẮNG MẶT"
    if status["pin_locked"]:
        how += ", PIN BỊ KHÓA"
    elif status["pin_final_try"]:
        how += ", chỉ còn một lần thử PIN"
    told = " ".join(status[name] for name in ("label", "model", "serial", "detail"))
    return f"{status['name']:<20}  {how:<20}  {told}".rstrip()


def _key_line(info: KeyInfo) -> str:
    roles = ", ".join(role.value for role in info.roles) or "—"
    return f"{info.name:<20}  {HOLDERS[info.holder]:<8}  {info.owner:<12}  {roles:<16}  {', '.join(info.issuers)}"
