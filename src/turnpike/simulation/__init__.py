"""The demo world: a seeded town, its plates, road pictures and video."""
