"""Tests of everything that knows no Home Assistant."""
