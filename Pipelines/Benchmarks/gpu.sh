#!/usr/bin/env bash
# Parity, trajectories and speed on a machine with a CUDA GPU that has PyTorch, CMake and a C++ compiler, but neither .NET nor a network.
#   Pipelines/Benchmarks/gpu.sh prepare   here: builds, and packs the programs, the .NET runtime and the data into .gpu/ (which git ignores; some 45 MB)
#   Pipelines/Benchmarks/gpu.sh run       there, in a copy of the repository with .gpu/: builds the shims against that machine's torch, tests, measures
# The log of `run` is in $OUT (or .gpu/out); its printed output is short. Both can be repeated.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD

prepare() {
  local data=${1:-../shared/data} fixtures=${2:-../shared/fixtures}
  dotnet build Pipelines.Tests/MLPipelines.Tests.csproj -c Release -v quiet -nologo
  dotnet build Pipelines/Benchmarks/MLPipelines.Benchmarks.csproj -c Release -v quiet -nologo
  local stage; stage=$(mktemp -d)
  trap 'rm -rf "$stage"' RETURN
  mkdir -p .gpu "$stage/dotnet/shared" "$stage/tests" "$stage/benchmarks" "$stage/data" "$stage/fixtures"
  local home; home=$(dotnet --list-runtimes | sed -n 's|^Microsoft.NETCore.App .* \[\(.*\)/shared/Microsoft.NETCore.App\]$|\1|p' | tail -1)
  cp -r "$home/dotnet" "$home/host" "$home/LICENSE.txt" "$stage/dotnet/"
  cp -r "$home/shared/Microsoft.NETCore.App" "$stage/dotnet/shared/"
  local keep=(--exclude=TestResults --exclude='*.xml' --exclude='*.pdb' --exclude=runtimes --exclude='libmlpipelines_*.so' --exclude=Fixtures)
  tar -C Pipelines.Tests/bin/Release/net10.0 "${keep[@]}" -cf - . | tar -C "$stage/tests" -xf -
  tar -C Pipelines/Benchmarks/bin/Release/net10.0 "${keep[@]}" -cf - . | tar -C "$stage/benchmarks" -xf -
  local set
  for set in banking77 imdb; do
    mkdir -p "$stage/data/$set"
    cp "$data/$set/train.csv" "$stage/data/$set/"
  done
  mkdir -p "$stage/data/tokenizers"
  cp -r "$data/tokenizers/bert-base-uncased" "$stage/data/tokenizers/"
  mkdir -p "$stage/fixtures/models"
  cp -r "$fixtures/training" "$stage/fixtures/"
  local model
  for model in "$fixtures"/models/*; do
    case ${model##*/} in t5_*) ;; *) cp -r "$model" "$stage/fixtures/models/" ;; esac
  done
  tar -C "$stage" -cf - . | xz -T0 -6 >.gpu/pack.tar.xz
  printf 'packed %s of %s\n' "$(du -h .gpu/pack.tar.xz | cut -f1)" "$(git rev-parse --short HEAD)"
}

run() {
  local out=${OUT:-$root/.gpu/out} work=${TMPDIR:-/tmp}/mlpipelines-gpu
  mkdir -p "$out" "$work"
  if ! cmp -s .gpu/pack.tar.xz "$work/pack.tar.xz"; then
    rm -rf "$work"; mkdir -p "$work"
    xz -dc .gpu/pack.tar.xz | tar -C "$work" -xf -
    cp .gpu/pack.tar.xz "$work/"
  fi
  local python=${PYTHON:-python3} torch; export PYTHON=$python
  torch=$($python -c 'import torch; print(torch.__path__[0])')
  $python -c 'import torch; print("torch", torch.__version__, "on", torch.cuda.get_device_name(0))' | tee "$out/machine.txt"
  shim torch Pipelines/Runtime/TorchSharp/native "$torch" libmlpipelines_torch.so
  shim processes Pipelines/Training/native "$torch" libmlpipelines_processes.so || printf 'the library for several processes was not built; see %s\n' "$out/build-processes.log"
  export DOTNET_ROOT=$work/dotnet PATH=$work/dotnet:$PATH DOTNET_NOLOGO=1 HOME=$work MLPIPELINES_FIXTURES=$work/fixtures MLPIPELINES_TEST_DEVICE=cuda

  step tests "${TEST_SECONDS:-240}" dotnet "$work/tests/MLPipelines.Tests.dll" --no-progress --filter "${TEST_FILTER:-TestCategory=Parity&FullyQualifiedName!~Tokeniz}"
  grep -E "^(failed|skipped) |total:|failed:|succeeded:|skipped:" "$out/tests.log" | head -40 || true
  step training "${TRAIN_SECONDS:-240}" dotnet "$work/benchmarks/MLPipelines.Benchmarks.dll" encoder-training "$work/data" --device cuda --rows 32 --steps 100 --seconds 60
  tail -20 "$out/training.log"
  step inference "${INFER_SECONDS:-180}" dotnet "$work/benchmarks/MLPipelines.Benchmarks.dll" encoder-inference "$work/data" --device cuda --rows 64 --steps 60 --seconds 30
  tail -20 "$out/inference.log"
}

# shim NAME SOURCE TORCH FILE: compiled once for a torch and a state of the sources.
shim() {
  local name=$1 source=$2 torch=$3 file=$4 stamp log
  log=$out/build-$name.log
  stamp=$(cat "$source"/* | cksum)" $torch"
  if [ "$(cat "$work/$name.stamp" 2>/dev/null)" != "$stamp" ] || [ ! -f "$work/tests/$file" ]; then
    if ! { cmake -S "$source" -B "$work/build-$name" -DLIBTORCH="$torch" -DCMAKE_BUILD_TYPE=Release && cmake --build "$work/build-$name" -j "$(nproc)"; } >"$log" 2>&1; then
      printf '%s did not build:\n' "$file"; tail -15 "$log"; return 1
    fi
    cp "$(find "$work/build-$name" -name "$file" | head -1)" "$work/tests/"
    printf %s "$stamp" >"$work/$name.stamp"
  fi
  cp "$work/tests/$file" "$work/benchmarks/"
}

# step NAME SECONDS COMMAND…: its output goes to a log.
step() {
  local name=$1 seconds=$2; shift 2
  local start=$SECONDS code=0
  timeout "$seconds" "$@" >"$out/$name.log" 2>&1 || code=$?
  printf '== %s: exit code %s after %s s\n' "$name" "$code" "$((SECONDS - start))"
}

case ${1:-} in
  prepare) shift; prepare "$@" ;;
  run) run ;;
  *) printf 'usage: %s prepare [DATA [FIXTURES]] | run\n' "$0" >&2; exit 2 ;;
esac
