INSERT INTO schema_migrations (version, name) FORMAT JSONCompactEachRow
