#!/usr/bin/env bash
# Copies the small results of a finished, evaluated run to artifacts/reference/NAME/, where they are committed. Without a
# name, which a run on other data needs, NAME is the model's, and a summary of it is added.
# usage: scripts/save-reference.sh RUN [NAME]
set -euo pipefail
usage='usage: scripts/save-reference.sh RUN [NAME]'
run=$(realpath "${1:?$usage}")
name=${2:-}
cd "$(dirname "$0")/.."
test -f "$run/evaluation/test/metrics.json" || { echo "'$run' has not been evaluated: npx atelier evaluate $run" >&2; exit 1; }
model=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).model' "$run/config.json")
target=artifacts/reference/${name:-$model}
mkdir -p "$target"
# Of where the data lay only the last part says anything elsewhere.
node -e '
  const { readFileSync, writeFileSync } = require("node:fs");
  const config = JSON.parse(readFileSync(process.argv[1], "utf8"));
  const { origin } = config.data;
  if (origin?.path !== undefined) origin.path = require("node:path").basename(origin.path);
  writeFileSync(process.argv[2], `${JSON.stringify(config, null, 2)}\n`);
' "$run/config.json" "$target/config.json"
cp "$run"/history.jsonl "$run"/evaluation/test/{metrics.json,classification_report.txt,confusion_matrix.csv} "$target"
[ -n "$name" ] || node dist/src/cli/main.js summary "$model" > "$target/summary.txt"
echo "$target"
