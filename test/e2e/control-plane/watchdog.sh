# Ends a control plane: kills its processes and removes its directory ($1) as soon as standard input closes, which happens
# when the test stops it and also, by the kernel's hand, when the test process is killed. It must outlive every signal but
# SIGKILL, and must never signal a process that is not marked as this control plane's.
dir=$1
trap '' HUP INT QUIT TERM

# A pid may have been given to another process meanwhile: only the mark in its environment says whose it is.
# The environment of a process that has ended but was not reaped is empty, so it counts as gone.
is_ours() {
  { cat "/proc/$1/environ" || ps -E -o command= -p "$1"; } 2>/dev/null | grep -qaF "PULLRING_TEST_PLANE=$dir"
}

while read -r _; do :; done

# Under the new name no further process can record its pid, and a process that cannot record it does not start.
mv "$dir" "$dir.ended" || exit 0
rounds=0
remaining=some
while [ -n "$remaining" ] && [ "$rounds" -lt 200 ]; do
  remaining=
  while read -r pid; do
    if is_ours "$pid"; then
      kill -KILL "$pid" 2>/dev/null
      remaining=some
    fi
  done <"$dir.ended/pids"
  rounds=$((rounds + 1))
  [ -z "$remaining" ] || sleep 0.05
done
rm -rf "$dir.ended"
