"""Raw TOML to frozen Settings: an unknown key is an error, and all faults are told at once, one line each.

``service.toml`` says how the service runs, ``keys.toml`` who signs for whom with which keys on which tokens.
Paths are relative to the file that names them. Nothing here talks to a token.
"""

from signer.settings.limits import Limits
from signer.settings.load import Settings, load_settings
from signer.settings.table import SettingsFaults

__all__ = ["Limits", "Settings", "SettingsFaults", "load_settings"]
