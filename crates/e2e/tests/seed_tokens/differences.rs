//! Where we answer otherwise than the recorded stack, and why; and what of the record is no part of this server.

/// An answer that is not the recorded one.
pub struct Difference {
    /// The beginning of the title.
    pub title: &'static str,
    pub status: u16,
    /// `None`: another test looks at it.
    pub body: Option<&'static str>,
    /// The methods of the address; `None`: the address is none of the token API.
    pub allow: Option<&'static str>,
}

const MANY: Option<&str> = Some("GET, POST, HEAD, OPTIONS");
const ONE: Option<&str> = Some("GET, PUT, PATCH, DELETE, HEAD, OPTIONS");
const POST: Option<&str> = Some("POST, OPTIONS");
const STRANGER: Option<&str> = Some(r#"{"detail":"Authentication credentials were not provided."}"#);
const TAKEN: Option<&str> = Some(r#"{"username":["A user with that username already exists."]}"#);

const fn row(
    title: &'static str,
    status: u16,
    body: Option<&'static str>,
    allow: Option<&'static str>,
) -> Difference {
    Difference { title, status, body, allow }
}

pub const DIFFERENCES: &[Difference] = &[
    // Names that are equal after folding are one (S3.1).
    row("duplicate username, other case", 400, TAKEN, MANY),
    // A trailing slash is optional, for every method.
    row("no trailing slash, POST, DEBUG=True", 201, Some(r#"{"email":"","username":"gina3","id":0}"#), MANY),
    row("no trailing slash, GET (APPEND_SLASH", 401, STRANGER, MANY),
    row("no trailing slash POST, DEBUG=False", 400, TAKEN, MANY),
    row("no trailing slash GET, DEBUG=False", 401, STRANGER, MANY),
    // The earlier generation's addresses work too (S3.1, S3.2).
    row("old style /auth/users/create/", 201, Some(r#"{"email":"","username":"oldstyle","id":0}"#), POST),
    row("old style /auth/token/create/", 200, Some(r#"{"auth_token":"ours"}"#), POST),
    // `Bearer` is taken as well (S3.3).
    row("Bearer keyword is not accepted", 200, Some(r#"{"email":"","id":1,"username":"alice"}"#), ONE),
    // The recorded stack failed here with a 500.
    row("reset_password known email", 204, Some(""), POST),
    row("HEAD", 200, Some(""), ONE),
    // Each chat session has an address of its own: `s3_5_a_session_is_started_and_has_an_address_nobody_guesses`.
    row("DRF APIView 200", 200, None, MANY),
    // Whatever is under `/api/` answers in JSON (S3.10).
    row("unknown route", 404, Some(r#"{"detail":"There is no such page."}"#), None),
];

/// A recorded server that lets the pages of every site read its answers, and had further addresses written for the recording.
pub const ALL_ORIGINS: &str = "127.0.0.1:8767";

/// A view that only read its body stands in the record at this address; any of ours that reads one answers alike.
pub const ECHO: (&str, &str) = ("/api/echo/", "/auth/token/login/");

/// Addresses of the recording that nothing of ours is like. Throttled are we where passwords are guessed
/// (`s3_2_too_many_wrong_passwords_are_throttled_in_the_frameworks_words`), what is missing is never a 500
/// (`s3_6_whoever_knows_the_address_joins_and_the_owner_stays_first`) but a 404 for whoever showed a token
/// (`s3_10_what_is_not_ones_own_is_as_unknown_as_what_never_was`), and a form of another site is refused by its origin
/// (`s2_6_posting_answers_with_the_message_and_refuses_blank_long_and_foreign_posts`). Who has no session is told so where one is
/// needed (`s2_1_one_signs_in_by_cookie_and_strangers_are_led_or_refused`). No list here is paged in these ways, and
/// who may not govern is told that there is nothing.
pub const TOYS: &[&str] = &[
    "/x/adm/",
    "/x/nf/",
    "/x/t/",
    "/x/pn/",
    "/x/lo/",
    "/x/cu/",
    "/x/ses/",
    "/x/ke/",
    "/x/plain/",
    "/api/echo/ a=1&a=2",
];

/// Whose the recorded tokens are, where the record does not show how they were made.
pub const HOLDERS: &[(&str, &str, &str)] = &[
    ("4a67509d149109b0426770bd3030f3f8b304b97e", "bob", "trydjango77"),
    ("bbe42f962feb0d4019915dd32130353ebd0fde2b", "alice2", "trydjango78"),
];
