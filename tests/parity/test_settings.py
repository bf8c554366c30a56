"""Every configuration key has its setting and its variable in every language, and its row in bindings/README.md."""

from __future__ import annotations

import pytest
from interface import KEYS, pascal_case, read, snake_case
from panda_water._cli._arguments import parse
from panda_water._config import configuration, read_environment
from wrappers import WRAPPERS, Wrapper

# Not the library's: which library it is.
OF_THE_WRAPPERS = {"library"}
# A secret, and an object: from the environment only.
NOT_ON_THE_COMMAND_LINE = {"password", "headers"}


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda wrapper: wrapper.language)
def test_every_key_has_its_setting(wrapper: Wrapper) -> None:
    complaints = []
    for key in KEYS:
        name, found, variable = wrapper.setting_name(key), wrapper.settings.get(key), snake_case(key).upper()
        if found is None:
            complaints.append(
                f"{wrapper.language} lacks the setting {name} for `{key}`: add it in {wrapper.setting_place}"
            )
        elif found != name:
            complaints.append(
                f"{wrapper.language}'s setting for `{key}` is {found}, not {name}: {wrapper.setting_place}"
            )
        if variable not in wrapper.variables:
            complaints.append(
                f"{wrapper.language} does not read PANDA_WATER_{variable}: add it in {wrapper.setting_place}"
            )
    for key in wrapper.settings.keys() - {*KEYS} - OF_THE_WRAPPERS:
        complaints.append(f"{wrapper.language} has a setting for `{key}`, which include/panda_water.h does not have")
    for variable in wrapper.variables - {snake_case(key).upper() for key in {*KEYS} | OF_THE_WRAPPERS}:
        complaints.append(f"{wrapper.language} reads PANDA_WATER_{variable}, which is no key of include/panda_water.h")
    assert not complaints, "\n".join(complaints)


def test_the_table_of_settings() -> None:
    rows = [
        f"| `{key}` | `{snake_case(key)}` | `{key}` | `{pascal_case(key)}` | `PANDA_WATER_{snake_case(key).upper()}` |"
        for key in KEYS
    ]
    table = read("bindings/README.md")
    missing = [row for row in rows if row not in table]
    assert not missing, "bindings/README.md lacks in its table of settings:\n" + "\n".join(missing)
    found = table[table.index("## Settings") :].count("\n| `")
    assert found == len(rows), f"bindings/README.md has {found} settings, there are {len(rows)}"


@pytest.mark.parametrize("key", KEYS)
def test_python_passes_it_on(key: str) -> None:
    name = snake_case(key)
    assert configuration({name: 5}) == {key: 5}
    text = '{"a": "b"}' if name == "headers" else "5"
    assert read_environment("PANDA_WATER_", {f"PANDA_WATER_{name.upper()}": text}).keys() == {name}


@pytest.mark.parametrize("key", [key for key in KEYS if key not in NOT_ON_THE_COMMAND_LINE])
def test_the_command_line_takes_it(key: str) -> None:
    name = snake_case(key)
    given = parse(["users", f"--{name.replace('_', '-')}", "5"])
    assert str(getattr(given, name)) == "5"
