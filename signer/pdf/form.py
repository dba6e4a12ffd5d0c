"""The interactive form (ISO 32000-2, 12.7.3) as we write it: when preparing, and again where a field is added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from signer.pdf import fonts
from signer.pdf.syntax import reference

SIGNATURES_EXIST, APPEND_ONLY = 1, 2


def form_source(faces: Mapping[str, int], fields: Sequence[int]) -> bytes:
    """The form with these fields: append only, and no NeedAppearances, which would let viewers redraw."""
    resources = b"".join(b"/%b %b" % (fonts.face(name).resource, reference(first)) for name, first in faces.items())
    form = b"<</Fields[%b]/SigFlags %d" % (b" ".join(map(reference, fields)), SIGNATURES_EXIST | APPEND_ONLY)
    if not faces:
        return form + b">>"
    usual = fonts.face(next(iter(faces))).resource
    return b"%b/DR<</Font<<%b>>>>/DA(/%b 13 Tf 0 g)>>" % (form, resources, usual)
