SELECT max(batch) FROM batches WHERE batch NOT IN (SELECT batch FROM aborted_batches)
