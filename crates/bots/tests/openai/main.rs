//! The mind of language models against a scripted provider: for every fault, what the reader of the answer gets, and how often the
//! provider was called.

mod conversation;
mod faults;
mod scene;
mod shapes;
mod tools;
