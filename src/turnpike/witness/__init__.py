"""A witness: a small program of an outside body, which signs a log's newest state only when it continues the one it signed before.

So a log cannot show one past to one person and another to the next. All that it keeps is in one folder: its settings, its key,
and of each log the newest state that it cosigned. `docs/witness.md` is for whoever runs one.
"""
