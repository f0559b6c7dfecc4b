SELECT partition_id
FROM system.parts
WHERE database = currentDatabase() AND table = 'reads' AND active
GROUP BY partition_id
HAVING count() > 1
ORDER BY partition_id
