"""schemathesis against a running service: its settings, one run, what it found."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from signer.model import ApiRole
from signer.web.auth import ALLOWED

HOOKS = Path(__file__).parents[1] / "fuzz" / "hooks.py"
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
GOOD_MAY_BE = ("2xx", "3xx", "401", "403", "404", "409", "429", "503")
REFUSED_BY_RULE = ("415", "422")
"""Beside what schemathesis lets good data be answered: a rule of law may refuse what the schema allows (an agency
that does not exist, a scan in grey), and bytes made at random are no PDF."""
ALSO: Mapping[str, list[str]] = {"complete_row": ["400"]}
"""Where a rule refuses with another status, by operation: that a document was not sent before its day of issue, nor
will be tomorrow (``invalid-column``), no schema can say."""
QUIET = "--suppress-health-check=too_slow"
"""How long data take to make is a matter of what else the machine does."""
LEFT_OUT: Mapping[str, str] = {}
"""Checks that are left out, each with its reason."""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended: whether nothing was found, and what schemathesis printed."""

    clean: bool
    said: str


def run(
    url: str,
    keys: Mapping[str, str],
    folder: Path,
    *options: str,
    role: str | None = None,
    expected: Sequence[str] = (*GOOD_MAY_BE, *REFUSED_BY_RULE),
    known: Mapping[str, Sequence[object]] = MappingProxyType({}),
) -> Ran:
    """One run over the operations: each with a role that may use it, or all with one ``role``.

    ``expected`` is what good data may be answered; ``known`` are values that mean something to this service, of which
    a parameter ("path.document_id") takes one as often as not.
    """
    settings = folder / "schemathesis.toml"
    settings.write_text(_settings(keys, role, expected, known), "utf-8")
    settings.chmod(0o600)
    done = subprocess.run(
        [
            SCHEMATHESIS,
            "--config-file",
            settings,
            "run",
            f"{url}/openapi.json",
            "--url",
            url,
            "--no-color",
            QUIET,
            *options,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    said = done.stdout + done.stderr
    for key in keys.values():
        said = said.replace(key, "…")
    return Ran(done.returncode == 0, said)


def _settings(
    keys: Mapping[str, str], role: str | None, expected: Sequence[str], known: Mapping[str, Sequence[object]]
) -> str:
    """The settings file; keys are in it and not among the arguments, which everybody on a machine can read."""
    lines = [
        f"hooks = {json.dumps(str(HOOKS))}",
        *(f"checks.{name}.enabled = false" for name in LEFT_OUT),
        # Members of bodies that nobody knows are refused; of a query they are ignored, as everywhere on the web.
        "generation.allow-extra-parameters = false",
    ]
    for index, (name, values) in enumerate(known.items()):
        lines += [
            f"dictionaries.known{index}.values = {json.dumps(list(values))}",
            f'parameters."{name}" = {{ dictionary = "known{index}", probability = 0.5 }}',
        ]
    for endpoint, roles in ALLOWED.items():
        able = role or next(each.value for each in ApiRole if each in roles)
        lines += [
            "[[operations]]",
            f"include-operation-id = {json.dumps(endpoint)}",
            f"headers = {{ Authorization = {json.dumps('Bearer ' + keys[able])} }}",
            f"checks.positive_data_acceptance.expected-statuses = {json.dumps([*expected, *ALSO.get(endpoint, [])])}",
        ]
    return "\n".join(lines)
