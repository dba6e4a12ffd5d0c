#!/bin/sh
# A bundle of wheels: everything that a machine without internet needs beside Python itself, in one tar.
#   sh .ci/bundle.sh [FOLDER]      PYTHON names the interpreter whose version and platform the wheels are for
# Every wheel from outside is compared with the hash in requirements.txt; pip's cache is used where it has them.
set -eu

cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
out=${1:-dist}
version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
name="antin-$version-bundle"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022
mkdir -p "$out" "$work/$name/wheels" "$work/source"

# Ours is built from a copy: building leaves folders behind.
cp -R pyproject.toml README.md LICENSE hsm policies signer softhsm "$work/source"
find "$work/source" -name __pycache__ -prune -exec rm -rf {} +
"$python" -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation \
    -w "$work/$name/wheels" "$work/source"
own=$(cd "$work/$name/wheels" && echo antin-*.whl)
"$python" -m pip download -q --disable-pip-version-check --only-binary :all: --require-hashes \
    -r requirements.txt -d "$work/$name/wheels"

{
    cat requirements.txt
    printf '%s\n' "antin==$version \\" "    --hash=sha256:$(sha256sum "$work/$name/wheels/$own" | cut -d' ' -f1)"
} > "$work/$name/requirements.txt"
"$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' > "$work/$name/PYTHON"
cp .ci/install.sh docs/operate.md LICENSE "$work/$name/"
(cd "$work/$name" && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum > SHA256SUMS)
tar -C "$work" --sort=name --mtime='2026-01-01 00:00Z' --owner=0 --group=0 --numeric-owner \
    -cf "$out/$name.tar.partial" "$name"
mv "$out/$name.tar.partial" "$out/$name.tar"
echo "$out/$name.tar"
