# What the runs of all peers have in common; sourced by tests/peers/*/run, in the folder of the peer, after `gatewalk` is set.
# `start COMMAND…` starts a peer, which prints one JSON line with its MCP URLs; `choose NAME` takes one of them, `target` is
# taken by itself; `walk VERSION EXIT LEFT OPTION…` walks it and compares; `finish` counts the assertions in the last line.
#
# The file `findings` has what is wrong with the peer: the check, the protocol versions or `all`, and why it is true. Lines
# below `[NAME]` are of that target only. The file `pending`, in the same form, has where gatewalk is known to be wrong today:
# a check that is missed or reported falsely, or the first word of an assertion (`session`: it does not get that far, and the
# rest of the walk says nothing). A line that is no longer true fails the run, so that it is taken out.
passed=0 failed=0 peers=() name="" version=""
work=$(mktemp -d)
trap '[ "${#peers[@]}" = 0 ] || { kill "${peers[@]}" 2>/dev/null; wait "${peers[@]}" 2>/dev/null; }; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The one place that knows the option.
gatewalk_check() { # version, option…
  local chosen=$1
  shift
  "$gatewalk" check "$target" --protocol-version "$chosen" --report "json=$work/run.json" "$@"
}

python_packages() { # of requirements.txt, into .venv
  [ ! -x .venv/bin/python ] || ! cmp -s requirements.txt .venv/installed || return 0
  rm -rf .venv
  python3 -m venv .venv && .venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt &&
    cp requirements.txt .venv/installed || exit 1
}

npm_packages() { # folder with a package.json
  [ -d "$1/node_modules" ] || (cd "$1" && npm install --no-package-lock --no-audit --no-fund --silent) || exit 1
}

start() {
  "$@" >"$work/peer.json" 2>>"$work/peer.log" &
  peers+=($!)
  until_true "$1" [ -s "$work/peer.json" ]
  choose target
}

# Until a condition holds, a minute at most, and no longer than what was started last lives.
until_true() { # what, command…
  local what=$1
  shift
  for _ in $(seq 1 600); do
    "$@" 2>/dev/null && return
    kill -0 "${peers[-1]}" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/peer.log"
  echo "FAILED $what did not start"
  exit 1
}

choose() {
  name=$1
  target=$(python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1], ""))' "$name" <"$work/peer.json") || exit 1
}

# The first words of the lines of a file that are of this target and version.
lines() { # file
  [ ! -e "$1" ] || awk -v name="$name" -v version="$version" '
    /^\[/ { section = substr($1, 2, length($1) - 2); next }
    !/^(#|$)/ && (section == "" || section == name) && ($2 == "all" || index($2, version)) { print $1 }' "$1"
}

pending() { lines pending | grep -Fqx "$1"; }

expect() { # what, actual, expected
  if ! pending "${1%% *}"; then
    if [ "$2" = "$3" ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED $1: expected $3, got $2"; fi
  elif [ "$2" = "$3" ]; then
    failed=$((failed + 1))
    echo "FAILED $1: $3 is right now; take it out of the file pending"
  else
    passed=$((passed + 1))
    echo "pending $1: expected $3, got $2"
  fi
}

# A Python expression over the transcript `t` of the last walk.
get() { python3 -c 'import json, sys; t = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$work/run.json" "$1"; }

# The state of a step, 0 to 6.
state() { get "t['steps'][$1]['state']"; }

walk() { # version, exit code, clients left behind, option…
  local code=$2 left=$3 ended where
  version=$1 where="($name, $1)"
  shift 3
  gatewalk_check "$version" --consent form "$@" --report text=- >"$work/report.txt" 2>/dev/null
  ended=$?
  expect "session $where" "$(state 6)" "done"
  ! pending session || return
  expect "exit code $where" "$ended" "$code"
  [ "$version" != 2025-11-25 ] || cat "$work/report.txt"
  expect "left behind $where" "$(get "len(t['left_behind'])")" "$left"
  # A pending check is in one of both lists only: expected and missed, or not expected and reported.
  expect "findings (with those pending) $where" "$(get "' '.join(sorted(v['check'] for v in t['verdicts'] if v['verdict'] == 'fail'))")" \
    "$({ lines findings; lines pending | grep -- -; } | sort | uniq -u | xargs)"
}

finish() {
  [ "$failed" = 0 ] || cat "$work/peer.log"
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
