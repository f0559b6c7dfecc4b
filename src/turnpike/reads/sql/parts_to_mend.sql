-- A part whose second way in is damaged, as after a power cut, or missing, as after a merge of such a part.
SELECT count()
FROM system.parts
WHERE database = currentDatabase() AND table = 'reads' AND active
  AND name NOT IN (
    SELECT parent_name
    FROM system.projection_parts
    WHERE database = currentDatabase() AND table = 'reads' AND active AND NOT is_broken
    GROUP BY parent_name
    HAVING uniqExact(name) = 2
  )
