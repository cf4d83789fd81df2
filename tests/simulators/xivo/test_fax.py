import base64
from typing import TYPE_CHECKING

import pytest

from simulators.xivo import Release, XivoSimulator
from tests.simulators.xivo.wire import XivoClient

if TYPE_CHECKING:
    from tests.simulators.wire import ControlClient

DOCUMENT = b"%PDF-1.4 a page"
ENCODED = base64.b64encode(DOCUMENT)


def address(client: XivoClient) -> str:
    return "{}:{}".format(*client.writer.get_extra_info("sockname"))


async def announced(client: XivoClient, second: XivoClient) -> str:
    """Tell of a fax and of its connection; return its id."""
    client.say("faxsend", destination="01 45.55", hide="0", commandid=4)
    answer = await client.next()
    assert answer["replyid"] == 4
    client.say(
        "filetransfer",
        command="put_announce",
        format="base64",
        fileid=answer["fileid"],
        socketref=address(second),
        file_size=len(DOCUMENT),
    )
    assert (await client.next())["warning_string"] == "return_is_none"
    return answer["fileid"]


async def test_a_fax_comes_over_a_second_connection(
    simulator: XivoSimulator, client: XivoClient, control: ControlClient
) -> None:
    async with XivoClient(simulator.port) as second:
        file_id = await announced(client, second)
        second.send(ENCODED[:5])
        second.send(ENCODED[5:] + b"\n")
        received = {str(second.writer.get_extra_info("sockname")[1]): len(ENCODED) + 1}
        await control.do("settle", received=received)
        assert await client.next() == {
            "class": "ipbxcommand",
            "command": "sendfax",
            "response": "ok",
            "replyid": file_id,
        }
        assert (await control.do("faxes"))["faxes"] == [
            {
                "sender": "3",
                "destination": "014555",
                "hides_number": False,
                "bytes": len(DOCUMENT),
            }
        ]


async def test_a_faxs_connection_is_told_nothing(
    simulator: XivoSimulator, client: XivoClient
) -> None:
    async with XivoClient(simulator.port) as second:
        await announced(client, second)
        client.say("featuresput", function="enablednd", value=True)
        await client.of("getlist")
        second.send(b"?\n")
        assert await second.is_dropped()


async def test_a_fax_that_was_not_announced_drops(client: XivoClient) -> None:
    client.say("filetransfer", command="put_announce", fileid="none", socketref="x")
    assert await client.is_dropped()


class TestWithoutASecondConnection:
    @pytest.fixture
    def release(self) -> Release:
        return Release.R15_19

    @pytest.mark.parametrize(("document", "status"), [(DOCUMENT, "SUCCESS"), (b"text", "FAILED")])
    async def test_the_document_comes_with_the_command(
        self, client: XivoClient, document: bytes, status: str
    ) -> None:
        data = base64.b64encode(document).decode()
        client.say("faxsend", destination="1", size=len(document), data=data)
        assert (await client.next())["class"] == "faxsend"
        assert (await client.next())["response"] == "ok"
        assert (await client.next())["status"] == "PRESENDFAX"
        assert (await client.next())["status"] == status
