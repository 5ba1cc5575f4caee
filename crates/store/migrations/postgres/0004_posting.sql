-- The pair of a step of SQLite's. Here the index by seq stays: pages are not written whole for each commit.
SELECT 1;
