"""The version of the program, from its installation."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("antin")
except PackageNotFoundError:
    VERSION = "0"  # run from a checkout that is not installed
