#!/bin/sh
# Installs antin with everything it needs into a folder of its own: the same lines for a host and for the container.
#   install.sh TARGET [WHEELS]      WHEELS: a folder of wheels for a machine without the Internet
# Every package is held to the hashes of requirements.txt; nothing is compiled.
set -eu
target=$1
wheels=${2:-}
source=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)

"${PYTHON:-python3}" -m venv "$target"
pip="$target/bin/pip --disable-pip-version-check --quiet"
from=""
[ -z "$wheels" ] || from="--no-index --find-links $wheels"
# shellcheck disable=SC2086 -- words on purpose: options
$pip install $from --require-hashes --only-binary :all: -r "$source/requirements.txt"
# Built from a copy: the source may be read-only, and nothing is to be left in it.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
for each in pyproject.toml README.md LICENSE hsm policies signer; do
    cp -R "$source/$each" "$copy/"
done
$pip install --no-index --no-deps --no-build-isolation "$copy"
"$target/bin/antin" --help >/dev/null
