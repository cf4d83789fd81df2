"""The little of the Configuration API that is served: core servers, and what the server is.

rest/config/server/coreServers                   GET, POST (page Core Server Instances)
rest/config/server/coreServers/{id}              GET; also getByName/{slug}
api/resource/server/brand                        GET, as FreePBX's module asks for it
"""

from typing import TYPE_CHECKING

from .office import CoreServer, OfficeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .hub import Body
    from .site import Site

CORE_SERVERS = ("rest", "config", "server", "coreServers")
BRAND = ("api", "resource", "server", "brand")


class Configuration:
    """What is configured."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def get(self, parts: Sequence[str]) -> Body | list[Body] | None:
        """Return what is at a path, or None."""
        if tuple(parts) == BRAND:
            settings = self._site.settings
            return {"brandName": settings.brand, "version": f"{settings.release}.0", "build": "1"}
        if tuple(parts[:4]) != CORE_SERVERS:
            return None
        servers = [_body(each) for each in self._site.office.servers.values()]
        match parts[4:]:
            case []:
                return servers
            case ["getByName", slug]:
                return next((each for each in servers if each["slug"] == slug), None)
            case [id_]:
                return next((each for each in servers if each["id"] == id_), None)
        return None

    def add(self, parts: Sequence[str], body: Body) -> bool:
        """Add a core server, if the path is for that; tell whether it is.

        Raises:
            OfficeError: something is missing, or taken.
        """
        if tuple(parts) != CORE_SERVERS:
            return False
        name, slug, id_ = body.get("name"), body.get("slug"), body.get("id")
        present = self._site.office.servers.values()
        if not isinstance(name, str) or not name:
            raise OfficeError("No name provided.")
        if not isinstance(slug, str) or not slug:
            raise OfficeError("No slug provided.")
        if id_ in {each.configuration_id for each in present}:
            raise OfficeError("A core server with the given id already exists.")
        if slug in self._site.office.servers:
            raise OfficeError("A core server with the given slug already exists.")
        configuration_id = id_ if isinstance(id_, str) else ""
        server = CoreServer(slug=slug, name=name, configuration_id=configuration_id)
        self._site.office.add_server(server)
        return True


def _body(server: CoreServer) -> Body:
    return {"id": server.configuration_id, "slug": server.slug, "name": server.name}
