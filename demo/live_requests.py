"""The requests that the demo describes in its branch office's options.

On a real iSymphony 3 server they stand in the documentation that its owner has; these are the simulated
one's own, as simulators/isymphony_live/actions.py tells them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import Json

_BY_NAME = "coreServers/getByName/{core_server}"
_BY_ID = "coreServers/{core_server_id}"
_STATUS = f"{_BY_NAME}/users/getByName/{{user}}/status"
_TELEPHONE = f"{_BY_NAME}/extensions/getByName/{{extension}}"
_CALL = f"{_BY_NAME}/callSegments/{{call_segment_id}}"
_QUEUE = f"{_BY_NAME}/queues/getByName/{{queue}}"
_AGENT = f"{_BY_ID}/queues/{{queue_id}}/agents/{{agent_id}}"


def _post(command: str, path: str, body: str = "") -> Json:
    return {"command": command, "method": "POST", "path": path, "body": body}


TEMPLATES = [
    _post(
        "set_status",
        f"{_STATUS}/actions/set",
        '{"name": {status}, "type": {status_type}, "note": {note}, "returnTime": {return_time}}',
    ),
    _post("dial", f"{_TELEPHONE}/actions/originate", '{"destination": "{number}"}'),
    _post("do_not_disturb_on", f"{_TELEPHONE}/actions/enableDnd"),
    _post("do_not_disturb_off", f"{_TELEPHONE}/actions/disableDnd"),
    _post("transfer_call", f"{_CALL}/actions/transfer", '{"destination": {number}}'),
    _post("log_agent_in", f"{_QUEUE}/actions/logIn", '{"extension": {extension}}'),
    _post("log_agent_out", f"{_AGENT}/actions/logOut"),
    _post("pause_agent", f"{_AGENT}/actions/pause"),
    _post("resume_agent", f"{_AGENT}/actions/unpause"),
]
