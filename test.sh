#!/usr/bin/env bash
# Sets up what is missing, builds, and runs all tests; arguments go to the test runner (e.g. --filter "FullyQualifiedName~TextLoader").
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
build Pipelines/Cli/MLPipelines.Cli.csproj
build Pipelines.Tests/MLPipelines.Tests.csproj
require_dotnet
require_postgresql
require_chromium
log=$(mktemp)
trap 'rm -f "$log"' EXIT
set +e
dotnet Pipelines.Tests/bin/Release/net10.0/MLPipelines.Tests.dll --progress off --output Detailed "$@" 2>&1 | tee "$log" | grep -vE '^(.\[[0-9]+m)?passed'
status=${PIPESTATUS[0]}
set -e
# Some terminals and CI systems get colours, which are no part of the figures.
count() { sed -e 's/\x1b\[[0-9;]*m//g' "$log" | sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" | tail -n 1; }
passed=$(count succeeded) failed=$(count failed) skipped=$(count skipped)
[ "$status" -eq 0 ] || printf 'The test runner ended with exit code %s.\n' "$status"
[ "${passed:-0}" -gt 0 ] || status=1
printf '%s passed, %s failed, %s skipped\n' "${passed:-0}" "${failed:-0}" "${skipped:-0}"
exit "$status"
