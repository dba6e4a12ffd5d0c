"""The list of attachments in a signature's dictionary, as anybody may write it."""

from __future__ import annotations

import pytest
from pyhanko.pdf_utils import generic

from signer.model import PackagePart
from signer.validation import manifest


def entries(**changes: object) -> generic.DictionaryObject:
    """A signature dictionary that names one attachment."""
    values: dict[str, object] = {
        "Name": generic.TextStringObject("a.pdf"),
        "Length": generic.NumberObject(9),
        "SHA256": generic.ByteStringObject(bytes(32)),
    }
    part = {generic.NameObject(f"/{key}"): value for key, value in (values | changes).items() if value is not None}
    return generic.DictionaryObject({"/ANTN_Package": generic.ArrayObject([generic.DictionaryObject(part)])})


ELSEWHERE = generic.IndirectObject(7, 0, None)
MALFORMED = {
    "no list": generic.DictionaryObject({"/ANTN_Package": generic.NumberObject(1)}),
    "empty": generic.DictionaryObject({"/ANTN_Package": generic.ArrayObject()}),
    "elsewhere": generic.DictionaryObject({"/ANTN_Package": ELSEWHERE}),
    "an entry elsewhere": generic.DictionaryObject({"/ANTN_Package": generic.ArrayObject([ELSEWHERE])}),
    "too long": generic.DictionaryObject({"/ANTN_Package": generic.ArrayObject([generic.NullObject()] * 201)}),
    "no name": entries(Name=None),
    "a number for a name": entries(Name=generic.NumberObject(1)),
    "no length": entries(Length=None),
    "nothing": entries(Length=generic.NumberObject(0)),
    "a digest elsewhere": entries(SHA256=ELSEWHERE),
    "half a digest": entries(SHA256=generic.ByteStringObject(bytes(16))),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_list_of_attachments_is_an_error(what: str) -> None:
    with pytest.raises(ValueError, match=r"attachment"):
        manifest.named(MALFORMED[what])


def test_its_twin_is_read() -> None:
    assert manifest.named(entries()) == (PackagePart("a.pdf", 9, "00" * 32),)
    assert manifest.named(generic.DictionaryObject()) == ()
