//! The PostgreSQL back end.
