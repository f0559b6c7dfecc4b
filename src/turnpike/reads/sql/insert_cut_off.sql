INSERT INTO cut_offs (camera_id, kept_from) FORMAT JSONCompactEachRow
