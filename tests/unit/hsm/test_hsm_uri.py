"""pkcs11: URIs as RFC 7512 writes them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsm.uri import MAX_URI, KeyRef, UriError, format_uri, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # RFC 7512, 3: examples with the attributes that name a private key
        (
            "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;object=my-certificate;type=private",
            KeyRef("The Software PKCS#11 Softtoken", None, "my-certificate"),
        ),
        (
            "pkcs11:token=Software%20PKCS%2311%20softtoken;object=my-sign-key;type=private",
            KeyRef("Software PKCS#11 softtoken", None, "my-sign-key"),
        ),
        (
            "pkcs11:object=my-sign-key;token=t;id=%69%95%3e%5c%f4%bd%ec%91",
            KeyRef("t", bytes.fromhex("69953e5cf4bdec91"), "my-sign-key"),
        ),
        (
            "pkcs11:token=A%20name%20with%20a%20substring%20%25%3B;object=x",
            KeyRef("A name with a substring %;", None, "x"),
        ),
        (
            "pkcs11:token=Name%20with%20a%20small%20A%20with%20acute:%20%C3%A1;object=x",
            KeyRef("Name with a small A with acute: á", None, "x"),
        ),
        ("PKCS11:token=t;serial=DECC0401648;id=%01", KeyRef("t", b"\x01", None, "DECC0401648")),
        ("pkcs11:token=my_token@host-1.2~[x]!$'()*+,=&:;id=a", KeyRef("my_token@host-1.2~[x]!$'()*+,=&:", b"a")),
    ],
)
def test_reads_what_the_standard_writes(text: str, expected: KeyRef) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "query",
    [
        "?pin-value=1234",
        "?pin-source=file:/etc/pin",
        "?module-name=x&pin-value=1234",
        "?module-name=x;pin-value=1234",
    ],
)
def test_a_pin_in_the_uri_is_refused_and_not_repeated(query: str) -> None:
    with pytest.raises(UriError, match="PIN does not belong") as caught:
        parse("pkcs11:token=t;id=%01" + query)
    assert "1234" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("token=t;id=%01", "begins with"),
        ("pkcs11:", "token is missing"),
        ("pkcs11:id=%01", "token is missing"),
        ("pkcs11:token=t", "id, an object label"),
        ("pkcs11:token=t;id=", "id, an object label"),
        ("pkcs11:token=;id=%01", "names its token"),
        ("pkcs11:token=t;slot-id=3;id=%01", "unknown attribute 'slot-id'"),
        ("pkcs11:token=t;x-vendor=3;id=%01", "unknown attribute"),
        ("pkcs11:token=t;id=%01;id=%02", "given twice"),
        ("pkcs11:token=t;id=%1", "percent-encoded"),
        ("pkcs11:token=a b;id=%01", "percent-encoded"),
        ("pkcs11:token=t;object=%FF", "not UTF-8"),
        ("pkcs11:token=t;type=public;object=x", "private keys sign"),
        ("pkcs11:token=t;id", "name=value"),
        ("pkcs11:token=t;id=%01?module-path=/x.so", "name the module"),
        ("pkcs11:token=" + "t" * MAX_URI + ";id=%01", "more than"),
    ],
)
def test_says_what_is_wrong(text: str, reason: str) -> None:
    with pytest.raises(UriError, match=reason):
        parse(text)


_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(_TEXT, st.binary(min_size=1, max_size=20) | st.none(), _TEXT, _TEXT | st.none())
def test_what_is_written_reads_back(token: str, id_: bytes | None, label: str, serial: str | None) -> None:
    ref = KeyRef(token, id_, label, serial)
    text = format_uri(ref)
    assert parse(text) == ref
    assert text.isascii()
    assert " " not in text


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(UriError):
        parse("pkcs11:" + text)
