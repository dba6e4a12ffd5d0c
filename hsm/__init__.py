"""Keys on PKCS#11 tokens: the map, and the contract on threads, forks and PINs.

    api.py         Token and SigningKey, the Protocols that the rest of the house sees
    uri.py         RFC 7512 "pkcs11:" URIs
    pin.py         PINs and the places that they come from
    mechanisms.py  pure: algorithm -> mechanism, what is done before and after the token
    der.py         pure: public keys and integers in DER
    cryptoki.py    C_Initialize, C_Login, C_Logout by ctypes: what python-pkcs11 lacks
    pkcs11/        the only room that imports pkcs11: modules, sessions, login, recovery
    errors.py      what can go wrong

Threads: tokens and keys may be shared; signatures run at once on a server's token, one after the other on a
person's. Forks: what was opened before a fork raises OpenedBeforeFork in the child; nothing is opened before
the first use, so objects made before the fork and first used after it work. PINs: the settings' PIN is sent
once; after a refusal a person must act (change it in its place, or restart). A person's PIN is used for the
one call that brought it, between C_Login and C_Logout, and kept nowhere.
"""
