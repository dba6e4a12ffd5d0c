#!/bin/sh
# Cài đặt Ấn Tín không cần internet / Installs antin without internet.
#   sh install.sh [FOLDER]         PYTHON chọn trình thông dịch / names the interpreter
# Bốn bước: so mã băm của mọi tệp, tạo môi trường Python, cài từ các tệp wheel kèm theo, chạy thử.
set -eu

target=${1:-/opt/antin}
case $target in
    /*) ;;
    *) target=$PWD/$target ;;
esac
cd "$(dirname "$0")"
wanted=$(cat PYTHON)
python=${PYTHON:-python$wanted}
command -v "$python" > /dev/null || {
    echo "Cần Python $wanted có venv / Python $wanted with venv is needed (Debian: python$wanted-venv)" >&2
    exit 2
}
[ "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "$wanted" ] || {
    echo "Các tệp wheel này dành cho Python $wanted / these wheels are for Python $wanted" >&2
    exit 2
}
sha256sum --quiet --strict -c SHA256SUMS || {
    echo "Gói cài đặt hỏng hoặc đã bị sửa, không cài gì / the bundle is damaged or was changed; nothing was installed" >&2
    exit 1
}
[ ! -e "$target" ] || {
    echo "$target đã có; hãy chọn thư mục khác / is there already; choose another folder" >&2
    exit 2
}
"$python" -m venv "$target"
"$target/bin/python" -m pip install -q --disable-pip-version-check --no-cache-dir --no-index --find-links wheels \
    --require-hashes -r requirements.txt
"$target/bin/antin" --version
echo "Đã cài vào / installed into $target"
