# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For sourcing by what waits beside a guest or a build: that should cost no
# processor time of theirs, and a process for each look at the clock does.

exec {pause_fd}<> <(:)

# pause SECONDS: as sleep(1), without a process. Nobody writes to that pipe.
pause() { read -rt "$1" -u "$pause_fd" || true; }
