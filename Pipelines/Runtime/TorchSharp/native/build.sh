#!/bin/sh
# build.sh FOLDER [LIBTORCH]: compiles the C shim over LibTorch into FOLDER, unless it is there already for these sources and this LibTorch.
# Where CMake, a compiler or LibTorch is missing, it says so and ends well: only torch is out of reach then.
set -eu
target=$1 libtorch=${2:-}
sources=$(cd "$(dirname "$0")" && pwd)
library=libmlpipelines_torch.so
mkdir -p "$target"
header=/usr/include/torch/csrc/api/include/torch/version.h
if [ -n "$libtorch" ]; then header=$libtorch/include/torch/csrc/api/include/torch/version.h; fi

exec 9>"$target/.lock"
if command -v flock >/dev/null 2>&1; then flock 9; fi

state=$(printf '%s\n' "$libtorch"; cat "$header" 2>/dev/null || echo "no LibTorch"; cat "$sources"/CMakeLists.txt "$sources"/*.cpp "$sources"/*.h)
state=$(printf '%s' "$state" | cksum)
if [ -f "$target/$library" ] && [ "$(cat "$target/.state" 2>/dev/null)" = "$state" ]; then exit 0; fi
rm -f "$target/$library" "$target/.state"

missing=
command -v cmake >/dev/null 2>&1 || missing="$missing cmake"
command -v c++ >/dev/null 2>&1 || missing="$missing g++"
[ -f "$header" ] || missing="$missing libtorch-dev"
if [ -n "$missing" ]; then
  echo "TorchSharp: without LibTorch, since these are missing:$missing (apt-get install$missing, or set LIBTORCH to the folder of a LibTorch; then build again). Everything else works."
  exit 0
fi

log=$target/build.log
generator=
if command -v ninja >/dev/null 2>&1; then generator="-G Ninja"; fi
rm -rf "$target/build"
# shellcheck disable=SC2086
if cmake -S "$sources" -B "$target/build" $generator -DLIBTORCH="$libtorch" >"$log" 2>&1 && cmake --build "$target/build" --parallel >>"$log" 2>&1; then
  mv "$target/build/$library" "$target/$library"
  printf '%s' "$state" >"$target/.state"
  echo "TorchSharp: compiled the C shim ($(sed -n 's/^-- \(LibTorch .*\)/\1/p' "$log"))."
else
  cat "$log"
  echo "TorchSharp: the C shim did not compile; the messages are above and in $log."
  exit 1
fi
