"""One file per thing that a person can ask for; each reads like the page of the manual about it.

``prepare`` makes a draft ready to be signed, ``sign`` adds an initial's or a leader's signature, ``issue`` gives
number and date and the agency's signature, ``end`` rejects or voids, ``register`` shows the book of outgoing
documents, ``verify`` judges a file, ``look`` shows what is stored, ``health`` says how the service is.

A use case is a frozen dataclass of what it needs (the Protocols of ``signer.ports``), called with what was asked
for and by whom (``caller``). It knows no HTTP, no database, no PDF and no token.
"""
