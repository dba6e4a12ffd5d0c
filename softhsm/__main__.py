"""``python -m softhsm provision FOLDER``: make or complete a folder for development and tests."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from softhsm.provision import provision


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m softhsm", description="These keys grant no power.")
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("provision", help="tokens, certificates, images and settings in a folder")
    make.add_argument("folder", type=Path)
    given = parser.parse_args(arguments)
    try:
        done = provision(given.folder)
    except (OSError, RuntimeError) as fault:
        sys.stderr.write(f"softhsm: {fault}\n")
        return 3
    sys.stdout.write(f"{done.service}\nSOFTHSM2_CONF={done.softhsm_conf}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
