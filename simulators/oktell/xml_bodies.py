"""The XML of HTTP answers: text that declares UTF-16, whatever bytes it becomes.

The samples of page Server HTTP interface begin with a blank, and so do these.
"""

from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from .settings import ReturnValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .files import SavedFile
    from .scripts import Result
    from .states import UserState

VERSION = "80710"
_UTF_16 = ' <?xml version="1.0" encoding="utf-16"?>\n'
_UTF_8 = ' <?xml version="1.0" encoding="utf-8"?>\n'


def user_state(user_id: str, state: UserState) -> str:
    """Return the answer to tst_getuserstate."""
    properties = simple("id", user_id) + simple("state", int(state), state.wire_name)
    return _mapper(
        "userstate",
        f'<property_set name="user" id={quoteattr(user_id)}>{properties}</property_set>',
    )


def no_user_state() -> str:
    """Return the answer to tst_getuserstate for nobody."""
    return _mapper("userstate", "", count=0)


def script_result(result: Result, shape: ReturnValue) -> str:
    """Return the answer to execsvcscript; a script that brought no value has none."""
    failed = result.start_result != 0
    word = "error" if failed else "success"
    properties = simple("started", int(not failed), word)
    properties += simple("startresult", result.start_result, word)
    if result.value is not None:
        if shape is ReturnValue.CDATA or result.is_cdata:
            properties += cdata("returnvalue", result.value)
        else:
            properties += simple("returnvalue", name=result.value)
    return _mapper("result", f'<property_set name="execsvcscript">{properties}</property_set>')


def ready_users(number: str, busy: int, free: Iterable[str]) -> str:
    """Return the answer to tst_getintnumberreadyusers, which has a root of its own."""
    elements = [f"<element name={quoteattr(each)}/>" for each in free]
    group = f'<group name={quoteattr(number)} ready="{len(elements)}" busy="{busy}">'
    return f"{_UTF_8}{group}{''.join(elements)}</group>"


def uploaded(files: Iterable[SavedFile]) -> str:
    """Return the answer to upload."""
    elements = [
        f'<file name={quoteattr(file.name)} saved="1" size="{file.size}" path={quoteattr(file.path)}/>'
        if file.path
        else f'<file name={quoteattr(file.name)} saved="0"/>'
        for file in files
    ]
    inner = "".join(elements)
    return f'{_UTF_16}<uploadfilesresult count="{len(elements)}">{inner}</uploadfilesresult>'


def license_certificate(details: Mapping[str, str], users: int) -> str:
    """Return the licence as XML."""
    properties = "".join(simple(key, value) for key, value in details.items())
    properties += simple("usercount", users)
    return _mapper("license", f'<property_set name="certificate">{properties}</property_set>')


def simple(key: str, value: object = None, name: str | None = None) -> str:
    """Return a property with a value, a name, or both."""
    shown = "" if value is None else f" value={quoteattr(str(value))}"
    named = "" if name is None else f" name={quoteattr(name)}"
    return f"<property_simple key={quoteattr(key)}{shown}{named} />"


def cdata(key: str, text: str) -> str:
    """Return a property whose text may hold anything."""
    safe = text.replace("]]>", "]]]]><![CDATA[>")
    return f"<property_cdata key={quoteattr(key)}><![CDATA[{safe}]]></property_cdata>"


def _mapper(name: str, inner: str, count: int = 1) -> str:
    data = f'<data name="{name}" count="{count}">{inner}</data>'
    return f'{_UTF_16}<oktellxmlmapper version="{VERSION}">{data}</oktellxmlmapper>'
