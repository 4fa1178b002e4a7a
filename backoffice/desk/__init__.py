"""The desk: the queue, the one search box, and the review page of a declaration."""
