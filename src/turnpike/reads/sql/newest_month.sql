SELECT toString(toYYYYMM(fromUnixTimestamp64Micro(greatest((SELECT max(batch) FROM batches), {now_us:UInt64}), 'UTC')))
