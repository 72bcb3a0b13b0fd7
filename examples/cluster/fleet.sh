#!/usr/bin/env bash
# A fleet on one machine: Redis, two servers, and haproxy with sticky sessions in front of them. Ctrl-C ends all of it.
#
#   examples/cluster/fleet.sh             the example chat at http://127.0.0.1:8080
#   examples/cluster/fleet.sh cluster     this example, and a third server, of Node.js, at http://127.0.0.1:3003
#
# It takes the ports 3001 to 3003, 6390 and 8080, and needs redis-server and haproxy (apt-get install redis-server haproxy), and for
# `cluster` Node.js with npm.
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH=$PATH:/usr/sbin
what=${1:-chat}
redis=redis://127.0.0.1:6390

case $what in chat | cluster) ;; *) echo "usage: fleet.sh [chat|cluster]" >&2 && exit 2 ;; esac
for program in redis-server haproxy; do
  command -v "$program" >/dev/null || { echo "$program is missing" >&2 && exit 1; }
done
cargo build --quiet --example "$what"
[ "$what" = chat ] || (cd tests/js/cluster && npm ci --silent)

started=()
end() {
  trap - EXIT
  # In the order of their start, Redis last: the servers say goodbye to each other.
  for pid in "${started[@]:1}" "${started[@]:0:1}"; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Runs a program that Ctrl-C in the terminal does not reach: `end` ends it.
start() {
  setsid "$@" &
  started+=($!)
}

# Waits until a port accepts connections.
listens() {
  until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
    for pid in "${started[@]}"; do
      kill -0 "$pid" 2>/dev/null || { echo "a program has ended before port $1 was open" >&2 && exit 1; }
    done
    sleep 0.1
  done
}

start redis-server --port 6390 --bind 127.0.0.1 --save "" --loglevel warning
listens 6390
if [ "$what" = chat ]; then
  for port in 3001 3002; do
    start env PORT="$port" CHAT_REDIS="$redis" cargo run --quiet --example chat
  done
else
  options=(--adapter classic --url "$redis" --key fleet)
  start cargo run --quiet --example cluster -- --port 3001 "${options[@]}" --name A
  start cargo run --quiet --example cluster -- --port 3002 "${options[@]}" --name B
  start node tests/js/cluster/node_server.mjs --port 3003 "${options[@]}" --name C
  listens 3003
fi
listens 3001
listens 3002
start haproxy -db -f examples/cluster/haproxy.cfg
listens 8080

echo "$what: http://127.0.0.1:8080 (haproxy), http://127.0.0.1:3001, http://127.0.0.1:3002; Ctrl-C ends it"
[ "$what" = chat ] || echo "the server of Node.js: http://127.0.0.1:3003"
# Until one of them ends.
wait -n
