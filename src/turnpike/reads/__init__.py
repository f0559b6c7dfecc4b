"""The only ClickHouse code: migrations, insert, search, cut-offs."""
