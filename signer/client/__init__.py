"""A client of the service over HTTP, for document systems and for the command line.

It knows nothing of the rest of the house: this folder, ``requests`` and Python's own library are all it needs, so a
document system may install the package or take the folder under a name of its own (hence the relative imports). What
it shows by example is how the interface wants to be called: one Idempotency-Key for each order, kept over every
repetition; patience that ends; files streamed, what is fetched compared with its digest; keys and PINs in no text.

    with Client("https://antin.example.gov.vn", api_key=key) as client:
        made = client.prepare("draft.pdf", {"agency": "BTC", "type": "QĐ", ...})

Errors: ``Problem`` (the service answered, and not with what was asked for), ``Unreachable`` (no whole answer came in
time; whether the order was carried out is not known), ``Damaged`` (what was fetched is not what was announced).
"""

from .client import Client
from .errors import ClientError, Damaged, Problem, Unreachable
from .saving import Saved

__all__ = ["Client", "ClientError", "Damaged", "Problem", "Saved", "Unreachable"]
