#!/bin/sh
# Redis, and one uvicorn worker for each core: django_chat.sh PORT WORKERS, in the directory for the data.
set -eu
here=$(dirname "$0")
rm -f redis.sock
redis-server --port 0 --unixsocket "$PWD/redis.sock" --save "" --daemonize no --loglevel warning &
until [ -S redis.sock ]; do sleep 0.01; done
[ -e chat.db ] || "$here/python/bin/python" "$here/django_chat.py"
export WORKERS="$2"
exec "$here/python/bin/uvicorn" django_chat:application --app-dir "$here" --host 127.0.0.1 --port "$1" \
    --workers "$2" --backlog 4096 --log-level warning
