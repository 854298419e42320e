#!/usr/bin/env bash
# Generation and pictures on a CUDA GPU, through ONNX Runtime: parity with the reference outputs, tokens/s, seconds a step.
# For a machine with an NVIDIA GPU, its driver, CUDA 12 with cuDNN 9, the .NET SDK 10 and the package Microsoft.ML.OnnxRuntime.Gpu.Linux (some 300 MB) within reach.
#   Pipelines/Benchmarks/gpu-onnx.sh [FIXTURES]   FIXTURES: another set of reference outputs; by default those of the tests
#   Pipelines/Benchmarks/gpu-onnx.sh --build      builds with CUDA, and needs no GPU
# Logs are in $OUT (or .gpu/onnx). The build is the only one that has the CUDA provider; ./test.sh afterwards builds the other again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=${OUT:-$PWD/.gpu/onnx}

fail() { printf '%s\n' "$*" >&2; exit 1; }

build() {
  command -v dotnet >/dev/null || fail "The .NET SDK 10 is missing; see https://dot.net/download."
  local project
  for project in Pipelines.Tests/MLPipelines.Tests.csproj Pipelines/Benchmarks/MLPipelines.Benchmarks.csproj; do
    dotnet build "$project" -c Release -v quiet -nologo -p:OnnxRuntimeGpu=true >"$out/build.log" 2>&1 \
      || { tail -20 "$out/build.log" >&2; fail "The build with -p:OnnxRuntimeGpu=true failed; the whole log is $out/build.log."; }
  done
  find Pipelines.Tests/bin/Release -name 'libonnxruntime_providers_cuda.so' | grep -q . || fail "The build has no libonnxruntime_providers_cuda.so: was the package Microsoft.ML.OnnxRuntime.Gpu.Linux restored?"
}

# step NAME SECONDS COMMAND…: its output goes to a log.
step() {
  local name=$1 seconds=$2 start=$SECONDS code=0; shift 2
  timeout "$seconds" "$@" >"$out/$name.log" 2>&1 || code=$?
  printf '== %s: exit code %s after %s s\n' "$name" "$code" "$((SECONDS - start))"
  [ "$code" -eq 0 ] || failed=1
}

[ "$#" -le 1 ] || fail "usage: $0 [FIXTURES | --build]"
mkdir -p "$out"
if [ "${1:-}" = --build ]; then build; echo "built with CUDA"; exit 0; fi
[ -z "${1:-}" ] || [ -d "$1" ] || fail "There is no folder '$1' with fixtures."
command -v nvidia-smi >/dev/null || fail "There is no nvidia-smi: this machine has no NVIDIA GPU, or no driver for it. Nothing was run; '$0 --build' only builds."
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader | tee "$out/machine.txt" | grep -q . || fail "nvidia-smi finds no GPU. Nothing was run; '$0 --build' only builds."
cat "$out/machine.txt"
build

failed=0
export MLPIPELINES_TEST_DEVICE=cuda
[ -z "${1:-}" ] || export MLPIPELINES_FIXTURES=$1
step parity "${TEST_SECONDS:-600}" dotnet Pipelines.Tests/bin/Release/net10.0/MLPipelines.Tests.dll --progress off \
  --filter "FullyQualifiedName~GenerationParityTests|FullyQualifiedName~StableDiffusionParityTests"
grep -E '^(failed|skipped) |total:|failed:|succeeded:|skipped:' "$out/parity.log" | head -40 || true
step generation "${GENERATION_SECONDS:-600}" dotnet Pipelines/Benchmarks/bin/Release/net10.0/MLPipelines.Benchmarks.dll generation-gpu
cat "$out/generation.log"
step imaging "${IMAGING_SECONDS:-900}" dotnet Pipelines/Benchmarks/bin/Release/net10.0/MLPipelines.Benchmarks.dll imaging --guidance --steps 10 --device cuda
cat "$out/imaging.log"
exit "$failed"
