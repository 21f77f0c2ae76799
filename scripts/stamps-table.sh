#!/usr/bin/env bash
# Prints the table (path,label) of the ten largest kinds of Tux Paint's stamps (Debian: tuxpaint-stamps-default), each picture
# once: many lie there as PNG and as SVG, some mirrored besides, and a double in another part would be no test.
# usage: scripts/stamps-table.sh [FOLDER] > stamps.csv
set -euo pipefail
folder=${1:-/usr/share/tuxpaint/stamps}
test -d "$folder" || { echo "no folder '$folder': apt-get install tuxpaint-stamps-default" >&2; exit 1; }
echo path,label
for kind in symbols animals town food seasonal household vehicles clothes plants people; do
  # Of NAME.png and NAME.svg the first is taken.
  find "$folder/$kind" -type f \( -name '*.png' -o -name '*.svg' \) -not -iname '*mirror*' -not -iname '*flip*' | LC_ALL=C sort |
    awk -v kind="$kind" '{ name = $0; sub(/\.[a-z]+$/, "", name); if (!seen[name]++) print "\"" $0 "\"," kind }'
done
