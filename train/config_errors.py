"""One line about a configuration that was refused: which key, and which there are."""

import dataclasses
import difflib
import re
from collections.abc import Iterator
from typing import get_args

from lightning.pytorch.cli import LightningArgumentParser

from analysis.errors import UserError

_UNKNOWN = (
    re.compile(r"unrecognized arguments: --(?P<key>[\w.]+)"),
    re.compile(r"Group '(?P<group>[\w.]+)' does not accept option '(?P<key>[\w.]+)'"),
    re.compile(r"Key '(?P<key>[\w.]+)' is not expected"),
    re.compile(r"Option '(?P<key>[\w.]+)' is not accepted"),
)
_ILL_TYPED = re.compile(r'Parser key "(?P<key>[\w.]+)":\s*(?P<reason>.*)', re.DOTALL)
_OPTIONAL = re.compile(
    r"(?:Parser key \"(?P<block>[\w.]+)\":\s*)?Does not validate against any of the Union subtypes"
    r".*?Errors:\s*- (?:Problem with given class_path '[^']*':\s*)?"
    r"(?P<reason>.*?)\s*- Expected a <class 'NoneType'>",
    re.DOTALL,
)
"""What is said of a block that may be null instead; the reason is that of the block itself."""


def explain_refusal(parser: LightningArgumentParser, message: str) -> UserError:
    """The parser's message as a `UserError`.

    An unknown key is told which keys there are in its block, the nearest first.
    """
    optional = _OPTIONAL.search(message)
    if optional:
        block = f"{optional['block']}." if optional["block"] else ""
        named = re.compile(r"(Parser key \"|Option ')")
        message = named.sub(rf"\g<1>{block}", optional["reason"])
    for pattern in _UNKNOWN:
        found = pattern.search(message)
        if found:
            parts = found.groupdict()
            group = parts.get("group")
            return _unknown_key(parser, f"{group}.{parts['key']}" if group else parts["key"])
    ill_typed = _ILL_TYPED.search(message)
    if ill_typed:
        return UserError(ill_typed["reason"], where=ill_typed["key"], fix="correct its value")
    return UserError(message, where="configuration", fix="see --help for every key")


def _known_keys(parser: LightningArgumentParser) -> Iterator[str]:
    """Every key with its blocks, those of blocks that are null by default included."""
    for name in parser.get_defaults().keys():  # noqa: SIM118 (a Namespace)
        if not name.endswith((".class_path", ".__subclasses_disabled__")):
            yield name.replace(".init_args.", ".")
    for action in parser._actions:
        for kind in get_args(getattr(action, "_typehint", None)):
            if dataclasses.is_dataclass(kind):
                yield from (f"{action.dest}.{field.name}" for field in dataclasses.fields(kind))


def _unknown_key(parser: LightningArgumentParser, key: str) -> UserError:
    known = list(_known_keys(parser))
    block = key
    while block and not any(name.startswith(f"{block}.") for name in known):
        block = block.rpartition(".")[0]
    prefix = f"{block}." if block else ""
    here = dict.fromkeys(
        name.removeprefix(prefix).split(".")[0] for name in known if name.startswith(prefix)
    )
    nearest = difflib.get_close_matches(key.removeprefix(prefix).split(".")[0], here, n=1)
    hint = f"did you mean '{nearest[0]}'? " if nearest else ""
    return UserError(
        f"unknown key '{key}'", where="configuration", fix=f"{hint}known: {' '.join(here)}"
    )
