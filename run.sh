#!/usr/bin/env bash
# Sets up what is missing, builds, and runs `mlp` with the arguments given; without arguments, the demo.
caller=$PWD
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
build Pipelines/Cli/MLPipelines.Cli.csproj
require_dotnet
mlp=$PWD/Pipelines/Cli/bin/Release/net10.0/mlp.dll
if [ $# -eq 0 ]; then
  exec dotnet "$mlp" demo
fi
cd "$caller"
exec dotnet "$mlp" "$@"
