"""RFC 6962 Merkle tree over salted commitments, and its verifier. Pure."""
