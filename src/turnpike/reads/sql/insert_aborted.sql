INSERT INTO aborted_batches (batch) FORMAT JSONCompactEachRow
