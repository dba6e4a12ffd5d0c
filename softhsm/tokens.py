"""Make SoftHSM tokens and the keys on them, in a process of its own.

A process of its own, since SoftHSM reads SOFTHSM2_CONF once and its module must not be loaded in a process that
will fork workers. The order comes on standard input, so that no PIN is ever an argument; the answer goes to
standard output: {token label: {"serial": ..., "keys": {key label: SubjectPublicKeyInfo in hex}}}.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, TokenFlag

from hsm.cryptoki import CKR_OK, Cryptoki
from hsm.pkcs11 import objects
from hsm.uri import KeyRef

MODULES = tuple(
    Path(path)
    for path in (
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    )
)
_CURVES = {
    "p-256": bytes.fromhex("06082a8648ce3d030107"),
    "ed25519": bytes.fromhex("130c656477617264733235353139"),
}  # PrintableString edwards25519


def module_path() -> Path:
    """Where SoftHSM's module is; FileNotFoundError says what to install."""
    for path in MODULES:
        if path.exists():
            return path
    raise FileNotFoundError("SoftHSM is not installed: apt-get install softhsm2")


def make(order: list[dict[str, Any]], configuration: Path) -> dict[str, Any]:
    """Have the tokens and keys of ``order`` made where they do not exist yet."""
    environment = dict(os.environ, SOFTHSM2_CONF=str(configuration))
    done = subprocess.run(
        [sys.executable, "-m", "softhsm.tokens"],
        input=json.dumps(order),
        env=environment,
        text=True,
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"SoftHSM tokens could not be made: {done.stderr.strip()[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _main() -> None:
    path = module_path()
    library = pkcs11.lib(str(path))
    if Cryptoki(path).restart(os_locking=True) != CKR_OK:
        raise RuntimeError("C_Initialize failed")
    order = json.load(sys.stdin)
    present = {slot.get_token().label.strip() for slot in library.get_slots()}
    for entry in order:
        if entry["label"] not in present:
            _initialise(library, path, entry)
    # Two at once: making RSA keys is what provisioning waits for.
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda entry: _fill(library, entry), order)
        json.dump(dict(zip((entry["label"] for entry in order), answers, strict=True)), sys.stdout)


def _initialise(library: Any, path: Path, entry: dict[str, Any]) -> None:
    """C_InitToken (which python-pkcs11 lacks) in the empty slot, then C_InitPIN."""
    empty = next(slot for slot in library.get_slots() if not slot.get_token().flags & TokenFlag.TOKEN_INITIALIZED)
    so_pin, label = entry["so_pin"].encode(), entry["label"].encode()
    call = ctypes.CDLL(str(path)).C_InitToken
    outcome = call(ctypes.c_ulong(empty.slot_id), so_pin, ctypes.c_ulong(len(so_pin)), label.ljust(32))
    if outcome:
        raise RuntimeError(f"C_InitToken gives {outcome:#x}")
    with library.get_token(token_label=entry["label"]).open(rw=True, so_pin=entry["so_pin"]) as session:
        session.init_pin(entry["pin"])


def _fill(library: Any, entry: dict[str, Any]) -> dict[str, Any]:
    """Make the keys that are missing, and tell the public half of all."""
    token = library.get_token(token_label=entry["label"])
    keys = {}
    with token.open(rw=True, user_pin=entry["pin"]) as session:
        for key in entry["keys"]:
            ref = KeyRef(entry["label"], bytes.fromhex(key["id"]), key["label"])
            if not list(session.get_objects({Attribute.ID: ref.id})):
                _generate(session, key)
            private = objects.find_private(session, ref)[0]
            keys[key["label"]] = objects.public_key(session, ref, private).spki.hex()
    return {"serial": token.serial.decode().strip(), "keys": keys}


def _generate(session: Any, key: dict[str, Any]) -> None:
    """C_GenerateKeyPair on the token; not extractable.

    A health key of a person's token is not CKA_PRIVATE: it can be asked to sign without a PIN.
    """
    names = {
        "id": bytes.fromhex(key["id"]),
        "label": key["label"],
        "store": True,
        "private_template": {Attribute.PRIVATE: key["private"]},
    }
    algorithm = key["algorithm"]
    if algorithm.startswith("rsa-"):
        session.generate_keypair(KeyType.RSA, int(algorithm.removeprefix("rsa-")), **names)
        return
    kind, mechanism = (
        (KeyType.EC_EDWARDS, Mechanism.EC_EDWARDS_KEY_PAIR_GEN)
        if algorithm == "ed25519"
        else (KeyType.EC, Mechanism.EC_KEY_PAIR_GEN)
    )
    curve = session.create_domain_parameters(kind, {Attribute.EC_PARAMS: _CURVES[algorithm]}, local=True)
    curve.generate_keypair(mechanism=mechanism, **names)


if __name__ == "__main__":
    _main()
