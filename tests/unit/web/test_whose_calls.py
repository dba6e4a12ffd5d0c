"""Whose calls are counted together where nobody has a key."""

import pytest
from flask import Flask

from signer.web.proxy import Proxy


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
    ],
)
def test_who_has_a_whole_network_is_one_caller(address: str, counted: str):
    with Flask("test").test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert Proxy().caller() == counted
