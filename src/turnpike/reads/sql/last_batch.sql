SELECT max(batch) FROM reads
