"""The camera register and each camera's key."""
