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

# build PROJECT: builds it in Release unless nothing changed since the last time.
build() {
  local project=$1 stamp; stamp="$(dirname "$project")/obj/.built"
  if [ -f "$stamp" ] && [ -z "$(find Pipelines Pipelines.Tests Data ./*.props ./*.targets global.json nuget.config \
        -newer "$stamp" \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.targets' -o -name '*.json' -o -name '*.config' -o -path '*/Fixtures/*' -o -path 'Data/*/messages.csv' \) \
        -not -path '*/obj/*' -not -path '*/bin/*' -print -quit)" ]; then
    return
  fi
  say "Building ${project##*/} (about a minute the first time; packages are restored from the machine's NuGet sources) …"
  require_dotnet
  local log; log=$(mktemp)
  if ! dotnet build "$project" -c Release -v quiet -nologo >"$log" 2>&1; then
    cat "$log" >&2; rm -f "$log"
    fail "The build failed; the messages are above. If packages could not be restored, check the sources with:  dotnet nuget list source"
  fi
  rm -f "$log"
  touch "$stamp"
}
