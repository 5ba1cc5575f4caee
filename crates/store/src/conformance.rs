//! What both back ends promise, as tests.
