"""The demo: a simulated office, a real Home Assistant beside it, and a dashboard that shows both.

`python -m demo` starts them as child processes and sets Home Assistant up over its own HTTP and
WebSocket API, as a person's clicks would. Run it with `scripts/demo`.
"""
