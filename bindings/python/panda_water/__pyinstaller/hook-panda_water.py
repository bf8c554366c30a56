"""Takes the native library along, beside the package's modules, where the loader looks for it."""

from PyInstaller.utils.hooks import collect_dynamic_libs

binaries = collect_dynamic_libs("panda_water")
