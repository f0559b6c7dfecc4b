SELECT camera_id, toUnixTimestamp64Milli(max(kept_from)) FROM cut_offs GROUP BY camera_id
