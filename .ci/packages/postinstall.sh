#!/bin/sh
# Starts the service when the package is installed, and again when it is upgraded. dpkg says
# "configure", with the version before if there was one; rpm says how many versions there are now.
set -e
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
case "$1" in
2) systemctl try-restart wshd.service ;;
configure) if [ -n "$2" ]; then systemctl try-restart wshd.service; else systemctl enable --now wshd.socket wshd.service; fi ;;
*) systemctl enable --now wshd.socket wshd.service ;;
esac
