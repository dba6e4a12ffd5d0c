#!/bin/sh
# Makes sure that Debian packages are there: through root or sudo, or else says the one line to run.
# Usage: system-packages.sh PACKAGE ...
set -eu

missing=""
for package in "$@"; do
    status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

line="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" -eq 0 ]; then
    as=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as="sudo"
else
    echo "Cần cài thêm gói hệ thống. Hãy chạy rồi gọi lại lệnh này:" >&2
    echo "System packages are missing. Run this, then repeat the command:" >&2
    echo "    sudo $line" >&2
    exit 1
fi
echo "Installing system packages:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# The list of packages of a new machine is empty or old, so it is fetched first.
if ! { $as apt-get update && $as $line; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    exit 1
fi
rm -f "$log"
