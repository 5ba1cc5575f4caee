//! Who is connected, here and elsewhere.
