"""Names that several files of the integration share."""

from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "office_cti"

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.DATETIME,
    Platform.EVENT,
    Platform.NOTIFY,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TEXT,
)

CONF_SYSTEM: Final = "system"
CONF_ENCRYPTION: Final = "encryption"
CONF_AUTHORIZATION: Final = "authorization"
# The persistent connection beside the requests: in a form whether there is one, in an entry's data its
# port and credentials.
CONF_PUSH: Final = "push"

# A further account of a telephone system, as a config subentry.
SUBENTRY_ACCOUNT: Final = "account"

# Options.
CONF_USERS: Final = "users"
CONF_GROUP_NUMBERS: Final = "group_numbers"
CONF_KINDS: Final = "kinds"
CONF_TIME_ZONE: Final = "time_zone"
CONF_GRACE_PERIOD: Final = "grace_period"
CONF_GROUPS: Final = "groups"
CONF_NUMBERS: Final = "numbers"
CONF_STATUS_KINDS: Final = "status_kinds"
CONF_NOTIFICATIONS: Final = "notifications"
CONF_WEBHOOK_URL: Final = "webhook_url"
CONF_REMOTE_POSTS: Final = "remote_posts"
CONF_REQUESTS: Final = "requests"
CONF_TEMPLATES: Final = "templates"
CONF_EVENTS: Final = "events"
CONF_EVENT_TYPES: Final = "event_types"
CONF_EVENT_USERS: Final = "event_users"

DEFAULT_GRACE_PERIOD: Final = 10

# Home Assistant takes at most 10,000 enabled entities of one entry and drops the rest by chance;
# what people enable by hand needs room, too. This is 9,000 for extensions, and the server's own one.
ENABLED_ENTITIES_MOST: Final = 9_001

# The longest state and attribute text that Home Assistant holds as a state.
STATE_LENGTH_MOST: Final = 255
