#!/usr/bin/env bash
# Downloads the CUDA provider of onnxruntime-node, which is too large for npm, with the package's own install script.
# The argument is the package's folder, node_modules/onnxruntime-node by default.
set -euo pipefail

package=${1:-node_modules/onnxruntime-node}
folder=$package/bin/napi-v6/linux/x64
libraries=(libonnxruntime_providers_cuda.so libonnxruntime_providers_shared.so)
platform=$(node -p '`${process.platform}/${process.arch}`')
version=$(node -p 'require(require("node:path").resolve(process.argv[1], "package.json")).version' "$package")

fail() {
  echo "make setup CUDA=1: $1" >&2
  shift
  printf '  %s\n' "$@" >&2
  exit 1
}

[ "$platform" = linux/x64 ] || fail \
  "onnxruntime-node $version has a CUDA provider for linux/x64 only; this is $platform." \
  'Leave CUDA=1 out: the processor needs nothing more, and webgpu comes with the package.'

# A download is written in place: one that fails must not leave a part that looks like a library.
declare -A before=()
for library in "${libraries[@]}"; do [ -e "$folder/$library" ] && before[$library]=1; done

echo "downloading the CUDA provider of onnxruntime-node $version" >&2
# Not 'cuda12', which its comments name: 1.30.0 reads that as nothing said, and then skips under npm without a word.
if ! ONNXRUNTIME_NODE_INSTALL=true node "$package/script/install.js" >&2; then
  for library in "${libraries[@]}"; do [ "${before[$library]:-}" ] || rm -f "$folder/$library"; done
  fail 'the CUDA provider could not be downloaded; the reason stands above. Nothing was changed.' \
    'It comes from NuGet: this needs the internet (behind a proxy: GLOBAL_AGENT_HTTPS_PROXY=http://host:port).' \
    "Without it: take ${libraries[*]} out of runtimes/linux-x64/native in the" \
    "NuGet package Microsoft.ML.OnnxRuntime.Gpu.Linux $version (a zip file), put them into $folder," \
    'and call make setup without CUDA=1. Or leave CUDA=1 out: the processor needs nothing more.'
fi
for library in "${libraries[@]}"; do
  [ -s "$folder/$library" ] || fail "onnxruntime-node's install script ended without an error, but $folder/$library is not there." \
    'Please report this with the output above. Without CUDA=1, make setup is not touched by it.'
done
echo 'the CUDA provider is installed; it also needs an NVIDIA driver, CUDA 12 and cuDNN 9: train --device cuda tells' >&2
