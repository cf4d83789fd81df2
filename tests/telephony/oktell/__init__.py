"""Tests of Oktell."""
