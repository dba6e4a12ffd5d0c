"""Tokens through PKCS#11; nothing outside this package imports pkcs11.

A library is loaded once a process, after the fork, and initialised anew so that threads may call at once (see
hsm.cryptoki). One connection a token and process holds a pool of sessions; a server token is logged in once by
its own session, since login belongs to the token and not to the session (PKCS#11 2.40, 5.6). A token that came
back has forgotten all handles: the connection is thrown away, the key found again, the signature tried
again. A PIN from the settings that the token refused is never sent again by itself.
"""

from hsm.pkcs11.token import Pkcs11Key, Pkcs11Token

__all__ = ["Pkcs11Key", "Pkcs11Token"]
