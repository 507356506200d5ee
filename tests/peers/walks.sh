# What the runs of all peers have in common; sourced by tests/peers/*/run, in the folder of the peer, after `gatewalk` is set.
# `start COMMAND…` starts the peer, which prints one JSON line with the MCP URL; `walk EDITION OPTION…` walks it and
# compares; `finish` counts the assertions in the last line.
passed=0 failed=0
work=$(mktemp -d)
trap '[ -z "${peer:-}" ] || kill "$peer" 2>/dev/null; rm -rf "$work"' EXIT

start() {
  "$@" >"$work/peer.json" 2>"$work/peer.log" &
  peer=$!
  for _ in $(seq 1 600); do
    [ -s "$work/peer.json" ] && break
    kill -0 "$peer" 2>/dev/null || { cat "$work/peer.log"; exit 1; }
    sleep 0.1
  done
  target=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["target"])' <"$work/peer.json") || exit 1
}

expect() { # what, actual, expected
  if [ "$2" = "$3" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED $1: expected $3, got $2"; fi
}

# A Python expression over the transcript `t` of the last walk.
get() { python3 -c 'import json, sys; t = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/run.json" "$1"; }

# The state of a step, 0 to 6.
state() { get "t['steps'][$1]['state']"; }

# The lines of the file `findings`: the check, the protocol versions or `all`, and why it is true of this peer.
expected() { awk -v version="$1" '!/^#/ && ($2 == "all" || index($2, version)) { print $1 }' findings | sort | xargs; }

walk() { # protocol version, exit code, clients left behind, option…
  local version=$1 code=$2 left=$3
  shift 3
  "$gatewalk" check "$target" --protocol-version "$version" --consent form "$@" \
    --report "json=$work/run.json" --report text=- >"$work/report.txt" 2>/dev/null
  expect "exit code ($version)" $? "$code"
  [ "$version" != 2025-11-25 ] || cat "$work/report.txt"
  expect "session ($version)" "$(state 6)" "done"
  expect "left behind ($version)" "$(get "len(t['left_behind'])")" "$left"
  expect "findings ($version)" \
    "$(get "' '.join(sorted(v['check'] for v in t['verdicts'] if v['verdict'] == 'fail'))")" "$(expected "$version")"
}

finish() {
  [ "$failed" = 0 ] || cat "$work/peer.log"
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
