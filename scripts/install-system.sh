#!/usr/bin/env bash
# Installs the Debian packages that are missing, where that is possible (root, apt). Elsewhere it only says what is
# missing: the programs may well be there under other names.
# usage: scripts/install-system.sh user|tests    what the program needs, or what its tests need besides
set -euo pipefail

whose=${1:?usage: scripts/install-system.sh user|tests}
missing=()
need() { # need PACKAGE CHECK...
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
# Homebrew has its headers elsewhere.
has_header() { test -n "$(find /usr/include /usr/local/include /opt/homebrew/include -name "$1" -print -quit 2>/dev/null)"; }

case $whose in
  user)
    # canvas is compiled where no prebuilt binary can be had.
    need build-essential sh -c 'command -v g++ && command -v make'
    need python3 sh -c 'command -v python3'
    need pkg-config sh -c 'command -v pkg-config'
    need libcairo2-dev pkg-config --exists cairo
    need libpango1.0-dev pkg-config --exists pangocairo
    need libjpeg-dev has_header jpeglib.h
    need libgif-dev has_header gif_lib.h
    need librsvg2-dev pkg-config --exists librsvg-2.0
    need fontconfig sh -c 'command -v fc-list'
    need fonts-dejavu-core sh -c 'fc-list | grep -q DejaVuSans.ttf'
    # The data set: a folder of one's own is as good, and so is a fetched one.
    need dataset-fashion-mnist sh -c 'test -e /usr/share/datasets/fashion-mnist || test -d datasets/fashion-mnist'
    ;;
  tests)
    # Tests open pages in it, and compute on its software Vulkan driver, which a loader finds.
    need chromium sh -c 'command -v chromium'
    need libvulkan1 sh -c 'ldconfig -p | grep -q libvulkan.so.1'
    # Tests see with it whether a process asks the network for anything.
    need strace sh -c 'command -v strace'
    # Compiles what stands between the program and the system's calls for files, and lets them fail.
    need gcc sh -c 'command -v cc'
    need libc6-dev has_header stdlib.h
    ;;
  *)
    echo "usage: scripts/install-system.sh user|tests" >&2
    exit 2
    ;;
esac

[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing: ${missing[*]}" >&2
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "not found, and not installed because this is not root on Debian: ${missing[*]}" >&2
  echo "If the next steps fail, install them (sudo apt-get install ${missing[*]}) and call make again." >&2
fi
