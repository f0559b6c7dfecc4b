"""The sealer: a small process of its own that alone holds the key under which people's declared plates are hashed."""
