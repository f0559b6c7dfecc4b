"""Django settings, URLs, ASGI entry point and the worker's loops: the only wiring."""
