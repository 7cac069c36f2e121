#!/bin/sh
# Stops the service when the package is removed, not when another version takes its place. dpkg says
# "remove" or "upgrade"; rpm says how many versions there will be.
set -e
[ -d /run/systemd/system ] || exit 0
case "$1" in
remove | 0) systemctl disable --now wshd.service wshd.socket ;;
esac
