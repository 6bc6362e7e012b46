# Sourced by bin/run and bin/test: makes .venv with the pinned packages, once per change of the pins.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python_command() {
  for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  echo "Evertill needs Python 3.11 or newer: apt-get install python3 python3-venv" >&2
  exit 1
}

# install FILE...: put the pinned packages of the requirement files into .venv, unless they are there
install() {
  local stamp=".venv/$(basename "$1").stamp"
  local wanted
  wanted=$(cat "$@" | sha256sum)
  if [ ! -x .venv/bin/python ]; then
    "$(python_command)" -m venv .venv || {
      echo "python3 -m venv failed: apt-get install python3-venv" >&2
      exit 1
    }
  fi
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    for file in "$@"; do
      .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$file"
    done
    echo "$wanted" >"$stamp"
  fi
}
