#!/bin/sh
# Makes the app's user and folders, and compiles what it runs. It starts nothing: there are no settings yet.
set -e
if [ "$1" = configure ]; then
	systemd-sysusers @PACKAGE@.conf
	! command -v systemd-tmpfiles >/dev/null || systemd-tmpfiles --create @PACKAGE@.conf
	/usr/lib/utvag/bin/python -m compileall -q /usr/lib/utvag/lib
	[ ! -d /run/systemd/system ] || systemctl daemon-reload
fi
