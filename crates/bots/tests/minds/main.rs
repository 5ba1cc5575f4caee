//! Minds that ask somebody else, against a scripted provider: for every fault, what the reader of the answer gets, and how often the
//! provider was called.

mod conversation;
mod dialogflow;
mod encrypted;
mod faults;
mod scene;
mod shapes;
mod source;
mod tools;
mod webhook;
mod wit;
