"""``antin check`` and ``antin backup`` beside a service that prepares, signs, issues and voids.

Nothing under way is taken for a fault, and every backup taken meanwhile restores to a store that agrees.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from signer import app
from signer.settings import load_settings
from softhsm.provision import Provisioned
from tests.integration.conftest import CLERKS, Service, annexes, make_service
from tests.support.filled import Kept, settings_for
from tests.support.postgres import Cluster

ROUNDS = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def serving(
    request: pytest.FixtureRequest, provisioned_copy: Callable[[], Provisioned]
) -> Iterator[tuple[Service, Kept]]:
    service = make_service(provisioned_copy())
    config, blobs = service.provisioned.service, service.provisioned.folder / "blobs"
    cluster: Cluster | None = request.getfixturevalue("cluster") if request.param == "postgresql" else None
    if cluster is not None:
        settings_for(config, config.stem, cluster.create(), blobs)
    url = load_settings(config).store
    service.start()
    yield service, Kept(config, url, blobs)
    service.stop()
    if cluster is not None:
        cluster.drop(url)


def at_work(service: Service) -> int:
    """What an office does, some rounds of it; how many numbers were taken."""
    for turn in range(ROUNDS):
        document = service.issued("cong-van-kem-phu-luc", annexed=annexes()) if turn % 2 else service.issued()
        service.signed()
        if turn % 3 == 2:
            body = {"reason": "gửi nhầm", "actor": CLERKS["BTC"]}
            assert service.ask("clerk", "POST", f"/v1/documents/{document}/void", json=body).ok
    return ROUNDS


def test_a_store_that_is_written_to_is_clean(serving: tuple[Service, Kept], tmp_path: Path) -> None:
    service, kept = serving
    backups = []
    service.key("clerk"), service.key("document-system")
    checks = 0
    with ThreadPoolExecutor(3) as office:
        work = [office.submit(at_work, service) for _ in range(3)]
        while not all(each.done() for each in work):
            found = [each for each in kept.check(repair=True) if each.code != "number-waiting"]
            assert found == [], [(each.code, each.where, each.message.en) for each in found]
            backups.append(app.open_backup(load_settings(kept.config), tmp_path / "backups")([]))
            checks += 1
        taken = sum(each.result() for each in work)
    assert checks >= 2
    assert kept.check(deep=True) == []
    ((rows,),) = kept.ask("SELECT count(*) FROM register")
    assert rows == taken
    for made in backups:
        assert made.lost == ()
        folder = tmp_path / made.name
        url = f"sqlite:///{folder}/store.db"
        config = settings_for(kept.config, f"restored-{made.name}", url, folder / "blobs")
        done = app.open_restore(load_settings(config), tmp_path / "backups")(made.name)
        assert done.rows == made.rows
        found = [each for each in Kept(config, url, folder / "blobs").check() if each.code != "number-waiting"]
        assert found == [], [(each.code, each.where, each.message.en) for each in found]
    assert len({made.rows["register"] for made in backups}) > 1
