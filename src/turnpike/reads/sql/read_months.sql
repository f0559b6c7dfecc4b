SELECT DISTINCT partition_id
FROM system.parts
WHERE database = currentDatabase() AND table = 'reads' AND active
