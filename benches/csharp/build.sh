#!/bin/sh
# Compiles PandaWater.dll and Peers.exe into build/benches/csharp, and fetches CoreCLR where it is not there yet. Needs
# what bindings/csharp/check needs, save the test tools; see Peers.cs for how it is run.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/bindings/csharp/tools.sh"
out=$root/build/benches/csharp

compile_package "$out"
compile -optimize+ -out:"$out/Peers.exe" -r:"$out/PandaWater.dll" "$here/Peers.cs"
fetch_coreclr "$out/Peers.runtimeconfig.json"
# Whoever runs the benchmarks need not know where CoreCLR is.
ln -sf "$dotnet" "$out/dotnet"
