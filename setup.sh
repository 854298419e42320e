# Sourced by run.sh and test.sh: finds what is needed, sets up what is missing, builds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export HOME="${HOME:-$PWD/.native/home}"

say() { printf '\033[2m%s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

require_dotnet() {
  if ! command -v dotnet >/dev/null; then
    for candidate in /usr/share/dotnet /usr/lib/dotnet /opt/dotnet "$HOME/.dotnet"; do
      if [ -x "$candidate/dotnet" ]; then PATH="$candidate:$PATH"; break; fi
    done
  fi
  command -v dotnet >/dev/null || fail "The .NET SDK 10 is missing. Install it, for instance with:  apt-get install dotnet-sdk-10.0   (or see https://dot.net/download)"
  local version; version=$(dotnet --version 2>/dev/null) || fail "dotnet is there, but no SDK 10 or later; installed are: $(dotnet --list-sdks | tr '\n' ';')"
  [ "${version%%.*}" -ge 10 ] || fail "The .NET SDK found is $version; version 10 or later is needed."
}

# apt_install NAME PACKAGE…: installs packages where that can be done. What could not be installed once is not tried again at every start.
apt_install() {
  local tried=".native/apt-tried-$1"; shift
  [ "$(cat "$tried" 2>/dev/null)" != "$*" ] || return 1
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    say "Installing $* …"
    local log; log=$(mktemp)
    if { apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }; } </dev/null >"$log" 2>&1; then rm -f "$log"; return; fi
    tail -n 5 "$log" >&2; rm -f "$log"
  fi
  mkdir -p .native; printf '%s' "$*" >"$tried"
  return 1
}

# PostgreSQL, which tests of sweeps that several processes share start for themselves. Without it they are skipped.
require_postgresql() {
  [ "$(uname)" = Linux ] || return 0
  if command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then return; fi
  apt_install postgresql postgresql || say "Tests that need PostgreSQL will be skipped; install it with:  apt-get install postgresql"
}

# Chromium, in which tests look at the report of a sweep. Without it they are skipped.
require_chromium() {
  [ "$(uname)" = Linux ] || return 0
  local name; for name in chromium chromium-browser google-chrome google-chrome-stable; do if command -v "$name" >/dev/null; then return; fi; done
  apt_install chromium chromium || say "Tests that look at reports in a browser will be skipped; install it with:  apt-get install chromium"
}

# LibTorch, the compiler for the shim over it, and the OpenBLAS that shares LibTorch's threads, with which Debian's LibTorch multiplies: installed where that can be done, named
# where it cannot. Without them everything but torch works.
require_libtorch() {
  [ "$(uname)" = Linux ] || return 0
  local wanted=() blas=()
  command -v cmake >/dev/null || wanted+=(cmake)
  command -v c++ >/dev/null || wanted+=(g++)
  if [ -z "${LIBTORCH:-}" ]; then
    [ -f /usr/include/torch/csrc/api/include/torch/version.h ] || wanted+=(libtorch-dev)
    compgen -G '/usr/lib/*/openblas-openmp/libblas.so.3' >/dev/null || blas=(libopenblas0-openmp)
  elif [ ! -f "$LIBTORCH/include/torch/csrc/api/include/torch/version.h" ]; then
    fail "LIBTORCH is $LIBTORCH, which is no LibTorch: there is no include/torch/csrc/api/include/torch/version.h in it. Set it to the folder that holds include/ and lib/, or unset it for the system's own."
  fi
  if [ ${#wanted[@]} -eq 0 ] && [ ${#blas[@]} -eq 0 ]; then return; fi
  if apt_install libtorch "${wanted[@]}" "${blas[@]}"; then return; fi
  [ ${#wanted[@]} -eq 0 ] || say "Without ${wanted[*]} nothing can be trained or run on LibTorch; install it with:  apt-get install ${wanted[*]}   (or set LIBTORCH to the folder of another LibTorch). Everything else works."
  [ ${#blas[@]} -eq 0 ] || say "LibTorch will multiply slowly; install OpenBLAS with:  apt-get install ${blas[*]}"
}

# build PROJECT: builds it in Release unless nothing changed since the last time.
build() {
  local project=$1 stamp; stamp="$(dirname "$project")/obj/.built"
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "LIBTORCH=${LIBTORCH:-}" ] && [ -z "$(find Pipelines Pipelines.Tests Data ./*.props ./*.targets global.json nuget.config \
        -newer "$stamp" \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.targets' -o -name '*.json' -o -name '*.config' -o -path '*/native/*' -o -path '*/Fixtures/*' -o -path 'Data/*/messages.csv' \) \
        -not -path '*/obj/*' -not -path '*/bin/*' -print -quit)" ]; then
    return
  fi
  say "Building ${project##*/} (about a minute the first time; packages are restored from the machine's NuGet sources) …"
  require_dotnet
  require_libtorch
  local log; log=$(mktemp)
  if ! dotnet build "$project" -c Release -v quiet -nologo >"$log" 2>&1; then
    cat "$log" >&2; rm -f "$log"
    fail "The build failed; the messages are above. If packages could not be restored, check the sources with:  dotnet nuget list source"
  fi
  rm -f "$log"
  printf 'LIBTORCH=%s' "${LIBTORCH:-}" >"$stamp"
}
