#!/usr/bin/env bash
# Runs the quick tests, which need no browser, on another version of Node, from npm's package of that name. The
# packages are those installed for this one: native modules speak Node-API, which does not change.
# usage: scripts/test-on-node.sh VERSION    (a whole one: 22.23.3)
set -euo pipefail
version=${1:?usage: scripts/test-on-node.sh VERSION}
cd "$(dirname "$0")/.."
folder=$PWD/.setup/node-$version
bin=$folder/node_modules/node/bin
if ! [ "$("$bin/node" --version 2>/dev/null)" = "v$version" ]; then
  npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel=error "node@$version" >&2
fi
export PATH="$bin:$PATH"
found=$(node --version)
[ "$found" = "v$version" ] || { echo "expected Node $version in '$bin', found $found" >&2; exit 1; }
echo "Node $found" >&2
npm run --silent test:quick
