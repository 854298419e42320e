#!/bin/sh
# build.sh FOLDER [LIBTORCH]: compiles the library with which processes train together into FOLDER, unless it is there already for these sources and this LibTorch.
# The headers of gloo come from the system, or else out of Debian's package libgloo-dev, which is unpacked beside the library and not installed.
# Where something is missing it says so and ends well: only training in several processes is out of reach then.
set -eu
target=$1 libtorch=${2:-}
sources=$(cd "$(dirname "$0")" && pwd)
library=libmlpipelines_processes.so
mkdir -p "$target"
target=$(cd "$target" && pwd)
header=/usr/include/torch/csrc/api/include/torch/version.h
if [ -n "$libtorch" ]; then header=$libtorch/include/torch/csrc/api/include/torch/version.h; fi

exec 9>"$target/.lock"
if command -v flock >/dev/null 2>&1; then flock 9; fi

state=$(printf '%s\n' "$libtorch"; cat "$header" 2>/dev/null || echo "no LibTorch"; cat "$sources"/CMakeLists.txt "$sources"/*.cpp)
state=$(printf '%s' "$state" | cksum)
if [ -f "$target/$library" ] && [ "$(cat "$target/.state" 2>/dev/null)" = "$state" ]; then exit 0; fi
rm -f "$target/$library" "$target/.state"

missing=
command -v cmake >/dev/null 2>&1 || missing="$missing cmake"
command -v c++ >/dev/null 2>&1 || missing="$missing g++"
[ -f "$header" ] || missing="$missing libtorch-dev"
gloo=
if [ -z "$libtorch" ] && [ ! -f /usr/include/gloo/context.h ]; then
  gloo=$target/gloo/usr/include
  if [ ! -f "$gloo/gloo/context.h" ] && command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1; then
    mkdir -p "$target/gloo"
    (cd "$target/gloo" && timeout 60 apt-get -qq download libgloo-dev && dpkg-deb -x libgloo-dev_*.deb .) >"$target/gloo.log" 2>&1 || true
  fi
  [ -f "$gloo/gloo/context.h" ] || missing="$missing libgloo-dev"
fi
if [ -n "$missing" ]; then
  echo "Training: in one process only, since these are missing:$missing (apt-get install$missing, then build again). Everything else works."
  exit 0
fi

log=$target/build.log
generator=
if command -v ninja >/dev/null 2>&1; then generator="-G Ninja"; fi
rm -rf "$target/build"
# shellcheck disable=SC2086
if cmake -S "$sources" -B "$target/build" $generator -DLIBTORCH="$libtorch" -DGLOO_INCLUDE="$gloo" >"$log" 2>&1 && cmake --build "$target/build" >>"$log" 2>&1; then
  mv "$target/build/$library" "$target/$library"
  printf '%s' "$state" >"$target/.state"
  echo "Training: compiled the library that joins processes ($(sed -n 's/^-- \(LibTorch .*\)/\1/p' "$log"))."
elif [ -n "$libtorch" ] && grep -q "Neither the headers" "$log"; then
  # A LibTorch of one's own may come without them.
  echo "Training: in one process only, since the headers of gloo and NCCL are missing beside $libtorch. Everything else works."
else
  cat "$log"
  echo "Training: the library that joins processes did not compile; the messages are above and in $log."
  exit 1
fi
