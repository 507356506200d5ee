#!/usr/bin/env bash
# Walks every target, leaves the reports in $REPORTS, annotates, fills the summary, and tells the exit code.
# The job fails in a later step of the action, so that the reports are uploaded first.
set -u -o pipefail
reports=${REPORTS:-gatewalk-reports}
mkdir -p "$reports"
mapfile -t targets < <(printf '%s\n' "${TARGETS:-}" | grep -v '^[[:space:]]*$')
mapfile -t options < <(printf '%s\n' "${OPTIONS:-}" | grep -v '^[[:space:]]*$')
if [ "${#targets[@]}" = 0 ]; then
  echo "gatewalk: no target is given" >&2
  echo "exit-code=2" >>"$GITHUB_OUTPUT"
  exit 0
fi
worst=0
# What asks for action first: interrupted, usage, violation, not judged, baseline, nothing selected.
rank() { case $1 in 0) echo 0 ;; 4) echo 1 ;; 5) echo 2 ;; 3) echo 3 ;; 1) echo 4 ;; 2) echo 5 ;; *) echo 6 ;; esac; }
number=0
for target in "${targets[@]}"; do
  number=$((number + 1))
  at="$reports/$number"
  "${GATEWALK:-gatewalk}" check "$target" ${options[@]+"${options[@]}"} \
    --report "json=$at.json" --report "html=$at.html" --report "junit=$at.xml" --report "sarif=$at.sarif" \
    --report "markdown=$at.md" --report github=-
  code=$?
  [ ! -f "$at.md" ] || cat "$at.md" >>"$GITHUB_STEP_SUMMARY"
  [ "$(rank $code)" -le "$(rank $worst)" ] || worst=$code
done
echo "exit-code=$worst" >>"$GITHUB_OUTPUT"
