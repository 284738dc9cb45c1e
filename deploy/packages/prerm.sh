#!/bin/sh
# Stops what runs, and takes away what was compiled. Settings, state and the user stay.
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
	systemctl stop '@PACKAGE@*'
fi
find /usr/lib/utvag -name __pycache__ -type d -prune -exec rm -rf {} +
