SELECT batch FROM aborted_batches
