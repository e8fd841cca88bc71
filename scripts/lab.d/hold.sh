# shellcheck shell=bash
# One user of a lab at a time: a scenario or a try holds the lab's prefix from its beginning to its end, so that two
# with the same prefix never meet. The lock goes with the process that took it.

# hold_lab PREFIX: waits for whoever has it. Descriptor 8 must not live on in the hosts: callers close it for `lab`.
hold_lab() {
  exec 8> "/run/mailwizard-lab-$1.run"
  flock -n 8 || { echo "another scenario or try runs in the lab $1: waiting for its end" >&2; flock 8; }
  export LAB_HELD=$1
}
