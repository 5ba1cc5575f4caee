//! Where we answer otherwise than the recorded stack, and why; and what of the record is no part of this server.

/// Part of the title, status, body (`None`: not looked at).
pub const DIFFERENCES: &[(&str, u16, Option<&str>)] = &[
    // Names that are equal after folding are one (S3.1).
    (
        "duplicate username, other case",
        400,
        Some(r#"{"username":["A user with that username already exists."]}"#),
    ),
    // A trailing slash is optional, for every method.
    ("no trailing slash, POST, DEBUG=True", 201, None),
    ("no trailing slash, GET (APPEND_SLASH", 401, None),
    ("no trailing slash POST, DEBUG=False", 400, None),
    ("no trailing slash GET, DEBUG=False", 401, None),
    // The earlier generation's addresses work too (S3.1, S3.2).
    ("old style /auth/users/create/", 201, None),
    ("old style /auth/token/create/", 200, None),
    // `Bearer` is taken as well (S3.3).
    ("Bearer keyword is not accepted", 200, Some(r#"{"email":"","id":1,"username":"alice"}"#)),
    // The recorded stack failed here with a 500.
    ("reset_password known email", 204, Some("")),
    ("HEAD", 200, Some("")),
    // Each chat session has an address of its own.
    ("DRF APIView 200", 200, None),
    // JSON instead of a page.
    ("unknown route", 404, None),
];

/// A recorded server with another configuration: see `s3_11_pages_of_all_sites_are_answered_as_recorded`.
pub const ALL_ORIGINS: &str = "127.0.0.1:8767";

/// Views that were written for the recording only.
pub const TOYS: &[&str] = &["/x/", "/api/echo/ a=1&a=2"];

/// A view that only read its body stands in the record at this address; any of ours that reads one answers alike.
pub const ECHO: (&str, &str) = ("/api/echo/", "/auth/token/login/");

/// Whose the recorded tokens are, where the record does not show how they were made.
pub const HOLDERS: &[(&str, &str, &str)] = &[
    ("4a67509d149109b0426770bd3030f3f8b304b97e", "bob", "trydjango77"),
    ("bbe42f962feb0d4019915dd32130353ebd0fde2b", "alice2", "trydjango78"),
];
