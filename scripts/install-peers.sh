#!/usr/bin/env bash
# Puts today's PyTorch, for `make bench` to compare with, into a Python environment of its own: .setup/peers/pytorch. Needs python3 with
# venv, a Python package registry and up to 6 GB of disk; where there are none, `make bench` names the peer as absent.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
folder=.setup/peers/pytorch
if [ -x "$folder/bin/python" ] && "$folder/bin/python" -c 'import torch, torchvision' 2> /dev/null; then
  echo "$folder is there"
  exit
fi
rm -rf "$folder"
"$python" -m venv "$folder" || { echo "'$python -m venv' failed: apt install python3-venv, or name another by PYTHON=..." >&2; exit 1; }
"$folder/bin/pip" install --quiet torch torchvision || {
  rm -rf "$folder"
  echo 'PyTorch could not be installed (see above): is a Python package registry within reach?' >&2
  exit 1
}
"$folder/bin/python" -c 'import torch; print("PyTorch", torch.__version__)'
