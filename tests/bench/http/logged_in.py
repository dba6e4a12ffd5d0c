"""The service with a leader's token logged in once a process, as an HSM would be: no mode of the product.

The settings refuse it (a person's PIN does not belong to a server), and so they should. It is here to tell what C_Login
and C_Logout of every signature cost, which is a matter of the token, from what the service costs.
Usage: python -m tests.bench.http.logged_in SERVICE.TOML
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from hsm.pin import PinSource
from signer import keys, wsgi
from signer.keys import TokenKind
from signer.settings import load_settings
from tests.bench.http.desk import LEADER


def main() -> None:
    """Serve until told to stop."""
    config = Path(sys.argv[1])
    settings = load_settings(config)
    held = next(key.token for key in settings.keys if key.info.name == LEADER["id"])
    source = PinSource("file", str(config.parent / "pins" / held))
    tokens = tuple(
        replace(token, kind=TokenKind.SERVER, pin=source) if token.name == held else token for token in settings.tokens
    )
    keys._check = lambda *_: None
    wsgi.serve(replace(settings, tokens=tokens))


if __name__ == "__main__":
    main()
