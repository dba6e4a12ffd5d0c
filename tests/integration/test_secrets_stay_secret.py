"""A whole run of the service and the command line, and then: no PIN and no API key in anything that it left."""

import base64
import secrets
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import requests

from signer import storage
from signer.settings import load_settings
from tests.support.secret_scan import files, forms, scan

from .conftest import BOUNDARY, Service, eventually

WRONG_PIN = "".join(secrets.choice("0123456789") for _ in range(14))
LEFT = ("service.log", "antin.db*", "blobs/**/*")
KEYS_OF_THE_RUN = ("an.nv", "binh.tt", "dung.ht", "agency-btc", "agency-vpcp")


class Run:
    """What was asked and answered, and what else there is to look at while the service still runs."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.seen: dict[str, bytes] = {}
        self.secrets = {f"PIN of {key}": service.provisioned.pin(key).reveal() for key in KEYS_OF_THE_RUN}
        self.secrets["the wrong PIN"] = WRONG_PIN
        self.secrets["an unknown API key"] = f"antin_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"
        for role in ("document-system", "leader", "clerk", "auditor", "operator"):
            self.secrets[f"API key of {role}"] = service.key(role)

    def keep(self, what: str, content: bytes) -> None:
        self.seen[f"{len(self.seen):03d} {what}"] = content

    def ask(self, what: str, call: Callable[[], requests.Response]) -> requests.Response:
        answer = call()
        headers = "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
        self.keep(f"answer to {what}: {answer.status_code}", headers.encode() + answer.content)
        return answer

    def raw(self, what: str, request: bytes) -> None:
        """Bytes that no client would send."""
        with socket.create_connection(("127.0.0.1", self.service.port), timeout=20) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while more := connection.recv(65536):
                answer += more
        self.keep(f"answer to {what}", answer)

    def workers(self) -> list[str]:
        assert self.service.process is not None
        master = self.service.process.pid
        return Path(f"/proc/{master}/task/{master}/children").read_text().split()

    def processes(self) -> None:
        """What ``ps`` shows to everybody on the machine, and the environment, which children inherit."""
        assert self.service.process is not None
        master = self.service.process.pid
        eventually(lambda: len(self.workers()) == 2)
        for pid in (str(master), *self.workers()):
            for name in ("cmdline", "environ"):
                self.keep(f"{name} of {pid}", Path(f"/proc/{pid}/{name}").read_bytes())


def good_and_bad(run: Run) -> None:
    """The way of a document, with PINs right and wrong; calls with keys good, unknown and revoked."""
    own, ask = run.service, run.ask
    document = ask("prepare", lambda: own.send("bien-ban")).json()["id"]
    ask("wrong PIN", lambda: own.sign(document, "binh.tt", pin=WRONG_PIN))
    nobody = {"role": "leader", "key": "nobody", "pin": WRONG_PIN}
    ask("unknown key", lambda: own.ask("leader", "POST", f"/v1/documents/{document}/signatures", json=nobody))
    for key in ("binh.tt", "dung.ht"):
        assert ask("sign", lambda key=key: own.sign(document, key)).ok
    assert ask("issue", lambda: own.issue(document)).ok
    ended = {"reason": "Thử", "actor": own.clerk(document)}
    assert ask("recall", lambda: own.ask("clerk", "POST", f"/v1/documents/{document}/recall", json=ended)).ok
    ask("show", lambda: own.ask("auditor", "GET", f"/v1/documents/{document}"))
    ask("readyz", lambda: own.ask("operator", "GET", "/readyz"))
    run.secrets["a revoked API key"] = revoked = own.key("clerk", "--agency", "BTC")
    with closing(storage.open_database(load_settings(own.provisioned.service).store)) as database:
        storage.open_api_keys(database).revoke(revoked.split("_")[1])
    for name in ("an unknown API key", "a revoked API key"):
        for scheme in ("Bearer", "Basic", "Bearer Bearer"):
            header = {"Authorization": f"{scheme} {run.secrets[name]}"}
            answer = ask(
                f"{scheme}, {name}", lambda h=header: requests.get(f"{own.url}/v1/documents", headers=h, timeout=20)
            )
            assert answer.status_code == 401


def odd_places(run: Run, name: str, secret: str) -> None:
    """A secret where it does not belong: nothing of it may be repeated, to nobody."""
    own, ask = run.service, run.ask
    document = ask("prepare", own.send).json()["id"]
    one = f"/v1/documents/{document}"
    for path in (
        f"/v1/documents?pin={secret}",
        f"/v1/documents?limit={secret}",
        f"/v1/documents?state={secret}&after={secret}",
        f"/v1/documents/{secret}",
        f"/v1/documents/{secret}/content",
        f"/v1/documents/{document}/files/{secret}",
        f"/v1/registers/{secret}/2026",
        f"/v1/registers/BTC/{secret}?format={secret}",
        f"/{secret}",
        f"/v1/{secret}/../{secret}",
    ):
        ask(f"{name} in GET", lambda path=path: own.ask("clerk", "GET", path))
        ask(f"{name} in POST", lambda path=path: own.ask("clerk", "POST", path, json={}))
    for header in ("X-Pin", "X-Api-Key", "Cookie", "Referer", "User-Agent", "X-Forwarded-For", "Content-Type"):
        ask(
            f"{name} in {header}",
            lambda header=header: own.ask("leader", "POST", f"{one}/signatures", headers={header: secret}, data=b"{}"),
        )
    for body in (
        f'{{"pin": "{secret}"',
        f'{{"pin": "{secret}", "pin": "{secret}"}}',
        f'{{"role": "{secret}", "key": "an.nv", "pin": "{secret}"}}',
        f'{{"role": "leader", "key": "an.nv", "pin": ["{secret}"]}}',
        f'{{"role": "leader", "key": "an.nv", "pin": "{secret}", "level": 1}}',
        f'"{secret}"',
        f"pin={secret}",
        f'{{"pin": "{secret * 8}"}}',
    ):
        headers = {"Content-Type": "application/json"}
        ask(
            f"{name} in a body",
            lambda body=body, headers=headers: own.ask(
                "leader", "POST", f"{one}/signatures", headers=headers, data=body
            ),
        )
    again = {"Idempotency-Key": secret}
    for _ in range(2):
        ask(
            f"{name} as Idempotency-Key",
            lambda: own.ask("clerk", "POST", f"{one}/reject", headers=again, json={"reason": "x"}),
        )
        ask(
            f"{name} in the path of a repeated order",
            lambda: own.ask("clerk", "POST", f"/v1/documents/{secret}/reject", headers=again, json={"reason": "x"}),
        )
    for part in ("pin", "metadata", "attachment"):
        form = own.multipart([(part, None, secret.encode())])
        ask(f"{name} in the part {part}", lambda form=form: own.ask("document-system", "POST", "/v1/documents", **form))
    broken = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=pin\r\n\r\n{secret}".encode()
    typed = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    ask("a torn form", lambda: own.ask("document-system", "POST", "/v1/documents", data=broken, headers=typed))
    pdf = {"Content-Type": "application/pdf"}
    ask("no PDF", lambda: own.ask("auditor", "POST", "/v1/verify", data=b"%PDF-1.7 " + secret.encode(), headers=pdf))
    for request in (
        f"{secret} /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        f"GET /healthz {secret}\r\nHost: x\r\n\r\n",
        f"GET /healthz HTTP/1.1\r\nHost: {secret}\r\nConnection: close\r\n\r\n",
        f"GET /healthz HTTP/1.1\r\nHost: x\r\n{secret}\r\n\r\n",
        f"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: {secret}x\r\n\r\n",
        f"GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {secret}\r\n\r\n",
        f"GET /{secret} HTTP/1.1\r\nHost: x\r\nExpect: {secret}\r\nConnection: close\r\n\r\n",
        f"POST /v1/verify HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{secret}\r\n",
        f'{{"pin":"{secret}"}}GET / HTTP/1.1\r\n\r\n',
        f"\x16\x03\x01{secret}",
    ):
        run.raw(f"{name} in strange bytes", request.encode())


def command_line(run: Run) -> None:
    """``antin`` with PINs by a descriptor; its own output, and the arguments of a process that holds a PIN."""
    own = run.service
    document = own.send().json()["id"]
    for what, pin in (("wrong", WRONG_PIN), ("right", run.secrets["PIN of an.nv"])):
        done = own.antin("document", "sign", document, "--key", "an.nv", pins=pin, check=None)
        assert done.returncode == (1 if what == "wrong" else 0), done.stderr
        said = " ".join(map(str, done.args)) + done.stdout + done.stderr
        run.keep(f"antin document sign, {what} PIN", said.encode())


def left(service: Service) -> dict[str, bytes]:
    """What lies on the disk: the log, the database with what is not merged into it yet, all files of documents."""
    found = files(service.provisioned.folder, LEFT)
    assert {"service.log", "antin.db"} < set(found)
    return found


def test_no_pin_and_no_key_is_in_anything_that_a_run_left(own_service: Service):
    own_service.start()
    run = Run(own_service)
    good_and_bad(run)
    odd_places(run, "the wrong PIN", WRONG_PIN)
    odd_places(run, "an API key", run.secrets["API key of clerk"])
    command_line(run)
    run.processes()
    run.keep("metrics", own_service.ask("operator", "GET", "/metrics").content)
    workers = run.workers()
    own_service.stop(kill=True)
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    assert scan(left(own_service), run.secrets) == []
    own_service.start()
    run.processes()
    for _ in range(5):
        run.ask("after the start", lambda: own_service.ask("operator", "GET", "/metrics"))
    own_service.stop()
    assert scan(run.seen | left(own_service), run.secrets) == []


@pytest.mark.parametrize("form", sorted(forms("x")))
def test_the_scan_finds_a_secret_in_each_form(form: str):
    for secret in (WRONG_PIN, "antin_0123456789ab_" + secrets.token_urlsafe(32)):
        text = forms(secret)[form]
        line = b'{"message": "told to the wrong one: ' + text + b'"}'
        assert [each[:14] for each in scan({"log": line}, {"the PIN": secret})] == ["the PIN in log"]
        torn = line.replace(text, text[: len(text) // 2] + b" " + text[len(text) // 2 :])
        assert scan({"log": torn}, {"the PIN": secret}) == []


@pytest.mark.parametrize("before", range(4))
def test_the_scan_finds_a_secret_wherever_it_begins_in_base64(before: int):
    header = base64.b64encode(b"u" * before + WRONG_PIN.encode() + b":x")
    assert scan({"log": header}, {"the PIN": WRONG_PIN}) != []


def test_a_run_that_logs_one_pin_is_caught(tmp_path: Path):
    """The same looking at the same places, over a log into which somebody wrote a PIN."""
    (tmp_path / "service.log").write_text(f'{{"message": "signing with {WRONG_PIN}"}}\n')
    (tmp_path / "antin.db-wal").write_bytes(b"\0" * 100 + WRONG_PIN.encode() + b"\0")
    found = scan(files(tmp_path, LEFT), {"the wrong PIN": WRONG_PIN})
    assert found == ["the wrong PIN in antin.db-wal (plain)", "the wrong PIN in service.log (plain)"]
