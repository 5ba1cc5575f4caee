//! What commands print. Whoever reads it may have had enough (`tertulia bot list | head`): the command ends there, quietly and with success.
//! What has to be done whoever reads is done before it is said.

use std::{
    fmt::{self, Display},
    io::{self, ErrorKind, Write},
};

/// Nobody reads any more.
#[derive(Debug)]
pub struct Unread;

impl std::error::Error for Unread {}

impl Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads what is printed")
    }
}

/// Prints a line. [`Unread`] when nobody reads any more, another error when it cannot be written.
pub fn say(line: impl Display) -> anyhow::Result<()> {
    print(format_args!("{line}\n"))
}

/// Prints a text as it is, with the errors of [`say`].
pub fn print(text: impl Display) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Unread.into()),
        written => Ok(written?),
    }
}
