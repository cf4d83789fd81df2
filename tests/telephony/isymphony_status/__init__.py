"""Tests of the iSymphony Status interface."""
