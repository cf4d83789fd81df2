"""Tests of the simulated iSymphony Status interface."""
