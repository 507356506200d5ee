#!/usr/bin/env bash
# Walks every target, leaves the reports in $REPORTS, annotates, fills the summary, and tells the exit code.
# The job fails in a later step of the action, so that the reports are uploaded first.
set -u -o pipefail
reports=${REPORTS:-gatewalk-reports}
gatewalk=${GATEWALK:-gatewalk}
# GitHub drops a summary of more than 1 MiB whole.
room=1000000
mapfile -t targets < <(printf '%s\n' "${TARGETS:-}" | tr -d '\r' | grep -v '^[[:space:]]*$')
mapfile -t options < <(printf '%s\n' "${OPTIONS:-}" | tr -d '\r' | grep -v '^[[:space:]]*$')
fail() { # what is wrong
  echo "::error title=gatewalk::$1"
  echo "exit-code=2" >>"$GITHUB_OUTPUT"
  exit 0
}
[ "${#targets[@]}" != 0 ] || fail "no target is given"
command -v -- "$gatewalk" >/dev/null || fail "there is no program $gatewalk: install it in a step before, or name it with the input gatewalk"
mkdir -p -- "$reports" || fail "the folder $reports for the reports cannot be made"
worst=0
# What asks for action first: interrupted, usage, violation, not judged, baseline, nothing selected.
rank() { case $1 in 0) echo 0 ;; 4) echo 1 ;; 5) echo 2 ;; 3) echo 3 ;; 1) echo 4 ;; 2) echo 5 ;; *) echo 6 ;; esac; }
number=0
for target in "${targets[@]}"; do
  number=$((number + 1))
  at="$reports/$number"
  "$gatewalk" check "$target" ${options[@]+"${options[@]}"} \
    --report "json=$at.json" --report "html=$at.html" --report "junit=$at.xml" --report "sarif=$at.sarif" \
    --report "markdown=$at.md" --report github=-
  code=$?
  if [ -f "$at.md" ]; then
    size=$(wc -c <"$at.md")
    if [ "$size" -le "$room" ]; then
      room=$((room - size))
      cat -- "$at.md" >>"$GITHUB_STEP_SUMMARY"
    else
      echo "The summary of target $number is in the artifact: there is no room for it here." >>"$GITHUB_STEP_SUMMARY"
      room=$((room - 100))
    fi
  fi
  [ ! -f "$at.sarif" ] || echo "sarif=true" >>"$GITHUB_OUTPUT"
  [ "$(rank $code)" -le "$(rank $worst)" ] || worst=$code
done
echo "exit-code=$worst" >>"$GITHUB_OUTPUT"
