SELECT $read_columns
FROM reads
WHERE batch = {batch:UInt64} AND slot = {slot:UInt16}
