"""What each wrapper offers: Python's by importing it, the others' by reading their sources."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import panda_water
from interface import PROJECT, pascal_case, read, snake_case
from panda_water._config import Settings


@dataclass(frozen=True)
class ErrorClass:
    """What stands for a kind; a code and whether it is retryable only where the wrapper has these of its own."""

    name: str
    code: int | None = None
    retryable: bool | None = None


@dataclass(frozen=True)
class Wrapper:
    """One language's public face, and where its parts stand."""

    language: str
    # All that is public, but for the errors: types; and functions, as `Type.function` where they belong to one.
    types: set[str]
    functions: set[str]
    # The functions of the header that it calls.
    calls: set[str]
    errors: dict[str, ErrorClass]
    # By the library's key: the setting's name.
    settings: dict[str, str]
    # The names of the environment's variables without their prefix.
    variables: set[str]
    # How the wrapper spells these.
    error_name: Callable[[str], str]
    setting_name: Callable[[str], str]
    # Where they are to be added; `*` stands for the name.
    type_place: str
    function_place: str
    call_place: str
    error_place: str
    setting_place: str


def _sources(pattern: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(PROJECT.glob(pattern)))


def _without_comments(source: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", source, flags=re.DOTALL)


def _but_errors(names: Iterable[str]) -> set[str]:
    return {name for name in names if not name.endswith(("error", "Error", "Exception"))}


def _members(source: str, head: str) -> dict[str, str]:
    """The bodies of a source's public types; those of a type in several files together."""
    bodies: dict[str, str] = {}
    for found in re.finditer(rf"^( *){head} (\w+)(.*?)^\1\}}", source, re.DOTALL | re.MULTILINE):
        bodies[found[2]] = bodies.get(found[2], "") + found[3]
    return bodies


def _functions(bodies: dict[str, str]) -> set[str]:
    return {
        f"{name}.{function}"
        for name, body in bodies.items()
        for function in re.findall(
            r"^ +public (?:static |override |async |<.*> )*[\w<>\[\], .?]+ (\w+)\(", body, re.MULTILINE
        )
    }


def _cpp() -> Wrapper:
    header = read("include/panda_water.hpp")
    source = _without_comments(header)
    public = re.sub(r"^namespace detail \{.*?^\} // namespace detail$", "", header, flags=re.DOTALL | re.MULTILINE)
    public = re.sub(r"^( *)private:.*?^\1\};", r"\1};", _without_comments(public), flags=re.DOTALL | re.MULTILINE)
    bodies = dict(
        re.findall(r"^(?:struct|class|enum class) (\w+)\b(?!;)(.*?)(?:^|\w )\};$", public, re.DOTALL | re.MULTILINE)
    )
    functions = {
        f"{name}.{function}"
        for name, body in bodies.items()
        for function in re.findall(r"^    (?!return|throw)[\w:<>,*& ]+[ *&](\w+)\(", body, re.MULTILINE)
    }
    functions |= set(re.findall(r"^[\w:<>,*& ]+[ *&](\w+)\(", public, re.MULTILINE))
    setters = re.findall(r'config &(\w+)\([^)]*\)\s*\{[^"}]*"(\w+)"', public)
    return Wrapper(
        language="C++",
        types=_but_errors(bodies) | set(re.findall(r"^typedef .*\b(\w+);", public, re.MULTILINE)),
        functions=functions,
        calls=set(re.findall(r"\b(panda_\w+)", source)),
        errors={
            kind: ErrorClass(name)
            for kind, name in re.findall(r'\{"(\w+)", raise_as<(\w+)>\}', source)
            if name in bodies
        },
        settings={key: name for name, key in setters},
        variables={
            variable
            for variable, name in re.findall(r'\{"([A-Z_]+)", &config::(\w+)\}', source)
            if variable == name.upper()
        }
        | set(re.findall(r'variable\(prefix \+ "([A-Z_]+)"\)', source)),
        error_name=lambda kind: f"{kind}_error",
        setting_name=snake_case,
        type_place="include/panda_water.hpp",
        function_place="include/panda_water.hpp",
        call_place="include/panda_water.hpp",
        error_place="include/panda_water.hpp (the class, and its line in detail::raise)",
        setting_place="include/panda_water.hpp (class config, and config::from_env)",
    )


def _python() -> Wrapper:
    everything = {name: getattr(panda_water, name) for name in panda_water.__all__}
    classes = {name: value for name, value in everything.items() if inspect.isclass(value)}
    functions = {name for name, value in everything.items() if inspect.isfunction(value)}
    functions |= {f"{name}.{function}" for name, value in classes.items() for function in vars(value)}
    arguments = inspect.signature(panda_water.PandaClient).parameters
    # The environment and the command line know the settings by their own list.
    names = [name for name in arguments if name in Settings.__annotations__]
    return Wrapper(
        language="Python",
        types=_but_errors(classes),
        functions=functions,
        calls=set(re.findall(r'"(panda_\w+)"', _sources("bindings/python/panda_water/_native.py"))),
        errors={
            value.kind: ErrorClass(value.__name__, value.code, value.retryable)
            for value in classes.values()
            if issubclass(value, panda_water.PandaError) and value is not panda_water.PandaError
        },
        settings={_camel_case(name): name for name in names},
        variables={name.upper() for name in Settings.__annotations__},
        error_name=lambda kind: f"Panda{kind.capitalize()}Error",
        setting_name=snake_case,
        type_place="bindings/python/panda_water/__init__.py (import and __all__)",
        function_place="bindings/python/panda_water/_client.py, _aio.py or _process.py",
        call_place="bindings/python/panda_water/_native.py",
        error_place="bindings/python/panda_water/_errors.py and __init__.py",
        setting_place="bindings/python/panda_water/_config.py and _client.py",
    )


def _java() -> Wrapper:
    folder = "bindings/java/src/main/java/io/github/pandawater"
    source = _without_comments(_sources(f"{folder}/*.java"))
    kinds = re.findall(r"^    ([A-Z]+)\((-\d+), (true|false), (\w+)::new\)", source, re.MULTILINE)
    classes = _members(source, r"public (?:final |abstract )*(?:class|interface|enum)")
    setters = re.findall(r"public PandaClientBuilder (\w+)\([^)]*\) \{\s*return set\(Setting\.([A-Z_]+)", source)
    variables = set(re.findall(r"^    ([A-Z_]+)\(Setting::\w+\)", source, re.MULTILINE))
    return Wrapper(
        language="Java",
        types=_but_errors(classes),
        functions=_functions(classes),
        calls=set(re.findall(r'"(panda_\w+)"', source)),
        errors={
            kind.lower(): ErrorClass(name, int(code), retryable == "true")
            for kind, code, retryable, name in kinds
            if name in classes
        },
        settings={_camel_case(setting.lower()): name for name, setting in setters if setting in variables},
        variables=variables,
        error_name=lambda kind: f"Panda{kind.capitalize()}Exception",
        setting_name=str,
        type_place=f"{folder}/*.java",
        function_place=f"{folder}/PandaClient.java or PandaWater.java",
        call_place=f"{folder}/NativeFunctions.java",
        error_place=f"{folder}/*.java, and its line in ErrorKind.java",
        setting_place=f"{folder}/Setting.java and PandaClientBuilder.java",
    )


def _csharp() -> Wrapper:
    folder = "bindings/csharp/PandaWater"
    source = _without_comments(_sources(f"{folder}/**/*.cs"))
    classes = _members(source, r"public (?:sealed |static |abstract |partial )*(?:class|enum|interface|struct)")
    kinds = re.findall(r'public (\w+)\(string message\)\s*: base\(message, "(\w+)", (-\d+), (true|false)\)', source)
    makers = set(re.findall(r"message => new (\w+)\(message\)", source))
    options = re.findall(r"public [\w<>?, ]+ (\w+) \{ get; set; \}", read(f"{folder}/PandaOptions.cs"))
    return Wrapper(
        language="C#",
        types=_but_errors(classes),
        functions=_functions(classes),
        calls=set(re.findall(r'"(panda_\w+)"', source)),
        errors={
            kind: ErrorClass(name, int(code), retryable == "true")
            for name, kind, code, retryable in kinds
            if name in makers
        },
        settings={name[0].lower() + name[1:]: name for name in options},
        # It makes the variables' names from the properties'.
        variables={snake_case(name).upper() for name in options},
        error_name=lambda kind: f"Panda{kind.capitalize()}Exception",
        setting_name=pascal_case,
        type_place=f"{folder}/Models/*.cs",
        function_place=f"{folder}/PandaClient.cs, PandaClient.Async.cs or Panda.cs",
        call_place=f"{folder}/Native/PandaLibrary.cs",
        error_place=f"{folder}/Errors/Kinds.cs and ExceptionByKind.cs",
        setting_place=f"{folder}/PandaOptions.cs",
    )


def _camel_case(name: str) -> str:
    pascal = pascal_case(name)
    return pascal[0].lower() + pascal[1:]


WRAPPERS = [_cpp(), _python(), _java(), _csharp()]
