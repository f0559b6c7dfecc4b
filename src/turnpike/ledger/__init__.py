"""`record(...)`: the one function that writes an audit entry and its sealed contents."""
