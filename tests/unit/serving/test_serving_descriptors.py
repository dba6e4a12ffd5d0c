"""A system that allows few open files gets fewer connections, not failures in the middle."""

import subprocess
import sys

import pytest

CODE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (128, int(sys.argv[1])))
from signer import wsgi
print(wsgi._connections(1000), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(("hard", "told"), [(400, "133 400"), (4000, "1000 3000")])
def test_connections_fit_the_descriptors(hard: int, told: str):
    done = subprocess.run([sys.executable, "-c", CODE, str(hard)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == told
