#!/bin/sh
# What rooms have kept and what has been compiled goes with "purge" only.
set -e
if [ "$1" = purge ]; then
	rm -rf /var/lib/private/wshd /var/lib/wshd /var/cache/private/wshd /var/cache/wshd
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
