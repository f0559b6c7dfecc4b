SELECT batch, software, model, adapter, toUnixTimestamp64Milli(received_at)
FROM batches
WHERE batch IN {batches:Array(UInt64)}
