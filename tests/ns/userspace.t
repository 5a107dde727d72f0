#!/bin/bash
# The stories of the lab on the running kernel, with wireguard-go instead of the kernel's WireGuard:
# where that has none they need no VM, and run at full speed. What the two do differently is in
# tests/lab/userspace.t. A story that needs the VM says so and is skipped.
export WAYSIDE_LAB_BACKEND=userspace
exec "$(dirname "$0")/../lab/run" "$@"
