"""The control room: alert wall, search pages, read page, map."""
