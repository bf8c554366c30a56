"""The settings of a client: their names, and how they are read from the environment."""

# No postponed annotations here: the types of the settings decide how their variables are read.
import json
import os
import re
from typing import Any, Callable, Dict, Mapping, Optional, TypedDict, Union

from ._errors import PandaConfigError


class Options(TypedDict, total=False):
    """The settings of a client besides its address; None stands for the default. `PandaClient` explains each."""

    username: Optional[str]
    password: Optional[str]
    timeout_ms: Optional[int]
    connect_timeout_ms: Optional[int]
    deadline_ms: Optional[int]
    retries: Optional[int]
    login_cooldown_ms: Optional[int]
    ticket_param: Optional[str]
    time_zone: Optional[str]
    token_store: Optional[str]
    proxy: Optional[str]
    ca_file: Union[str, "os.PathLike[str]", None]
    client_cert_file: Union[str, "os.PathLike[str]", None]
    client_key_file: Union[str, "os.PathLike[str]", None]
    user_agent: Optional[str]
    headers: Optional[Mapping[str, str]]
    max_response_bytes: Optional[int]
    host: Optional[str]
    port: Optional[int]
    project_name: Optional[str]
    library: Union[str, "os.PathLike[str]", None]


class Settings(Options, total=False):
    """All settings of a client."""

    base_url: Optional[str]


def configuration(variables: Mapping[str, object]) -> Dict[str, object]:
    """The settings among these, as the library names them. The path of the library itself is not one of its own."""
    names = Settings.__annotations__.keys() - {"library"}
    return {_camel_case(name): value for name, value in variables.items() if name in names}


def in_own_words(message: str) -> str:
    """A message of the library, with the settings named as they are here."""
    return _IN_BACKTICKS.sub(lambda found: f"`{_NAMES.get(found[1], found[1])}`", message)


def read_environment(prefix: str, environ: Mapping[str, str]) -> Dict[str, Any]:
    """The settings that the environment holds.

    Raises:
        PandaConfigError: A variable cannot be read, or its name begins like a setting and is none.
    """
    variables = {prefix + name.upper(): name for name in Settings.__annotations__}
    # Where the Java wrapper unpacks the library: a machine may run both.
    known = {*variables, prefix + "DIR"}
    own = {
        name: text
        for name, text in environ.items()
        if name.startswith(prefix) and not _is_service_link(name[len(prefix) :], text)
    }
    unknown = sorted(own.keys() - known)
    if unknown:
        raise PandaConfigError(f"no such setting: {', '.join(unknown)}; there are {', '.join(sorted(variables))}")
    settings = {}
    for variable, name in variables.items():
        text = own.get(variable)
        if text:
            settings[name] = _READERS.get(Settings.__annotations__[name], _as_it_is)(variable, text)
    return settings


def _is_service_link(name: str, text: str) -> bool:
    """Whether Kubernetes tells by this of a service whose name begins like the settings, such as ``panda-water``."""
    return _SERVICE_LINK.fullmatch(name) is not None or (
        _SERVICE_ADDRESS_NAME.fullmatch(name) is not None and text.startswith(("tcp://", "udp://", "sctp://"))
    )


_SERVICE_LINK = re.compile(
    r"([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_SERVICE_ADDRESS_NAME = re.compile(r"([A-Z0-9_]+_)?PORT")


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


_NAMES = {_camel_case(name): name for name in Settings.__annotations__}
_IN_BACKTICKS = re.compile(r"`(\w+)`")


def _as_it_is(_variable: str, text: str) -> str:
    return text


def _whole_number(variable: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise PandaConfigError(f"{variable} is not a whole number written in digits")
    return int(text)


# Neither this nor the error behind it shows the text: headers may hold secrets.
def _headers(variable: str, text: str) -> Dict[str, str]:
    try:
        headers = json.loads(text)
    except (ValueError, RecursionError):
        headers = None
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise PandaConfigError(f'{variable} is not a JSON object of strings such as {{"X-Name": "value"}}')
    return headers


_READERS: Dict[object, Callable[[str, str], Any]] = {
    Optional[int]: _whole_number,
    Optional[Mapping[str, str]]: _headers,
}
