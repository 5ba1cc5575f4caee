#!/bin/sh
# Sets up the servers that ours is measured beside, from PyPI and npm, in a directory: the one given, or a temporary one.
# Needed on the machine: python3 with venv, node 20 or later with npm, a C++ compiler where npm has no binary, redis-server.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
to=${1:-$(mktemp -d)}
for program in python3 node npm redis-server; do
    command -v "$program" >/dev/null || { echo "$program is needed" >&2; exit 1; }
done
mkdir -p "$to"
cp "$here"/*.js "$here"/*.json "$here"/*.py "$here"/*.sh "$here"/*.txt "$to"
cd "$to"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check --requirement requirements.txt
npm install --no-audit --no-fund --loglevel=error
# Fails here rather than in the middle of a measure.
node -e 'new (require("better-sqlite3"))(":memory:")'
echo "cargo run --release -p bench -- peers --dir $PWD"
