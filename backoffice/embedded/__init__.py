"""A desk on one machine: real PostgreSQL and Valkey from wheels, and the supervisor behind `make run`."""
