"""Oktell: its HTTP interface, its web-socket, and what it posts to us."""
