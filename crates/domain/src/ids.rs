//! Numbers that must not be mixed up. All are positive and below 2^53, so that JavaScript can hold them exactly.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(inline, extend("minimum" = 0, "maximum" = 9_007_199_254_740_991_i64))]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id!(/// A person or a bot.
    PersonId);
id!(/// A room of any kind.
    RoomId);
id!(/// A message. Unique over all rooms; within a room it increases in commit order. Zero is "before the first".
    MessageId);
id!(/// What a bot says, while it says it and afterwards.
    ReplyId);
id!(/// One signed-in browser.
    SessionId);
id!(/// What a program shows instead of a session.
    TokenId);
id!(/// One invitation link.
    InviteId);
id!(/// The place of a durable change in its lane, counted from 1 without gaps. Zero is "nothing yet".
    Seq);

impl Seq {
    /// The place after this one.
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}
