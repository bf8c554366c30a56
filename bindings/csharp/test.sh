#!/bin/sh
# Builds the package's assembly and its tests without a .NET SDK and runs them: with nunit-console on Mono, and the
# same assemblies on CoreCLR 8. See README.md for the packages that this needs; it installs none.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$here/tools.sh"
out=$build/out
native=${PANDA_WATER_LIBRARY:-$root/target/release/libpanda_water.so}
unset PANDA_WATER_LIBRARY

command -v curl >/dev/null || fail "install the package curl"
command -v nunit-console >/dev/null || fail "install the package nunit-console"
nunit=$(debian libnunit-framework2.6.3-cil nunit.framework.dll)
sqlite=$(debian libmono-sqlite4.0-cil Mono.Data.Sqlite.dll)
[ -f "$native" ] || fail "$native is missing: run cargo build --release"
[ -n "${PANDA_SIMULATOR:-}" ] || [ -x "$root/target/debug/panda-simulator" ] ||
    fail "the simulator is missing: run cargo build -p panda-simulator"

case $(uname -m) in
    aarch64) runtime=linux-arm64 ;;
    *) runtime=linux-x64 ;;
esac

rm -rf "$out"
mkdir -p "$out/runtimes/$runtime/native"
cp "$nunit/nunit.framework.dll" "$out"
# As an application gets it from the package.
cp "$native" "$out/runtimes/$runtime/native/libpanda_water-$version.so"

compile_package "$out"
compile -target:library -out:"$out/PandaWater.Tests.dll" -r:"$out/PandaWater.dll" \
    -r:"$out/nunit.framework.dll" -recurse:"$here/PandaWater.Tests/*.cs"
compile -out:"$out/TestRunner.dll" -r:"$out/nunit.framework.dll" "$here/TestRunner/Program.cs"

echo "C# on Mono:"
(cd "$out" && nunit-console -nologo -nodots -xml:"$build/mono.xml" PandaWater.Tests.dll) ||
    fail "the tests failed on Mono"

# The ASP.NET example, as an application with its own bin folder.
site=$build/site
rm -rf "$site"
mkdir -p "$site/bin/x64"
cp "$out/PandaWater.dll" "$json/Newtonsoft.Json.dll" "$site/bin"
cp "$native" "$site/bin/x64/libpanda_water-$version.so"
# Less the assemblies that Mono refers every application to, most of which are not installed.
sed 's:<system.web>:&<compilation><assemblies><clear /></assemblies></compilation>:' \
    "$here/examples/aspnet/Web.config" >"$site/Web.config"
compile -target:library -out:"$site/bin/SignIn.dll" -r:"$out/PandaWater.dll" -r:System.Web.dll \
    -recurse:"$here/examples/aspnet/*.cs"
compile -out:"$site/bin/ExampleTests.exe" -r:"$out/PandaWater.dll" -r:System.Web.dll \
    "$here/ExampleTests/Program.cs" "$here/PandaWater.Tests/Simulator.cs" "$here/PandaWater.Tests/Project.cs"
mono "$site/bin/ExampleTests.exe" "$site" || fail "the ASP.NET example failed"

# The synchronisation example, with a database of its own.
sync=$build/sync
rm -rf "$sync"
mkdir -p "$sync"
cp "$out/PandaWater.dll" "$json/Newtonsoft.Json.dll" "$sync"
cp -r "$out/runtimes" "$sync"
compile -out:"$sync/SyncDatabaseTests.exe" -r:"$out/PandaWater.dll" -r:System.Data.dll \
    -r:"$sqlite/Mono.Data.Sqlite.dll" "$here/examples/SyncDatabase.cs" "$here/ExampleTests/SyncDatabaseTests.cs" \
    "$here/PandaWater.Tests/Simulator.cs" "$here/PandaWater.Tests/Project.cs"
mono "$sync/SyncDatabaseTests.exe" "$sync/oa.sqlite" || fail "the synchronisation example failed"

# The ten lines, as a new user runs them, and again without the native library; "$@" is the runtime.
example=$build/example
bare=$build/bare
rm -rf "$example" "$bare"
mkdir -p "$bare"
cp "$out/PandaWater.dll" "$json/Newtonsoft.Json.dll" "$bare"
compile -out:"$bare/TenLines.exe" -r:"$out/PandaWater.dll" "$here/examples/TenLines.cs"
cp -r "$bare" "$example"
cp -r "$out/runtimes" "$example"

rm -f "$build/simulator.json"
"${PANDA_SIMULATOR:-$root/target/debug/panda-simulator}" --users 3 >"$build/simulator.json" &
trap "kill $!" EXIT
until [ -s "$build/simulator.json" ]; do sleep 0.1; done
started() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" "$build/simulator.json"; }

ten_lines() {
    ticket=$(curl -sS -d '{"userId":2}' "$(started controlUrl)/tickets" | sed 's/.*"ticket":"\([^"]*\)".*/\1/')
    export PANDA_WATER_BASE_URL="$(started baseUrl)"
    export PANDA_WATER_USERNAME="$(started username)" PANDA_WATER_PASSWORD="$(started password)"
    "$@" "$example/TenLines.exe" "http://oa.example/oa?ticket=$ticket" >"$build/ten-lines.txt" &&
        grep -q '^3 ' "$build/ten-lines.txt" && grep -q 'is signing in' "$build/ten-lines.txt" ||
        fail "the ten lines failed: $(cat "$build/ten-lines.txt")"
    "$@" "$bare/TenLines.exe" x >"$build/bare.txt" 2>&1 && fail "the library was found where there is none"
    for reason in "package's copy: no such file" "the system's search path: "; do
        grep -q "$reason" "$build/bare.txt" || fail "the loader's error lacks '$reason': $(cat "$build/bare.txt")"
    done
    echo "the ten lines work"
}

ten_lines mono

fetch_coreclr "$build/runtimeconfig.json"

echo "C# on CoreCLR 8:"
"$dotnet" exec --runtimeconfig "$build/runtimeconfig.json" "$out/TestRunner.dll" "$out/PandaWater.Tests.dll" ||
    fail "the tests failed on CoreCLR"
ten_lines "$dotnet" exec --runtimeconfig "$build/runtimeconfig.json"
