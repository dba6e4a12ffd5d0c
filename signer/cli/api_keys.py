"""``antin api-key``: who may call over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from signer.cli.common import commanded, say, services, shared, vietnam_time
from signer.model import VIETNAM, ApiKey, ApiRole
from signer.web.wire import MAX_ACTOR


@click.group("api-key", help="Khóa truy cập HTTP.")
def api_key() -> None:
    """Hold the commands on API keys."""


@api_key.command(help="Tạo khóa truy cập cho NAME; khóa chỉ được in ra một lần này.")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice([role.value for role in ApiRole]))
@click.option("--agency", "agencies", multiple=True, help="Mã cơ quan; lặp lại được; bỏ trống: mọi cơ quan.")
@click.option("--person", "signer", help="Chỉ được ký bằng khóa của người này (mã trong keys.toml).")
@click.option(
    "--expires",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Dùng được đến hết ngày này (giờ Việt Nam); bỏ trống: không hết hạn.",
)
@click.option(
    "--certificate",
    type=click.File("rb"),
    help="Chứng thư (PEM hoặc DER) mà máy gọi trình qua máy chủ trung gian, thay cho khóa bí mật.",
)
@click.option("--rate", type=click.IntRange(1), help="Số lần gọi mỗi giây; bỏ trống: theo cấu hình.")
@commanded
@shared
def add(
    name: str,
    role: str,
    agencies: tuple[str, ...],
    signer: str | None,
    expires: datetime | None,
    certificate: BinaryIO | None,
    rate: int | None,
    person: str,  # noqa: ARG001 - see below
) -> None:
    """Make a key; it is printed once, on standard output.

    ``person`` is taken as for every command that changes something; keys are no acts of a file.
    """
    if not name.strip() or len(name) > MAX_ACTOR or not name.isprintable():
        # It stands in the register and in every act as who ordered it, and in lists that are read by lines.
        raise click.BadParameter(f"tên khóa có từ 1 đến {MAX_ACTOR} ký tự in được", param_hint="NAME")
    use, office = services()
    if unknown := [code for code in agencies if code not in office.issuers]:
        raise click.BadParameter(f"không có cơ quan “{unknown[0]}”", param_hint="--agency")
    if signer is not None and signer not in office.persons:
        raise click.BadParameter(f"không có người “{signer}”", param_hint="--person")
    until = None if expires is None else (expires + timedelta(days=1)).replace(tzinfo=VIETNAM)
    if until is not None and until <= datetime.now(VIETNAM):
        raise click.BadParameter("ngày này đã qua", param_hint="--expires")
    if certificate is not None:
        digest = _fingerprint(certificate.read())
        key_id = use.api_keys.add_certificate(name, role, agencies or None, digest, signer, until, rate)
        told = {"id": key_id, "name": name, "role": role, "agencies": list(agencies) or None}
        say(told | {"certificate_sha256": digest}, key_id)
        return
    secret = use.api_keys.add(name, role, agencies or None, signer, until, rate)
    made = use.api_keys.find(secret)
    say(
        {
            "id": made.id if made else "",
            "name": name,
            "role": role,
            "agencies": list(agencies) or None,
            "expires_at": until.isoformat(timespec="seconds") if until else None,
            "key": secret,
        },
        secret,
    )


@api_key.command("list", help="Danh sách khóa truy cập (không có phần bí mật).")
@shared
def list_() -> None:
    """List keys."""
    use, _office = services()
    keys = use.api_keys.list()
    say([_as_dict(each) for each in keys], "\n".join(_line(each) for each in keys))


@api_key.command(help="Thu hồi một khóa truy cập.")
@click.argument("key_id", metavar="ID")
@commanded
@shared
def revoke(key_id: str, person: str) -> None:  # noqa: ARG001 - as in add
    """End a key."""
    use, _office = services()
    use.api_keys.revoke(key_id)
    say({"id": key_id, "revoked": True}, f"Đã thu hồi khóa {key_id}.")


def _fingerprint(data: bytes) -> str:
    try:
        found = x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else x509.load_der_x509_certificate(data)
    except ValueError:
        raise click.BadParameter("không phải chứng thư PEM hoặc DER", param_hint="--certificate") from None
    return found.fingerprint(hashes.SHA256()).hex()


def _as_dict(each: ApiKey) -> dict[str, object]:
    return {
        "id": each.id,
        "name": each.name,
        "role": each.role.value,
        "agencies": None if each.agencies is None else list(each.agencies),
        "person": each.person,
        "certificate_sha256": each.certificate_sha256,
        "rate": each.rate,
        "created_at": each.created_at.isoformat(timespec="seconds"),
        "expires_at": each.expires_at.isoformat(timespec="seconds") if each.expires_at else None,
        "revoked_at": each.revoked_at.isoformat(timespec="seconds") if each.revoked_at else None,
    }


def _line(each: ApiKey) -> str:
    agencies = "mọi cơ quan" if each.agencies is None else ", ".join(each.agencies)
    known = f"  chứng thư {each.certificate_sha256[:16]}…" if each.certificate_sha256 else ""
    return f"{each.id}  {each.role.value:<16}  {each.name}  ({agencies}){known}{_end(each)}"


def _end(each: ApiKey) -> str:
    if each.revoked_at:
        return "  ĐÃ THU HỒI"
    if each.expires_at is None:
        return ""
    if each.expires_at <= datetime.now(UTC):
        return "  ĐÃ HẾT HẠN"
    return f"  hạn {vietnam_time(each.expires_at.isoformat())}"
