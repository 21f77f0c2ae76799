#!/usr/bin/env bash
# Copies the small results of a finished, evaluated run to artifacts/reference/<model>/, where they are committed.
# usage: scripts/save-reference.sh RUN
set -euo pipefail
run=${1:?usage: scripts/save-reference.sh RUN}
cd "$(dirname "$0")/.."
test -f "$run/evaluation/test/metrics.json" || { echo "'$run' has not been evaluated: npx atelier evaluate $run" >&2; exit 1; }
model=$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).model' "$run/config.json")
target=artifacts/reference/$model
mkdir -p "$target"
cp "$run"/{config.json,history.jsonl} "$run"/evaluation/test/{metrics.json,classification_report.txt,confusion_matrix.csv} "$target"
node dist/src/cli/main.js summary "$model" > "$target/summary.txt"
echo "$target"
