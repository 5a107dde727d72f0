#!/bin/bash
# The stories of the lab on the running kernel, with wireguard-go instead of the kernel's WireGuard:
# where that has none they need no VM, and run at full speed. What the two do differently is in
# tests/lab/userspace.t. Those with a line "# in the VM only" are not told here.
lab=$(cd "$(dirname "$0")/../lab" && pwd -P)
export WAYSIDE_LAB_BACKEND=userspace
[ $# -gt 0 ] || mapfile -t stories < <(grep -L '^# in the VM only$' "$lab"/*.t)
exec "$lab/run" "${stories[@]}" "$@"
