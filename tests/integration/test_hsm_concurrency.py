"""Threads, processes and forks: in children, so that a crash of the module would be seen and not be ours."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from softhsm.provision import Provisioned

Child = Callable[..., subprocess.CompletedProcess[str]]

COMMON = """
import os, sys, threading, time
from pathlib import Path
from hsm.api import SignatureAlgorithm as A
from hsm.errors import *
from hsm.pin import Pin, PinSource
from hsm.pkcs11 import Pkcs11Token
from hsm.uri import KeyRef
from hsm.verify import verify
folder, module = Path(sys.argv[1]), Path(sys.argv[2])
def source(name): return PinSource("file", str(folder / "pins" / name))
def server(name, **more): return Pkcs11Token(name, module, name, pin_source=source(name), **more)
def person(name): return Pkcs11Token(name, module, name)
"""

THREADS = (
    COMMON
    + """
locking = sys.argv[3] == "locking"
btc, shared, one = server("server-btc", os_locking_ok=locking), server("server-shared", os_locking_ok=locking), \\
    Pkcs11Token("person-khanh.nd", module, "person-khanh.nd", os_locking_ok=locking)
pin = source("person-khanh.nd").read()
work = [(btc, b"\\x01", A.RSA_PKCS1_SHA256, None), (btc, b"\\x02", A.ECDSA_SHA256, None),
        (shared, b"\\xff", A.ED25519, None), (shared, b"\\x01", A.RSA_PSS_SHA256, None),
        (one, b"\\x01", A.ECDSA_SHA256, pin)]
end, done, faults = time.monotonic() + 2.5, [], []
def run(number):
    try:
        token, id_, algorithm, pin = work[number % len(work)]
        count = 0
        while time.monotonic() < end:
            key = token.key(KeyRef(token.name, id_), pin) if count % 7 == 0 else key
            data = b"%d %d" % (number, count)
            verify(key.public_key, algorithm, data, key.sign(data, algorithm, pin))
            count += 1
        done.append(count)
    except BaseException as fault:
        faults.append(repr(fault))
threads = [threading.Thread(target=run, args=(n,)) for n in range(10)]
[t.start() for t in threads]; [t.join() for t in threads]
assert not faults, faults
assert len(done) == 10 and min(done) > 0, done
print(sum(done))
"""
)


@pytest.mark.parametrize("locking", ["locking", "one lock"])
def test_threads_of_two_processes_sign_at_once_and_every_signature_verifies(
    provisioned: Provisioned, run_child: Child, locking: str
) -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(
                run_child,
                THREADS,
                provisioned.softhsm_conf,
                str(provisioned.folder),
                str(provisioned.module),
                locking,
            )
            for _ in range(2)
        ]
        assert all(int(run.result().stdout) > 50 for run in runs)


def test_a_module_that_cannot_lock_gets_one_lock_round_every_call(provisioned: Provisioned, run_child: Child) -> None:
    """SoftHSM can lock; the answer CKR_CANT_LOCK is put in front of it, all else is real."""
    cannot = """
import hsm.cryptoki as c
real = c.Cryptoki.restart
def restart(self, *, os_locking):
    if os_locking:
        self._finalize(None)
        return c.CKR_CANT_LOCK
    return real(self, os_locking=False)
c.Cryptoki.restart = restart
"""
    end = "\nfrom hsm.pkcs11.module import Module\nassert not Module.load(module, os_locking_ok=True).os_locking\n"
    done = run_child(
        cannot + THREADS + end,
        provisioned.softhsm_conf,
        str(provisioned.folder),
        str(provisioned.module),
        "locking",
    )
    assert int(done.stdout) > 50


def test_what_the_parent_opened_is_refused_in_the_child_and_works_on_in_the_parent(
    provisioned: Provisioned, run_child: Child
) -> None:
    code = (
        COMMON
        + """
token = server("server-btc")
key = token.key(KeyRef("server-btc", b"\\x01"))
key.sign(b"parent", A.RSA_PKCS1_SHA256)
pid = os.fork()
if pid == 0:
    wrong = 0
    for attempt in (lambda: key.sign(b"child", A.RSA_PKCS1_SHA256),
                    lambda: token.key(KeyRef("server-btc", b"\\x01")),
                    lambda: server("server-shared").key(KeyRef("server-shared", b"\\x01")),
                    lambda: key.sign(b"child", A.RSA_PKCS1_SHA256, Pin("0000"))):
        try:
            attempt()
            wrong += 1
        except OpenedBeforeFork:
            pass
    token.close()
    wrong += token.status().present
    os._exit(wrong)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
verify(key.public_key, A.RSA_PKCS1_SHA256, b"again", key.sign(b"again", A.RSA_PKCS1_SHA256))
"""
    )
    run_child(code, provisioned.softhsm_conf, str(provisioned.folder), str(provisioned.module))


def test_tokens_made_before_the_fork_and_first_used_after_it_work_in_every_child(
    provisioned: Provisioned, run_child: Child
) -> None:
    code = (
        COMMON
        + """
token = server("server-btc")
children = []
for _ in range(3):
    pid = os.fork()
    if pid == 0:
        key = token.key(KeyRef("server-btc", b"\\x01"))
        for n in range(20):
            verify(key.public_key, A.RSA_PKCS1_SHA256, b"x", key.sign(b"x", A.RSA_PKCS1_SHA256))
        os._exit(0)
    children.append(pid)
assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0, 0, 0]
"""
    )
    run_child(code, provisioned.softhsm_conf, str(provisioned.folder), str(provisioned.module))


def test_others_sign_on_while_a_token_goes_and_comes_back(
    provisioned_copy: Callable[[], Provisioned], run_child: Child
) -> None:
    """Threads on one token see no failure while another is pulled, asked for, and returned."""
    copy = provisioned_copy()
    code = (
        COMMON
        + """
from softhsm.provision import Provisioned
from softhsm.declared import load
home = Provisioned(folder, load())
shared, btc = server("server-shared"), server("server-btc")
stay, gone = shared.key(KeyRef("server-shared", b"\\x01")), btc.key(KeyRef("server-btc", b"\\x01"))
stop, faults, counts = threading.Event(), [], []
def run():
    count = 0
    try:
        while not stop.is_set():
            verify(stay.public_key, A.RSA_PKCS1_SHA256, b"x", stay.sign(b"x", A.RSA_PKCS1_SHA256))
            count += 1
    except BaseException as fault:
        faults.append(repr(fault))
    counts.append(count)
threads = [threading.Thread(target=run) for _ in range(4)]
[t.start() for t in threads]
for _ in range(3):
    with home.token_away("server-btc"):
        end = time.monotonic() + 0.6
        while time.monotonic() < end:
            try:
                gone.sign(b"x", A.RSA_PKCS1_SHA256)
                raise SystemExit("a token that is away signed")
            except TokenUnavailable:
                time.sleep(0.05)
    verify(gone.public_key, A.RSA_PKCS1_SHA256, b"x", gone.sign(b"x", A.RSA_PKCS1_SHA256))
stop.set(); [t.join() for t in threads]
assert not faults, faults
print(sum(counts))
"""
    )
    done = run_child(code, copy.softhsm_conf, str(copy.folder), str(copy.module))
    assert int(done.stdout) > 100


def test_a_session_limit_makes_threads_wait_and_not_fail(provisioned: Provisioned, run_child: Child) -> None:
    """A token that gives two sessions: python-pkcs11 reports CKR_SESSION_COUNT for the third."""
    code = (
        COMMON
        + """
import hsm.pkcs11.module as m
from pkcs11 import exceptions as raw
real = m.Connection._open
def few(self):
    if self.open_sessions >= 2:
        raise raw.SessionCount
    return real(self)
m.Connection._open = few
token = server("server-btc"); key = token.key(KeyRef("server-btc", b"\\x01"))
faults = []
def run():
    try:
        for _ in range(20): key.sign(b"x", A.RSA_PKCS1_SHA256)
    except BaseException as fault: faults.append(repr(fault))
threads = [threading.Thread(target=run) for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
assert not faults, faults
"""
    )
    run_child(code, provisioned.softhsm_conf, str(provisioned.folder), str(provisioned.module))


def test_a_module_that_is_not_there_is_unavailable(tmp_path: Path, run_child: Child, provisioned: Provisioned) -> None:
    code = (
        COMMON
        + """
for path in ("/nowhere/libnone.so", os.__file__):
    try:
        Pkcs11Token("x", Path(path), "x").key(KeyRef("x", b"1"))
        raise SystemExit("loaded")
    except TokenUnavailable as fault:
        assert path in str(fault)
"""
    )
    run_child(code, provisioned.softhsm_conf, str(tmp_path), str(provisioned.module))
