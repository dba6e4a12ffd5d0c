"""Housekeeping goes on, whatever a round of it meets."""

import logging
from datetime import timedelta

import pytest

from signer.ports import Claim
from signer.storage import open_idempotency
from signer.usecases.housekeeping import Housekeeping

from .conftest import CLERK, Torn


def test_a_row_that_cannot_be_read_ends_neither_housekeeping_nor_the_forgetting_of_answers(desk, caplog):
    document = desk.signed()
    desk.signer.breaks = [Torn()]
    with pytest.raises(Torn):
        desk.issue(document.id, CLERK)
    with desk.database.begin() as connection:
        connection.exec_driver_sql("UPDATE documents SET findings = '[0]'")
    idempotency = open_idempotency(desk.database, desk.presence, keep=timedelta(hours=1))
    assert isinstance(idempotency.begin("scope", "key", "a body", desk.clock.now()), Claim)
    desk.clock.pass_(hours=2)

    with caplog.at_level(logging.ERROR):
        Housekeeping(desk.recover, idempotency, desk.clock)(desk.clock.now())

    assert [record.message for record in caplog.records] == ["housekeeping failed"]
    assert idempotency.forget(desk.clock.now()) == 0  # it was done already
