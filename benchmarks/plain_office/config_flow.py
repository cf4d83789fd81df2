"""The config flow that Home Assistant asks every integration with config entries for; nobody uses it."""

from homeassistant.config_entries import ConfigFlow


class PlainConfigFlow(ConfigFlow, domain="plain_office"):
    """A flow without a step."""
