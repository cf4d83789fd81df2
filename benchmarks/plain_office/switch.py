"""Switches of the plain office."""

from homeassistant.const import Platform

from .entities import setup_of

async_setup_entry = setup_of(Platform.SWITCH)
