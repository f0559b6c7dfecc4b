-- The highest number that a load has given in each second; those of ingest begin at nothing, those of loads half way up.
SELECT intDiv(batch, 1000000) AS second, max(batch % 1000000)
FROM batches
WHERE batch >= {from_batch:UInt64} AND batch < {until_batch:UInt64} AND batch % 1000000 >= 500000
GROUP BY second
