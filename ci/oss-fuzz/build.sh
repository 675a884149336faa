#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-only
exec "$SRC/bitproof/scripts/oss-fuzz-build.sh"
