SELECT count() FROM reads
