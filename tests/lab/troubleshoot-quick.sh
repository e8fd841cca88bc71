#!/bin/bash
# suites: trixie
# A dozen faults and some healthy servers of troubleshoot.sh, on one release.
FAULT_LIST=quick
# shellcheck source=tests/lab/troubleshoot.sh
. "$(dirname "$0")/troubleshoot.sh"
